import type { Json } from '../../core/json.ts'

/**
 * Prompts and answers in full, for requests whose rules oblige to `log-full`. Encrypted, one file for each request, deleted
 * when the request is older than the request log keeps.
 */
export type ContentLog = {
  /** On the disk when it resolves. Rejects with `store.unavailable`, and then nothing of the entry is kept. */
  readonly write: (requestId: string, entry: ContentEntry) => Promise<void>
  /** Undefined where nothing was written, or it is gone. Rejects with `store.unavailable`: under another key, changed. */
  readonly read: (requestId: string) => Promise<LoggedContent | undefined>
  /** Deletes what is not kept any more, as happens by itself every ten minutes. */
  readonly tidy: () => Promise<void>
  readonly close: () => void
}

export type LoggedContent = {
  /** In the order in which they were written. */
  readonly entries: readonly ContentEntry[]
  /** False: the file ends in the middle of an entry, as a power cut leaves it. */
  readonly whole: boolean
}

export type ContentEntry =
  | {
      /** What was handed to a model, or waits for approval, in our own form of a request. */
      readonly kind: 'prompt'
      readonly atMs: number
      readonly model: string
      readonly operation: string
      readonly content: Json
    }
  | {
      /** What came back, as far as it came. */
      readonly kind: 'answer'
      readonly atMs: number
      readonly model: string
      readonly outcome: 'whole' | 'failed' | 'cancelled'
      readonly errorCode: string | null
      readonly content: Json
    }
  /** Somebody has read what stands above. */
  | { readonly kind: 'read'; readonly atMs: number; readonly by: string }
