/** Who is in a process: it is not ended before they have left. */
export type Occupancy = {
  /** One more; the function it returns is called when that one has left. */
  readonly enter: () => () => void
  /** Resolves when nobody is in it: at once, or when the last one leaves. */
  readonly drained: () => Promise<void>
}

/** At most as many at once as the process has slots. */
export function occupancy(): Occupancy {
  const inside = new Set<object>()
  let whenDrained: (() => void)[] = []
  return {
    enter() {
      const one = {}
      inside.add(one)
      return () => {
        inside.delete(one)
        if (inside.size > 0) return
        for (const resolve of whenDrained) resolve()
        whenDrained = []
      }
    },
    drained: () =>
      inside.size === 0 ? Promise.resolve() : new Promise((resolve) => whenDrained.push(resolve)),
  }
}
