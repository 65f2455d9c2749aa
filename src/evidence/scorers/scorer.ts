import type { JsonObject } from '../../core/json.ts'
import type { Item } from '../item.ts'

/** Says how good an answer is. One scorer serves one task; the same output always gets the same score from a pure one. */
export type Scorer = {
  /** As written in a task file: `exact`, `number`, `choice`, … */
  readonly name: string
  /** Everything that can change a score. Written into the lock file, and part of the identity of a run. */
  readonly settings: JsonObject
  /** What makes the item impossible to score, in one line without its text; undefined when nothing does. Asked before any call is paid for. */
  readonly fault: (item: Item) => string | undefined
  /** Throws or rejects when the scorer itself fails: that is counted as an error of the scorer, not as a wrong answer. */
  readonly score: (item: Item, output: string, signal: AbortSignal) => Score | Promise<Score>
}

export type Score =
  /** `score` is in 0..1; `answer` is what was extracted from the output, for votes and for people. */
  | { readonly kind: 'scored'; readonly score: number; readonly answer: string }
  /** No answer was found in the output. Counts as 0, and is counted apart. `why` holds no text of the output. */
  | { readonly kind: 'unparsed'; readonly why: string }
