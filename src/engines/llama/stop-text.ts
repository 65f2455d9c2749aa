export type StopText = {
  /** The text that may be shown now. Text that could be the start of a stop string is kept back until it is not. */
  readonly push: (text: string) => string
  /** True once a stop string was seen; nothing after it is ever returned. */
  readonly stopped: () => boolean
  /** What was kept back and turned out to be ordinary text. */
  readonly end: () => string
}

/** Finds stop strings in a stream of pieces, wherever the pieces are cut. The stop string itself is not shown. */
export function stopText(stops: readonly string[]): StopText {
  const wanted = stops.filter((stop) => stop !== '')
  let kept = ''
  let stopped = false
  return {
    push(text) {
      if (stopped) return ''
      if (wanted.length === 0) return text
      kept += text
      const found = earliest(kept, wanted)
      stopped = found !== -1
      return release(stopped ? found : kept.length - openEnd(kept, wanted))
    },
    stopped: () => stopped,
    end: () => (stopped ? '' : release(kept.length)),
  }

  function release(length: number): string {
    const shown = kept.slice(0, length)
    kept = stopped ? '' : kept.slice(length)
    return shown
  }
}

/**
 * Where the stop string begins that is whole first, -1 if none is. Not the one that begins first: a longer one might still
 * become whole, and what is found would depend on how the text was cut.
 */
function earliest(text: string, stops: readonly string[]): number {
  let [from, to] = [-1, Infinity]
  for (const stop of stops) {
    const at = text.indexOf(stop)
    const end = at + stop.length
    if (at !== -1 && (end < to || (end === to && at < from))) [from, to] = [at, end]
  }
  return from
}

/** Length of the longest end of `text` that a stop string begins with. */
function openEnd(text: string, stops: readonly string[]): number {
  return stops.reduce((longest, stop) => {
    for (let length = Math.min(text.length, stop.length - 1); length > longest; length -= 1) {
      if (text.endsWith(stop.slice(0, length))) return length
    }
    return longest
  }, 0)
}
