import type { Where } from '../../evidence/outcome.ts'
import type { Scorer } from '../../evidence/scorers/scorer.ts'
import type { Ask } from '../ask.ts'

export type ScorerContext = {
  /** Where names of files in messages begin. */
  readonly cwd: string
  /** Where paths in the settings begin: the folder of the task file. */
  readonly taskFolder: string
  /** Of the `scorer` key, for messages. */
  readonly where: Where
  /** What a judge asks its model through; without it a judge is refused. */
  readonly ask?: Ask
  /** The models of the run, for the warning about a judge of their own family. */
  readonly sides?: { readonly candidates: readonly string[]; readonly reference: string }
}

export type OpenScorer = {
  readonly scorer: Scorer
  /** Lines for people that hold for the whole run, such as a judge of a candidate's own family. */
  readonly warnings: readonly string[]
  /** Ends what the scorer started. The scorer must not be used after; may be called twice. */
  readonly close: () => Promise<void>
}
