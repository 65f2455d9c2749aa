import { isAsciiLetter, isForeignLetter } from './context.ts'
import { isDigitCode, CONTEXT_CHARS } from './recogniser.ts'

/**
 * The words of context that were met so far, and how near the nearest one for a recogniser is. Asked for values in the
 * order of the text, so what lies far behind is forgotten.
 */
export class NearestWords {
  #text = ''
  #from: number[] = []
  #to: number[] = []
  #speaksFor: Uint8Array[] = []
  #first = 0
  readonly #recognisers: number
  /** By the places of a word: 1 where it speaks for a recogniser. */
  readonly #membership = new Map<readonly number[], Uint8Array>()
  #start = -1
  /** Words that lie before `#start` and near enough, and how near. */
  readonly #near: { speaksFor: Uint8Array; distance: number }[] = []
  #nearCount = 0
  /** The first word that does not lie before `#start`. */
  #behind = 0

  constructor(recognisers: number) {
    this.#recognisers = recognisers
  }

  begin(text: string): void {
    this.#text = text
    this.#from = []
    this.#to = []
    this.#speaksFor = []
    this.#first = 0
    this.#start = -1
    this.#behind = 0
  }

  add(from: number, to: number, places: readonly number[]): void {
    const next = this.#text.charCodeAt(to)
    if (isAsciiLetter(next) || isForeignLetter(next)) return
    this.#from.push(from)
    this.#to.push(to)
    this.#speaksFor.push(this.#membership.get(places) ?? this.#membershipOf(places))
  }

  /** Characters between `start..end` and the nearest word for the recogniser; Infinity: there is none. */
  distance(place: number, start: number, end: number): number {
    if (start !== this.#start) this.#measure(start)
    const before = this.#before(place)
    return this.#behind < this.#from.length ? Math.min(before, this.#after(place, end)) : before
  }

  /** Whether there is a word near enough at all: where there is none, most shapes need not be looked at. */
  hasAny(start: number, end: number): boolean {
    if (start !== this.#start) this.#measure(start)
    return this.#nearCount > 0 || (this.#from[this.#behind] ?? Infinity) - end < AFTER_CHARS
  }

  #membershipOf(places: readonly number[]): Uint8Array {
    const membership = new Uint8Array(this.#recognisers)
    for (const place of places) membership[place] = 1
    this.#membership.set(places, membership)
    return membership
  }

  /** Which words stand before `start`; whom they speak for is looked at for those who ask, because a word may speak for eighty. */
  #measure(start: number): void {
    this.#start = start
    this.#nearCount = 0
    this.#forget(start)
    let word = this.#first
    for (; word < this.#to.length; word += 1) {
      const to = this.#to[word] ?? 0
      if (to > start) break
      const distance = start - to
      if (distance <= 1 || (distance <= CONTEXT_CHARS && !isPrefix(this.#text, to)))
        this.#note(word, distance)
    }
    this.#behind = word
  }

  #note(word: number, distance: number): void {
    const speaksFor = this.#speaksFor[word] ?? NOBODY
    const slot = this.#near[this.#nearCount]
    if (slot === undefined) this.#near.push({ speaksFor, distance })
    else {
      slot.speaksFor = speaksFor
      slot.distance = distance
    }
    this.#nearCount += 1
  }

  #before(place: number): number {
    let nearest = Infinity
    for (let at = 0; at < this.#nearCount; at += 1) {
      const word = this.#near[at]
      if (word !== undefined && word.speaksFor[place] === 1 && word.distance < nearest)
        nearest = word.distance
    }
    return nearest
  }

  #after(place: number, end: number): number {
    for (let word = this.#behind; word < this.#from.length; word += 1) {
      const from = this.#from[word] ?? 0
      if (from - end >= AFTER_CHARS) return Infinity
      if (from < end || this.#speaksFor[word]?.[place] !== 1) continue
      return (this.#to[word] ?? 0) <= afterLimit(this.#text, end) ? from - end + AFTER_PENALTY : Infinity
    }
    return Infinity
  }

  /** Values may overlap and begin a little before the last one asked for, never by more than a window. */
  #forget(start: number): void {
    while (this.#first < this.#to.length && start - (this.#to[this.#first] ?? 0) > 2 * CONTEXT_CHARS)
      this.#first += 1
    if (this.#first < KEPT_WORDS) return
    for (const list of [this.#from, this.#to, this.#speaksFor]) list.splice(0, this.#first)
    this.#first = 0
  }
}

const NOBODY = new Uint8Array(0)

const KEPT_WORDS = 1_024

/** The words after a value say less about it than those before: they are the label of the next one as often. */
export const AFTER_CHARS = 24
const AFTER_PENALTY = 3

/** `1950-02-06 Visit date: …`: what ends in a colon, or stands on the next line, is said of what follows. */
function afterLimit(text: string, end: number): number {
  let parted = end
  for (let at = end; at < end + 2 * AFTER_CHARS; at += 1) {
    const letter = text[at] ?? '\n'
    if (letter === '\n') return at
    if (letter === ':' || letter === '=') return parted
    if (letter === ',' || letter === '.' || letter === ';' || letter === '|' || letter === ')')
      parted = at + 1
  }
  return end + 2 * AFTER_CHARS
}

/** `MRN-1028091` beside another number: the letters belong to that value, and label nothing else. */
function isPrefix(text: string, to: number): boolean {
  const next = text.charCodeAt(to)
  return isDigitCode(next) || (next === 0x2d && isDigitCode(text.charCodeAt(to + 1)))
}
