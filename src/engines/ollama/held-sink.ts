import type { RelaySink } from '../engine.ts'

/** Keeps a whole answer back until it is released: the relay hands it over in two calls. */
export function heldSink(sink: RelaySink): { readonly sink: RelaySink; readonly release: () => void } {
  const held: (() => void)[] = []
  return {
    sink: {
      head: (contentType) => void held.push(() => sink.head(contentType)),
      bytes(chunk) {
        held.push(() => void sink.bytes(chunk))
        return true
      },
      drained: (resume) => resume(),
    },
    release() {
      for (const pass of held.splice(0)) pass()
    },
  }
}
