/** Events from several sources for one reader, in the order they came. */
export type EventStream<T> = {
  readonly push: (event: T) => void
  readonly end: () => void
  /** The reader gets what was pushed before, then this error; with `now` the error comes first. */
  readonly fail: (error: Error, options?: { readonly now: boolean }) => void
  /** `begin` runs when the reader first asks, `left` once when it is done, however that came. */
  readonly read: (begin: () => void, left: () => void) => AsyncIterableIterator<T>
}

/**
 * Unbounded on purpose: what is pushed is at most the text of one context per answer, and holding the model back for
 * a slow reader would keep its slot from everybody else. Not a generator: three of those around each other cost more
 * per token than a tiny model does.
 */
export function eventStream<T>(): EventStream<T> {
  const events: T[] = []
  let ended = false
  let failure: Error | undefined
  let waiting: PromiseWithResolvers<IteratorResult<T>> | undefined

  function settle(): IteratorResult<T> | undefined {
    const event = events.shift()
    if (event !== undefined) return { value: event, done: false }
    if (failure !== undefined) throw failure
    return ended ? { value: undefined, done: true } : undefined
  }

  function wake(): void {
    const reader = waiting
    if (reader === undefined) return
    waiting = undefined
    // Settled later, so that what is pushed in this turn is there when the reader looks.
    reader.resolve(next())
  }

  function next(): Promise<IteratorResult<T>> {
    try {
      const settled = settle()
      if (settled !== undefined) return Promise.resolve(settled)
    } catch (thrown) {
      return Promise.reject(thrown as Error)
    }
    waiting ??= Promise.withResolvers()
    return waiting.promise
  }

  function finish(error?: Error): void {
    if (ended) return
    ended = true
    failure = error
    wake()
  }

  return {
    push(event) {
      if (ended) return
      events.push(event)
      wake()
    },
    end: () => finish(),
    fail(error, options) {
      if (options?.now === true && !ended) events.length = 0
      finish(error)
    },
    read(begin, left) {
      let begun = false
      const reader: AsyncIterableIterator<T> = {
        [Symbol.asyncIterator]: () => reader,
        async next() {
          if (!begun) begin()
          begun = true
          try {
            const result = await next()
            if (result.done === true) left()
            return result
          } catch (thrown) {
            failure = undefined
            left()
            throw thrown
          }
        },
        return() {
          events.length = 0
          finish()
          left()
          return Promise.resolve({ value: undefined, done: true })
        },
      }
      return reader
    },
  }
}
