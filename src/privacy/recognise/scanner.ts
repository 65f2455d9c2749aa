import { ContextWords, isForeignLetter } from './context.ts'
import { AFTER_CHARS, NearestWords } from './nearest-words.ts'
import type { Candidate } from './overlap.ts'
import { parsePattern } from './pattern/parse-pattern.ts'
import { PatternSet } from './pattern/pattern-set.ts'
import {
  AMBIGUOUS,
  compactOf,
  isDigitCode,
  isWordCode,
  CONTEXT_CHARS,
  type Found,
  type Recogniser,
  type Shape,
  type Verdict,
} from './recogniser.ts'

/** A shape, and whose it is. */
type Row = {
  readonly place: number
  readonly shape: Shape
  readonly recogniser: Recogniser
  /** The most that it can score without a word of context. */
  readonly unspoken: number
}

/** Patterns that match from `start`, as `ranked` numbers; `last` is where the longest ends. */
type Matches = { readonly start: number; readonly last: number; readonly ranks: number[] }

type Weigh = (row: Row, start: number, matched: number) => Candidate | undefined

export type ScannerOptions = {
  readonly recognisers: readonly Recogniser[]
  /** Whoever asks for some entities by name knows that the text is about them: a check digit is then enough. */
  readonly named: boolean
  readonly threshold: number
}

/**
 * One pass over a folded text: every word, sign and number is looked at once, and what begins there is found. It is
 * weighed a little later, when the words behind it are known too.
 */
export class Scanner {
  readonly #options: ScannerOptions
  readonly #rows: readonly Row[]
  readonly #patterns: PatternSet
  readonly #words: ContextWords
  readonly #nearest: NearestWords
  /** By character code: which finders look there. */
  readonly #finders: readonly (readonly number[] | undefined)[]

  #text = ''
  #found: Candidate[] = []
  readonly #waiting: (Matches | Spoken)[] = []
  /** How many of `#waiting` are dealt with. */
  #settled = 0
  /** By place: where the last thing that code found ends. */
  #until: number[] = []
  #ranks: number[] = []
  /** Recognisers that have found something from the place that is being weighed. */
  readonly #done: number[] = []
  #compactStart = -1
  #compactEnd = -1
  #compact = ''
  #start = 0
  #last = 0

  constructor(options: ScannerOptions) {
    this.#options = options
    const { recognisers } = options
    this.#rows = rowsOf(options)
    this.#words = new ContextWords(recognisers)
    this.#nearest = new NearestWords(recognisers.length)
    this.#patterns = patternsOf(this.#rows, this.#words)
    this.#finders = findersByCode(recognisers)
  }

  scan(text: string): readonly Candidate[] {
    this.#text = text
    const found: Candidate[] = []
    this.#found = found
    this.#nearest.begin(text)
    this.#until = []
    this.#compactStart = -1
    for (const [place, { whole }] of this.#options.recognisers.entries()) whole?.(text, this.#keeper(place))
    this.#waiting.sort((a, b) => a.start - b.start)
    for (let at = 0; at < text.length;) {
      at = this.#step(at)
      if (this.#waiting.length > this.#settled) this.#settle(at)
    }
    this.#settle(Infinity)
    this.#text = ''
    this.#found = []
    return found
  }

  /** Looks at what begins at `at`, and says where to go on. */
  #step(at: number): number {
    const code = this.#text.charCodeAt(at)
    if (isWordCode(code)) return this.#word(at)
    if (code < 0x80) return this.#sign(at, code)
    return isForeignLetter(code) ? this.#words.lookAt(this.#text, at, this.#onWord) : at + 1
  }

  #sign(at: number, code: number): number {
    if ((code === PLUS || code === BRACKET) && isNumberStart(this.#text, at)) this.#match(at, 'word')
    const finders = this.#finders[code]
    if (finders !== undefined) for (const place of finders) this.#find(place, at)
    return at + 1
  }

  #word(start: number): number {
    const text = this.#text
    this.#match(start, 'word')
    let end = start + 1
    let inside = -1
    for (let code = text.charCodeAt(end); isWordCode(code); code = text.charCodeAt(end)) {
      if (inside === -1 && isDigitCode(code) && !isDigitCode(text.charCodeAt(end - 1))) inside = end
      if (text.charCodeAt(end - 1) === UNDERSCORE) this.#match(end, 'context')
      end += 1
    }
    if (inside !== -1 && end - start <= MAX_GLUED_CHARS) this.#match(inside, 'inside')
    return end
  }

  #match(start: number, root: Root): void {
    this.#start = start
    this.#patterns.match(this.#text, start, root, this.#onEnd)
    if (this.#ranks.length === 0) return
    this.#waiting.push({ start, last: this.#last, ranks: this.#ranks })
    this.#ranks = []
  }

  readonly #onEnd = (pattern: number, end: number): void => {
    if (pattern >= this.#rows.length) {
      this.#nearest.add(this.#start, end, this.#words.places[pattern - this.#rows.length] ?? [])
      return
    }
    this.#ranks.push(ranked(pattern, end - this.#start))
    // Ends come in rising order.
    this.#last = end
  }

