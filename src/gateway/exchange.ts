import { MusivumError } from '../core/errors.ts'

/**
 * One request and its reply as the pipeline sees them. HTTP is one way to be an exchange; the command line answers
 * through the same pipeline without a socket.
 */
export type Exchange = {
  readonly requestId: string
  /** `Clock.now()` at arrival. */
  readonly arrivedAtMs: number
  /** `Clock.monotonic()` at arrival. */
  readonly arrivedMonotonicMs: number
  /** A header of the request; several of the same name are joined by commas. */
  readonly header: (name: string) => string | undefined
  /** The whole body as text; rejects when it is too large, too slow or not UTF-8. */
  readonly body: () => Promise<string>
  /** Aborted when the client has gone, and by `stop`. */
  readonly signal: AbortSignal
  /** Ends the answer under way, and the call behind it: the client is told this error. */
  readonly stop: (error: MusivumError) => void
  readonly reply: GatedReply
}

/** Why the answer was ended from our side; undefined while it runs, and when the client left. */
export function stoppedBy({ signal }: Pick<Exchange, 'signal'>): MusivumError | undefined {
  return signal.aborted && signal.reason instanceof MusivumError ? signal.reason : undefined
}

/** A reply of which nothing leaves before what was set aside for it is on the disk. */
export type GatedReply = Reply & {
  /** Holds back what is said from now on. When `kept` rejects, what was held is thrown away, as if it had never been said. */
  readonly holdUntil: (kept: Promise<void>) => void
  /** Resolves when nothing is held back; rejects as `kept` did. Undefined where nothing is. */
  readonly released: () => Promise<void> | undefined
}

export type Headers = Readonly<Record<string, string>>

export type Reply = {
  /** True once the head is out: from then on an error can only be an event in the stream. */
  readonly begun: boolean
  /** A whole reply in one write. */
  readonly whole: (status: number, headers: Headers, body: string | Uint8Array) => void
  /** The head of a streamed reply. `trailers` names the fields that `end` will send. */
  readonly begin: (status: number, headers: Headers, trailers: readonly string[]) => void
  /** False when the client reads slower than we write; wait for `drained`. */
  readonly write: (chunk: string | Uint8Array) => boolean
  readonly drained: (resume: () => void) => void
  readonly end: (trailers: Headers) => void
}
