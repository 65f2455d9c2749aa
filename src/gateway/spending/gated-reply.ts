import type { GatedReply, Headers, Reply } from '../exchange.ts'

/**
 * The disk takes a millisecond or a few, the model nearly always longer: so the model is asked meanwhile, and only its first
 * words wait. A writer is told to wait as by a slow reader; what is held is what it had in its hands, one packet of a stream
 * or one whole answer.
 */
export function gatedReply(reply: Reply): GatedReply {
  return new Gate(reply)
}

/** A class, because one is made for every request and most are never closed. */
class Gate implements GatedReply {
  readonly #reply: Reply
  #held: (() => void)[] | null = null
  #begun = false
  #opening: Promise<void> | undefined

  constructor(reply: Reply) {
    this.#reply = reply
  }

  get begun(): boolean {
    return this.#begun || this.#reply.begun
  }

  whole(status: number, headers: Headers, body: string | Uint8Array): void {
    this.#begin(() => this.#reply.whole(status, headers, body))
  }

  begin(status: number, headers: Headers, trailers: readonly string[]): void {
    this.#begin(() => this.#reply.begin(status, headers, trailers))
  }

  write(chunk: string | Uint8Array): boolean {
    if (this.#held === null) return this.#reply.write(chunk)
    this.#held.push(() => this.#reply.write(chunk))
    return false
  }

  drained(resume: () => void): void {
    if (this.#held === null) this.#reply.drained(resume)
    else this.#held.push(resume)
  }

  end(trailers: Headers): void {
    if (this.#held === null) this.#reply.end(trailers)
    else this.#held.push(() => this.#reply.end(trailers))
  }

  holdUntil(kept: Promise<void>): void {
    this.#held = []
    this.#opening = kept.then(
      () => this.#open(),
      (error: unknown) => this.#discard(error),
    )
    // Whoever waits hears of it; nobody waits when the request fails before.
    this.#opening.catch(() => undefined)
  }

  released(): Promise<void> | undefined {
    return this.#opening
  }

  #begin(words: () => void): void {
    this.#begun = true
    if (this.#held === null) words()
    else this.#held.push(words)
  }

  #open(): void {
    const words = this.#held ?? []
    this.#held = null
    for (const each of words) each()
  }

  #discard(error: unknown): never {
    this.#held = null
    this.#begun = false
    this.#opening = undefined
    throw error
  }
}
