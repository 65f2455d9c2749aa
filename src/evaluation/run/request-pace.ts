/** When the next request may start: evenly spaced, and not before a server wants to hear from us again. */
export type RequestPace = {
  readonly waitMs: (nowMs: number) => number
  readonly started: (nowMs: number) => void
  readonly holdUntil: (atMs: number) => void
}

/**
 * The generic cell rate algorithm (ITU-T I.371) without a burst: one request every `60 / perMinute` seconds. A minute
 * that begins with sixty requests at once is what servers count as too many. Undefined: no limit.
 */
export function requestPace(perMinute: number | undefined): RequestPace {
  const spacingMs = perMinute === undefined ? 0 : 60_000 / perMinute
  let nextMs = Number.NEGATIVE_INFINITY
  return {
    waitMs: (nowMs) => Math.max(0, nextMs - nowMs),
    started(nowMs) {
      nextMs = Math.max(nextMs, nowMs) + spacingMs
    },
    holdUntil(atMs) {
      nextMs = Math.max(nextMs, atMs)
    },
  }
}
