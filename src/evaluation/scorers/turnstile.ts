/**
 * Lets `width` pieces of work run at a time, the others in the order in which they came. What waits is bounded by
 * whoever calls: each caller waits for its own piece.
 */
export function turnstile(width: number): <Result>(work: () => Promise<Result>) => Promise<Result> {
  const waiting: (() => void)[] = []
  let running = 0
  return async (work) => {
    if (running >= width) await new Promise<void>((resolve) => waiting.push(resolve))
    else running += 1
    try {
      return await work()
    } finally {
      // The place goes to the next one directly, so that nobody who comes now slips in between.
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}
