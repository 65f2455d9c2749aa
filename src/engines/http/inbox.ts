import { MusivumError, type ErrorCode } from '../../core/errors.ts'
import type { Call } from './upstream.ts'

export type Inbox = {
  /** The packets in order. A failure that comes when `done` already says true spoils nothing and just ends them. */
  readonly untilDone: (done: () => boolean) => AsyncIterable<Buffer>
  readonly push: (chunk: Buffer) => void
  readonly end: () => void
  readonly fail: (error: unknown) => void
}

// Two packets of 64 KiB: enough that a reader never waits for the network, little enough for a thousand slow readers.
const HIGH_WATER_BYTES = 128 * 1024

const OURS: ReadonlySet<ErrorCode> = new Set(['request.cancelled', 'gateway.stopping'])

/** Packets that arrive when the network likes, for a reader that takes them when it likes; a full inbox pauses the call. */
export function createInbox(callOf: () => Call): Inbox {
  const chunks: Buffer[] = []
  let waitingBytes = 0
  let paused = false
  let outcome: { readonly error?: unknown } | undefined
  let wake: () => void = () => {}

  function take(): Buffer | undefined {
    const chunk = chunks.shift()
    if (chunk === undefined) return undefined
    waitingBytes -= chunk.length
    if (paused && waitingBytes < HIGH_WATER_BYTES) {
      paused = false
      callOf().resume()
    }
    return chunk
  }

  function conclude(how: { readonly error?: unknown }): void {
    outcome ??= how
    wake()
  }

  return {
    push(chunk) {
      chunks.push(chunk)
      waitingBytes += chunk.length
      if (!paused && waitingBytes >= HIGH_WATER_BYTES) {
        paused = true
        callOf().pause()
      }
      wake()
    },
    end: () => conclude({}),
    fail(error) {
      // After a cancel nobody wants the rest. What a server sent before it failed was said, and is passed on.
      if (error instanceof MusivumError && OURS.has(error.code)) chunks.length = 0
      conclude({ error })
    },
    async *untilDone(done) {
      for (;;) {
        const chunk = take()
        if (chunk !== undefined) yield chunk
        else if (outcome !== undefined && 'error' in outcome && !done()) throw outcome.error
        else if (outcome !== undefined) return
        else await new Promise<void>((resolve) => (wake = resolve))
      }
    },
  }
}
