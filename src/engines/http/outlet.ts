import type { RelaySink } from '../engine.ts'
import type { Call } from './upstream.ts'

export type Outlet = {
  /** `begun`: a piece of a real answer has come, so that what was held may go too. */
  readonly emit: (bytes: Uint8Array, begun: boolean) => void
}

// Comments such as `: PROCESSING` and events that open an answer, which are held so that an error can still be an error.
const MAX_HELD_BYTES = 64 * 1024

/** The way to the client: opens with the first event of a real answer, and makes the server wait for a slow reader. */
export function createOutlet(sink: RelaySink, callOf: () => Call): Outlet {
  const held: Uint8Array[] = []
  let heldBytes = 0
  let open = false
  let waiting = false

  function send(bytes: Uint8Array): void {
    if (sink.bytes(bytes) || waiting) return
    waiting = true
    const call = callOf()
    call.pause()
    sink.drained(() => {
      waiting = false
      call.resume()
    })
  }

  return {
    emit(bytes, begun) {
      if (open) return send(bytes)
      held.push(bytes)
      heldBytes += bytes.length
      if (!begun && heldBytes <= MAX_HELD_BYTES) return
      open = true
      sink.head('text/event-stream; charset=utf-8')
      for (const early of held) send(early)
      held.length = 0
    },
  }
}
