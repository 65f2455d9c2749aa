/** Something that is in the list, and knows where. */
export type Listed = { place: number }

export const NOWHERE = -1

/**
 * The calls that are running, in no order. Not a Set: a Set whose table is full makes a new one, and the old table points to
 * it. As soon as one of these tables is old to the garbage collector, all later ones and the calls in them are kept until
 * its next full collection: 13 KB a request, and pauses of 70 ms where now they take 2.
 */
export class RunningCalls<Call extends Listed> {
  readonly #calls: Call[] = []

  get size(): number {
    return this.#calls.length
  }

  add(call: Call): void {
    call.place = this.#calls.push(call) - 1
  }

  /** Nothing happens when the call is not in the list. */
  remove(call: Call): void {
    if (call.place === NOWHERE) return
    const last = this.#calls.pop()
    if (last !== undefined && last !== call) {
      this.#calls[call.place] = last
      last.place = call.place
    }
    call.place = NOWHERE
  }

  /** As they are now: ending one takes it out of the list. */
  all(): readonly Call[] {
    return [...this.#calls]
  }
}
