import type { KeyVariables } from './key-variables.ts'

/** What a reader is given beside the file. */
export type ReadOptions = {
  readonly keys: KeyVariables
  /** For addresses that the file takes from the environment. Keys are never read here. */
  readonly env: NodeJS.ProcessEnv
  /** Models by the names that clients ask for, where the file does not name them. */
  readonly models: readonly string[]
  /** What to call a configuration that has no name: the file's own, without its end. */
  readonly fileName: string
}
