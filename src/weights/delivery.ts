import type { WeightsHeader } from './check-weights.ts'
import type { FileRole } from './remote-types.ts'

/** What a source is made of, wherever it lies: known before anything heavy is brought. */
export type Delivery = {
  /** Canonical: with the commit, the digest or the plain path's last name. */
  readonly source: string
  readonly revision: string | null
  readonly licence: string | null
  readonly baseModels: readonly string[]
  readonly parts: readonly Part[]
}

export type Part = {
  readonly name: string
  readonly role: FileRole
  readonly bytes: number | null
  /** Lower-case hex, when it is known before the content is. */
  readonly sha256: string | null
  /** Of the partial file that several pulls may share: one at a time brings it, the next finds it there. Null: of this pull. */
  readonly key: string | null
  /** Of this partial file, as far as it was fetched before. */
  readonly keptBytes: () => Promise<number>
  /** Where the content is on this machine: what it says of itself, before it is copied. */
  readonly header?: () => Promise<WeightsHeader>
  readonly bring: (options: BringOptions) => Promise<Brought>
}

export type BringOptions = {
  readonly signal: AbortSignal
  readonly onProgress: (progress: Progress) => void
}

export type Progress = { readonly bytes: number; readonly total: number | null; readonly perSecond: number }

/** A whole file among the partial ones, hashed. */
export type Brought = {
  readonly path: string
  readonly bytes: number
  readonly sha256: string
  /** False for a hard link: its rights are those of another program's file. */
  readonly ours: boolean
}
