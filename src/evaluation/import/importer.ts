import type { JsonObject } from '../../core/json.ts'
import type { Where } from '../../evidence/outcome.ts'
import type { World } from '../world.ts'
import type { Head } from './read-head.ts'

/** One foreign format: how it is known, and how its rows become ours. */
export type Importer = {
  /** As typed after `--format`. */
  readonly name: string
  /** What it reads, for `--help`. */
  readonly about: string
  /** Whether a file that begins so is of this format. A broken row must not hide the format: look at names, not at values. */
  readonly detect: (head: Head) => boolean
  /** For formats that are a folder and not a file: whether these files, below one folder, are one. */
  readonly detectFolder?: (files: readonly string[]) => boolean
  /** Why a file found in a folder holds no rows of its own although it belongs to the format; undefined when it does. */
  readonly beside?: (head: Head) => string | undefined
  /** True when every row says which model it is of, so that `--model` would merge several into one. */
  readonly namesModels?: (head: Head | undefined) => boolean
  /** Rows in the order of the source, each read when asked for. */
  readonly rows: (source: Source) => AsyncIterable<ImportedRow>
}

/** What is read: one file, or a folder that is one. */
export type Source = {
  /** As the user typed it, or below the folder that was typed. */
  readonly path: string
  /** The files of a folder that is one source, sorted; a file is alone. */
  readonly files: readonly string[]
  /** Undefined for a folder. */
  readonly head: Head | undefined
  readonly world: World
  /** What `--task`, `--model` and `--metric` say. */
  readonly task?: string
  readonly model?: string
  readonly metric?: string
}

/** What became of one row of the source. */
export type ImportedRow =
  /**
   * Lines of our two files, before they are checked. An item beside outcomes is by the way: other models repeat it. An
   * item alone is what the source is about, and two of the same name are a mistake.
   */
  | {
      readonly kind: 'read'
      readonly where: Where
      readonly item?: JsonObject
      readonly outcomes?: readonly JsonObject[]
    }
  /** `fault`: what was wrong and what was expected, without the place and without any text of the row. */
  | { readonly kind: 'wrong'; readonly where: Where; readonly fault: string }
  /** Left out on purpose; counted by reason. */
  | { readonly kind: 'skipped'; readonly reason: string }