  readonly #onWord = (from: number, to: number, places: readonly number[]): void => {
    this.#nearest.add(from, to, places)
  }

  #find(place: number, at: number): void {
    // Within what it found already: a megabyte of `http://` would be read a thousand times.
    if (at < (this.#until[place] ?? 0)) return
    this.#options.recognisers[place]?.finder?.find(this.#text, at, this.#keeper(place))
  }

  #keeper(place: number): Found {
    return (start, end, score) => {
      this.#until[place] = end
      this.#waiting.push({ start, last: end, place, score })
    }
  }

  /** Weighs what lies so far behind that no word of context is to come. */
  #settle(at: number): void {
    for (; this.#settled < this.#waiting.length; this.#settled += 1) {
      const matches = this.#waiting[this.#settled]
      if (matches === undefined || matches.last + AFTER_CHARS >= at) break
      if ('ranks' in matches) this.#weigh(matches)
      else this.#keep(matches)
    }
    if (this.#settled < KEPT_MATCHES && at !== Infinity) return
    this.#waiting.splice(0, this.#settled)
    this.#settled = 0
  }

  #keep({ start, last: end, place, score }: Spoken): void {
    const { certain = false, specific = false } = this.#options.recognisers[place] ?? {}
    const distance = this.#distance(place, start, end)
    const weighed = withContext(score, distance)
    if (weighed >= this.#options.threshold)
      this.#found.push({ start, end, place, score: weighed, verdict: null, certain, specific, distance })
  }

  /** The best of what each recogniser found from here: by score, then by length. */
  #weigh({ start, last, ranks }: Matches): void {
    // Most numbers have no word of context, and most shapes are nothing without one.
    const order = this.#nearest.hasAny(start, last)
      ? ranks
      : ranks.filter((rank) => this.#speaksForItself(rank))
    if (order.length === 0) return
    sort(order)
    this.#done.length = 0
    this.#keepBest(start, order, this.#candidate)
    // Only when nothing passes the check may a label speak for what does not.
    this.#keepBest(start, order, this.#labelled)
  }

  #speaksForItself(rank: number): boolean {
    return (this.#rows[Math.floor(rank / RANK)]?.unspoken ?? 0) >= this.#options.threshold
  }

  #keepBest(start: number, order: readonly number[], weigh: Weigh): void {
    for (const rank of order) {
      const row = this.#rows[Math.floor(rank / RANK)]
      if (row === undefined || this.#done.includes(row.place)) continue
      const candidate = weigh(row, start, start + RANK - 1 - (rank % RANK))
      if (candidate === undefined) continue
      this.#done.push(row.place)
      this.#found.push(candidate)
    }
  }

  readonly #candidate: Weigh = (row, start, matched) => {
    const { recogniser, shape, place, unspoken } = row
    const { threshold } = this.#options
    const spoken = this.#distance(place, start, matched, shape.near)
    if (unspoken < threshold && spoken === Infinity) return undefined
    const end = shape.extend === undefined ? matched : shape.extend(this.#text, start, matched)
    if (end === -1 || isFraction(this.#text, start, end)) return undefined
    const verdict = this.#verdict(row, start, end)
    if (verdict === false || (verdict !== true && isGlued(this.#text, start, end))) return undefined
    const passed = verdict === true
    const distance = end === matched ? spoken : this.#distance(place, start, end, shape.near)
    const score = passed ? this.#passedScore(row, distance) : withContext(shape.score, distance)
    if (score < threshold) return undefined
    const certain =
      (shape.certain ?? recogniser.certain) === true ||
      (passed && (shape.alone ?? recogniser.alone ?? 0) >= CERTAIN)
    return { start, end, place, score, verdict, certain, specific: recogniser.specific === true, distance }
  }

  /** What fails its check right behind its own label: a typing error, or made up; somebody means it either way. */
  readonly #labelled: Weigh = ({ recogniser, shape, place }, start, end) => {
    if (recogniser.labelled !== true) return undefined
    const distance = this.#distance(place, start, end)
    const score = withContext(shape.score, distance)
    if (distance > LABEL_CHARS || score < this.#options.threshold) return undefined
    if (!/^[A-Z0-9 -]+$/.test(this.#text.slice(start, end)) || isFraction(this.#text, start, end))
      return undefined
    return { start, end, place, score, verdict: null, certain: false, specific: false, distance }
  }

  /** `null` also for what fails the check and may: `false` is final. */
  #verdict({ recogniser, shape }: Row, start: number, end: number): Verdict {
    if (shape.accept === undefined && recogniser.check === undefined) return null
    const matched = this.#text.slice(start, end)
    const accepted = shape.accept?.(matched) ?? null
    if (accepted !== null) return accepted
    if (recogniser.check === undefined || (shape.accept !== undefined && !recogniser.checksum)) return null
    const checked = recogniser.check(this.#compacted(matched, start, end))
    return checked === false && (shape.lenient ?? recogniser.lenient) === true ? null : checked
  }

  /** The same digits are looked at by a dozen recognisers. */
  #compacted(matched: string, start: number, end: number): string {
    if (start !== this.#compactStart || end !== this.#compactEnd) this.#compact = compactOf(matched)
    this.#compactStart = start
    this.#compactEnd = end
    return this.#compact
  }

  #passedScore({ unspoken }: Row, distance: number): number {
    return this.#options.named || distance !== Infinity ? 1 : unspoken
  }

  #distance(place: number, start: number, end: number, near?: number): number {
    const distance = this.#nearest.distance(place, start, end)
    const most = near ?? this.#options.recognisers[place]?.near ?? CONTEXT_CHARS
    return distance <= most ? distance : Infinity
  }
}

/** What code found: it has its end and its score. */
type Spoken = {
  readonly start: number
  readonly last: number
  readonly place: number
  readonly score: number
}

/** Where a pattern may begin: at a word, inside one where digits begin, or (context only) behind an underscore. */
type Root = 'word' | 'inside' | 'context'

/** Rows in falling order of score, so that a row's number is its rank. */
function rowsOf({ recognisers, named }: ScannerOptions): readonly Row[] {
  const rows = recognisers.flatMap((recogniser, place) =>
    (recogniser.shapes ?? []).map((shape) => {
      const checked = recogniser.check !== undefined || shape.accept !== undefined
      const passed = named ? 1 : (shape.alone ?? recogniser.alone ?? AMBIGUOUS)
      return { place, shape, recogniser, unspoken: checked ? Math.max(shape.score, passed) : shape.score }
    }),
  )
  return rows.sort((a, b) => b.shape.score - a.shape.score)
}

function patternsOf(rows: readonly Row[], words: ContextWords): PatternSet {
  const all = Array.from(rows.keys())
  const context = Array.from(words.patterns.keys(), (word) => rows.length + word)
  const patterns = [...rows.map(({ shape }) => shape.pattern), ...words.patterns].map(parsePattern)
  const roots = {
    word: [...all, ...context],
    inside: all.filter((row) => rows[row]?.shape.open === true),
    context,
  } satisfies Record<Root, readonly number[]>
  // Half a word is no match, unless the rest of it is read by code.
  const wholeWords = new Set(all.filter((row) => rows[row]?.shape.extend === undefined))
  return new PatternSet(patterns, roots, wholeWords)
}

/** No pattern is as long; a rank is the row, then the longer match first. */
const RANK = 65_536

/** In place, and for a few numbers, of which most are in order: a call of the library costs more. */
function sort(numbers: number[]): void {
  for (let at = 1; at < numbers.length; at += 1) {
    const number = numbers[at] ?? 0
    let to = at
    for (; to > 0 && (numbers[to - 1] ?? 0) > number; to -= 1) numbers[to] = numbers[to - 1] ?? 0
    numbers[to] = number
  }
}

function ranked(row: number, length: number): number {
  return row * RANK + (RANK - 1 - length)
}

/** Dealt with and not yet removed: taking each away on its own would move the rest every time. */
const KEPT_MATCHES = 256

const PLUS = 0x2b
const BRACKET = 0x28
const UNDERSCORE = 0x5f

/** A longer word is encoded data, where digits follow letters all the time. */
const MAX_GLUED_CHARS = 40

/** `IBAN: ` or `NPI number ` may stand between a label and its value. */
const LABEL_CHARS = 10

/** A check that lets one in ten pass is no proof. */
const CERTAIN = 0.9

/** Presidio's arithmetic: a word of context adds 0.35, and makes at least 0.4 of it. */
function withContext(score: number, distance: number): number {
  return distance === Infinity ? score : Math.min(1, Math.max(score + 0.35, 0.4))
}

function isNumberStart(text: string, at: number): boolean {
  const next = text.charCodeAt(at + 1)
  if (isWordCode(text.charCodeAt(at - 1)) && text.charCodeAt(at) === PLUS) return false
  return isDigitCode(next) || next === PLUS || next === BRACKET
}

/** The digits behind or before a decimal point are not a number of anybody. */
function isFraction(text: string, start: number, end: number): boolean {
  return isJoined(text, start, end, DOT)
}

/** Digits on the other side of a hyphen: this is a part of a longer number. */
function isGlued(text: string, start: number, end: number): boolean {
  return isJoined(text, start, end, HYPHEN)
}

const DOT = 0x2e
const HYPHEN = 0x2d

function isJoined(text: string, start: number, end: number, sign: number): boolean {
  const before =
    text.charCodeAt(start - 1) === sign &&
    isDigitCode(text.charCodeAt(start - 2)) &&
    isDigitCode(text.charCodeAt(start))
  if (before) return true
  return (
    text.charCodeAt(end) === sign &&
    isDigitCode(text.charCodeAt(end + 1)) &&
    isDigitCode(text.charCodeAt(end - 1))
  )
}

function findersByCode(recognisers: readonly Recogniser[]): readonly (readonly number[] | undefined)[] {
  const byCode: number[][] = []
  for (const [place, { finder }] of recognisers.entries())
    for (const character of finder?.at ?? '') (byCode[character.charCodeAt(0)] ??= []).push(place)
  return byCode
}
