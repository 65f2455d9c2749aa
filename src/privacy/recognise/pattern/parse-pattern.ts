/**
 * The small part of regular expressions that our tables use: literals, classes, groups, choices and bounded
 * repetition. What it leaves out is what makes matching slow or unbounded (`*`, `+`, back-references, lookaround), so
 * a pattern that parses here is matched in linear time and has a longest match.
 */
export type Pattern =
  /** One character; `codes` has an entry for each of the 128 ASCII characters. */
  | { readonly kind: 'one'; readonly codes: Uint8Array }
  | { readonly kind: 'sequence'; readonly parts: readonly Pattern[] }
  | { readonly kind: 'choice'; readonly options: readonly Pattern[] }
  | { readonly kind: 'repeat'; readonly part: Pattern; readonly least: number; readonly most: number }

export const ASCII = 128

/** @throws TypeError: the pattern uses something that is not in the part; a mistake in a table of ours */
export function parsePattern({ source, flags }: RegExp): Pattern {
  const reader = new Reader(source, flags.includes('i'))
  const pattern = reader.choice()
  reader.end()
  return pattern
}

/** Characters of the longest text that the pattern matches. */
export function longestMatch(pattern: Pattern): number {
  switch (pattern.kind) {
    case 'one':
      return 1
    case 'sequence':
      return pattern.parts.reduce((sum, part) => sum + longestMatch(part), 0)
    case 'choice':
      return Math.max(...pattern.options.map(longestMatch))
    case 'repeat':
      return pattern.most * longestMatch(pattern.part)
    default:
      return pattern satisfies never
  }
}

class Reader {
  readonly #source: string
  readonly #anyCase: boolean
  #at = 0

  constructor(source: string, anyCase: boolean) {
    this.#source = source
    this.#anyCase = anyCase
  }

  choice(): Pattern {
    const options = [this.#sequence()]
    while (this.#take('|')) options.push(this.#sequence())
    const [only] = options
    return options.length === 1 && only !== undefined ? only : { kind: 'choice', options }
  }

  end(): void {
    if (this.#at < this.#source.length) throw this.#fault('the end')
  }

  #sequence(): Pattern {
    const parts: Pattern[] = []
    while (this.#at < this.#source.length && !'|)'.includes(this.#peek())) parts.push(this.#repeated())
    return { kind: 'sequence', parts }
  }

  #repeated(): Pattern {
    const part = this.#atom()
    if (this.#take('?')) return { kind: 'repeat', part, least: 0, most: 1 }
    if (!this.#take('{')) return part
    const bounds = this.#upTo('}').split(',')
    const least = Number(bounds[0])
    const most = Number(bounds[1] ?? bounds[0])
    if (!(least >= 0 && most >= least) || bounds[1] === '') throw this.#fault('a bounded repetition')
    return { kind: 'repeat', part, least, most }
  }

  #atom(): Pattern {
    if (this.#take('(?:')) return this.#group()
    if (this.#take('[')) return this.#one(this.#set())
    if (this.#take('\\')) return this.#one(this.#escaped())
    if ('*+.^$(){}'.includes(this.#peek())) throw this.#fault('a character')
    return this.#one([this.#next().charCodeAt(0)])
  }

  #group(): Pattern {
    const pattern = this.choice()
    if (!this.#take(')')) throw this.#fault('")"')
    return pattern
  }

  #set(): readonly number[] {
    const codes: number[] = []
    while (!this.#take(']')) {
      const from = this.#member()
      const ranged = from.length === 1 && this.#peek() === '-' && this.#source[this.#at + 1] !== ']'
      if (!ranged) codes.push(...from)
      else {
        this.#at += 1
        codes.push(...range(from[0] ?? 0, this.#member()[0] ?? 0))
      }
    }
    return codes
  }

  #member(): readonly number[] {
    return this.#take('\\') ? this.#escaped() : [this.#next().charCodeAt(0)]
  }

  #escaped(): readonly number[] {
    const letter = this.#next()
    const named = CLASSES[letter]
    if (named !== undefined) return named
    if (/[A-Za-z0-9]/.test(letter)) throw this.#fault('a known escape')
    return [letter.charCodeAt(0)]
  }

  #one(members: readonly number[]): Pattern {
    const codes = new Uint8Array(ASCII)
    for (const code of members) {
      if (code >= ASCII) throw this.#fault('an ASCII character')
      for (const each of this.#anyCase ? bothCases(code) : [code]) codes[each] = 1
    }
    return { kind: 'one', codes }
  }

  #peek(): string {
    return this.#source[this.#at] ?? ''
  }

  #next(): string {
    const letter = this.#peek()
    if (letter === '') throw this.#fault('more')
    this.#at += 1
    return letter
  }

  #take(text: string): boolean {
    const there = this.#source.startsWith(text, this.#at)
    if (there) this.#at += text.length
    return there
  }

  #upTo(end: string): string {
    const to = this.#source.indexOf(end, this.#at)
    const text = this.#source.slice(this.#at, to)
    this.#at = to + 1
    return text
  }

  #fault(expected: string): TypeError {
    return new TypeError(`pattern ${this.#source}: expected ${expected} at ${this.#at}`)
  }
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, step) => from + step)
}

function bothCases(code: number): readonly number[] {
  const text = String.fromCharCode(code)
  return [text.toLowerCase().charCodeAt(0), text.toUpperCase().charCodeAt(0)]
}

const DIGITS = range(0x30, 0x39)
const LETTERS = [...range(0x41, 0x5a), ...range(0x61, 0x7a)]

const CLASSES: Readonly<Record<string, readonly number[]>> = {
  d: DIGITS,
  w: [...DIGITS, ...LETTERS, 0x5f],
  n: [0x0a],
  t: [0x09],
}
