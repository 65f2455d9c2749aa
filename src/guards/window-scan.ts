import { MAX_SPAN_CHARS } from '../privacy/recognise/recogniser.ts'
import type { Find, Finding } from './guard.ts'
import { replacementFor } from './replace-findings.ts'

export type WindowOptions = {
  readonly find: Find
  /** Characters that are judged together, at least `MIN_WINDOW`. */
  readonly window: number
  readonly replaces: boolean
  /** Told of every finding once. May throw, and then nothing of the step leaves. */
  readonly onFinding: (finding: Finding) => void
}

export const MIN_WINDOW = 64

/**
 * Judges a text that comes in pieces. It is judged in steps of fixed places, each with half a window in view to either side, so
 * that the verdict and what leaves are the same however the text was cut. Held back at any time: less than three quarters
 * of a window. What begins inside a window and goes on beyond it, as a private key does, is followed to its end.
 */
export class WindowScan {
  readonly #options: WindowOptions
  readonly #reach: number
  readonly #step: number
  /** The text in view; its first character stands at `#base` of the whole. */
  #text = ''
  #base = 0
  /** Up to here it was judged and has left. */
  #judged = 0
  /** Up to here it was replaced. */
  #covered = 0
  /** Where something begins that had not ended at the edge of the last view. */
  #openFrom: number | undefined

  constructor(options: WindowOptions) {
    this.#options = options
    this.#reach = Math.floor(options.window / 2)
    this.#step = Math.floor(options.window / 4)
  }

  /** What may leave now. */
  push(text: string): string {
    this.#text += text
    let out = ''
    while (this.#end >= this.#nextStop + this.#reach) out += this.#judge(this.#nextStop, false)
    return out
  }

  /** The rest. */
  end(): string {
    let out = ''
    while (this.#judged < this.#end) out += this.#judge(Math.min(this.#nextStop, this.#end), true)
    return out
  }

  get #end(): number {
    return this.#base + this.#text.length
  }

  /** A multiple of the step, so that it does not depend on cuts; never between the halves of one character. */
  get #nextStop(): number {
    const stop = (Math.floor((this.#judged + 1) / this.#step) + 1) * this.#step
    return isHighSurrogate(this.#text.charCodeAt(stop - 1 - this.#base)) ? stop - 1 : stop
  }

  #judge(stop: number, isLast: boolean): string {
    const start = this.#judged
    const from = Math.max(this.#base, Math.min(start - this.#reach, this.#openFrom ?? start))
    const to = Math.min(this.#end, stop + this.#reach)
    const found = this.#options.find(this.#text.slice(from - this.#base, to - this.#base))
    const near = found
      .map((each) => ({ ...each, start: each.start + from, end: each.end + from }))
      .filter((each) => each.end > start && each.start < stop)
    const out = this.#emit(near, start, stop)
    this.#judged = stop
    this.#openFrom = isLast && to === this.#end ? undefined : openAt(near, stop, to)
    this.#forget()
    return out
  }

  #emit(findings: readonly Finding[], start: number, stop: number): string {
    let out = ''
    let at = this.#options.replaces ? Math.max(start, this.#covered) : start
    for (const finding of findings) {
      const goesOn = finding.start < this.#covered && this.#covered >= start
      if (finding.end <= this.#covered) continue
      if (!goesOn) this.#options.onFinding(finding)
      this.#covered = finding.end
      if (!this.#options.replaces) continue
      if (!goesOn) out += this.#slice(at, finding.start) + replacementFor(finding)
      at = finding.end
    }
    return out + this.#slice(at, stop)
  }

  #slice(from: number, to: number): string {
    return this.#text.slice(from - this.#base, Math.max(from, to) - this.#base)
  }

  #forget(): void {
    const keep = Math.max(this.#base, Math.min(this.#judged - this.#reach, this.#openFrom ?? this.#judged))
    this.#text = this.#text.slice(keep - this.#base)
    this.#base = keep
  }
}

/** The beginning of what reaches the edge of the view, or stops where a line or a sign ends short of it: the next view has to hold it too. */
function openAt(findings: readonly Finding[], stop: number, edge: number): number | undefined {
  const open = findings.find(({ start, end }) => end >= edge - EDGE_CHARS && stop - start < MAX_SPAN_CHARS)
  return open?.start
}

const EDGE_CHARS = 32

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff
}
