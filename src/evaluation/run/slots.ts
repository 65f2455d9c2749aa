/** At most `limit` holders at a time; the others wait in the order in which they came. */
export type Slots = {
  /** Resolves with what gives the place back. Rejects when the signal is aborted. */
  readonly take: (signal: AbortSignal) => Promise<() => void>
}

export function slots(limit: number): Slots {
  let free = limit
  // Bounded by those who ask: one per worker of a run and per scorer, about a thousand at most.
  const waiting = new Set<() => void>()
  const giveBack = (): void => {
    const [next] = waiting
    if (next === undefined) free += 1
    else next()
  }
  return {
    async take(signal) {
      signal.throwIfAborted()
      if (free > 0) free -= 1
      else await turn(waiting, signal)
      return once(giveBack)
    },
  }
}

function turn(waiting: Set<() => void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const called = (): void => {
      waiting.delete(called)
      signal.removeEventListener('abort', gone)
      resolve()
    }
    const gone = (): void => {
      waiting.delete(called)
      reject(signal.reason as Error)
    }
    waiting.add(called)
    signal.addEventListener('abort', gone, { once: true })
  })
}

/** Given back twice, a place would be held by two. */
function once(work: () => void): () => void {
  let done = false
  return () => {
    if (done) return
    done = true
    work()
  }
}
