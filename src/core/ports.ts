/** The world as pure code may see it: given as parameters, so that one seed replays a decision a year later. */

export type Clock = {
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number
  /** Milliseconds since an arbitrary start, never going back: for durations. */
  readonly monotonic: () => number
}

export type Random = {
  /** `length` unpredictable bytes, at most 256. */
  readonly bytes: (length: number) => Uint8Array
}

export type Ids = {
  /** A new UUIDv7, later than every id this generator made before. */
  readonly next: () => string
}
