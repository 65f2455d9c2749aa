/** Waits until somebody answers at `url`, whatever the answer is. Throws after `withinMs`. */
export async function untilAnswers(who: string, url: string, withinMs: number): Promise<void> {
  const deadlineMs = performance.now() + withinMs
  while (performance.now() < deadlineMs) {
    try {
      await (await fetch(url)).body?.cancel()
      return
    } catch {
      // Not listening yet: asked again until the deadline.
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  throw new Error(`${who} did not start within ${withinMs / 1000} s`)
}
