// A reader of GBNF that shares no code with the writer: what our grammars allow, without the engine, thousands of times a second.

type Gbnf =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'class'; readonly not: boolean; readonly ranges: readonly (readonly [number, number])[] }
  | { readonly kind: 'rule'; readonly name: string }
  | { readonly kind: 'sequence'; readonly items: readonly Gbnf[] }
  | { readonly kind: 'choice'; readonly options: readonly Gbnf[] }
  | { readonly kind: 'repeat'; readonly item: Gbnf; readonly least: number; readonly most: number }

export type Grammar = {
  /** Whether a model may write this and end. */
  readonly allows: (text: string) => boolean
  /** Something that a model may write; `random` gives numbers from 0 to 1. */
  readonly sample: (random: () => number) => string
}

export function readGbnf(grammar: string): Grammar {
  const rules = new Map<string, Gbnf>()
  for (const line of grammar.split('\n')) {
    const [name = '', body = ''] = line.split(/ ::= (.*)/s)
    if (rules.has(name)) throw new SyntaxError(`two rules ${name}`)
    rules.set(name, new Reader(body).all())
  }
  const ruleOf = (name: string): Gbnf => {
    const body = rules.get(name)
    if (body === undefined) throw new SyntaxError(`no rule ${name}`)
    return body
  }
  const heights = heightsOf(rules)
  return {
    allows: (text) => new Matcher(ruleOf, Array.from(text)).whole(),
    sample: (random) => new Sampler(ruleOf, heights, random).write(ruleOf('root')),
  }
}

class Reader {
  readonly #characters: readonly string[]
  #at = 0

  constructor(body: string) {
    this.#characters = Array.from(body)
  }

  all(): Gbnf {
    const whole = this.#choice()
    if (this.#at !== this.#characters.length) throw this.#unexpected()
    return whole
  }

  #choice(): Gbnf {
    const options = [this.#sequence()]
    while (this.#take('|')) options.push(this.#sequence())
    return options.length === 1 ? (options[0] ?? { kind: 'choice', options }) : { kind: 'choice', options }
  }

  #sequence(): Gbnf {
    const items: Gbnf[] = []
    for (this.#space(); !['|', ')', undefined].includes(this.#peek()); this.#space())
      items.push(this.#repeated())
    return { kind: 'sequence', items }
  }

  #repeated(): Gbnf {
    const item = this.#atom()
    if (this.#take('*')) return { kind: 'repeat', item, least: 0, most: Infinity }
    if (this.#take('+')) return { kind: 'repeat', item, least: 1, most: Infinity }
    if (this.#take('?')) return { kind: 'repeat', item, least: 0, most: 1 }
    if (!this.#take('{')) return item
    const [, least = '', comma, most] = this.#match(/^(\d+)(,)?(\d*)\}/)
    const upper = comma === undefined ? Number(least) : most === '' ? Infinity : Number(most)
    if (Number(least) > 2000 || (upper !== Infinity && upper > 2000) || upper < Number(least))
      throw this.#unexpected()
    return { kind: 'repeat', item, least: Number(least), most: upper }
  }

  #atom(): Gbnf {
    if (this.#take('"')) return { kind: 'text', text: this.#quoted() }
    if (this.#take('[')) return this.#class()
    if (!this.#take('(')) return { kind: 'rule', name: this.#match(/^([a-z][a-z0-9-]*)/)[0] ?? '' }
    const inner = this.#choice()
    if (!this.#take(')')) throw this.#unexpected()
    return inner
  }

  #quoted(): string {
    let text = ''
    while (!this.#take('"')) text += String.fromCodePoint(this.#code())
    return text
  }

  #class(): Gbnf {
    const not = this.#take('^')
    const ranges: [number, number][] = []
    while (!this.#take(']')) {
      const from = this.#code()
      ranges.push([from, this.#take('-') ? this.#code() : from])
    }
    return { kind: 'class', not, ranges }
  }

  #code(): number {
    const next = this.#next()
    if (next !== '\\') return next.codePointAt(0) ?? 0
    const kind = this.#next()
    const digits = { x: 2, u: 4, U: 8 }[kind]
    if (digits !== undefined)
      return Number.parseInt(this.#match(new RegExp(`^([0-9A-Fa-f]{${digits}})`))[0] ?? '', 16)
    const known = { n: 10, r: 13, t: 9, '"': 34, '\\': 92, '[': 91, ']': 93 }[kind]
    if (known === undefined) throw this.#unexpected()
    return known
  }

  #match(pattern: RegExp): RegExpExecArray {
    const found = pattern.exec(this.#characters.slice(this.#at).join(''))
    if (found === null) throw this.#unexpected()
    this.#at += Array.from(found[0] ?? '').length
    return found
  }

  #space(): void {
    while (this.#peek() === ' ') this.#at += 1
  }

  #peek(): string | undefined {
    return this.#characters[this.#at]
  }

  #next(): string {
    const next = this.#peek()
    if (next === undefined) throw this.#unexpected()
    this.#at += 1
    return next
  }

  #take(expected: string): boolean {
    if (this.#peek() !== expected) return false
    this.#at += 1
    return true
  }

  #unexpected(): SyntaxError {
    return new SyntaxError(
      `no GBNF at ${this.#at}: ${this.#characters.slice(this.#at, this.#at + 20).join('')}`,
    )
  }
}

type RuleOf = (name: string) => Gbnf

class Matcher {
  readonly #ruleOf: RuleOf
  readonly #text: readonly string[]
  readonly #known = new Map<Gbnf, Map<number, ReadonlySet<number>>>()

  constructor(ruleOf: RuleOf, text: readonly string[]) {
    this.#ruleOf = ruleOf
    this.#text = text
  }

  whole(): boolean {
    return this.#ends(this.#ruleOf('root'), 0).has(this.#text.length)
  }

  /** Where what begins at `at` may end. */
  #ends(gbnf: Gbnf, at: number): ReadonlySet<number> {
    const known = this.#known.get(gbnf) ?? new Map<number, ReadonlySet<number>>()
    this.#known.set(gbnf, known)
    const ends = known.get(at) ?? this.#find(gbnf, at)
    known.set(at, ends)
    return ends
  }

  #find(gbnf: Gbnf, at: number): ReadonlySet<number> {
    switch (gbnf.kind) {
      case 'text': {
        const letters = Array.from(gbnf.text)
        return new Set(
          letters.every((letter, index) => this.#text[at + index] === letter) ? [at + letters.length] : [],
        )
      }
      case 'class': {
        const letter = this.#text[at]
        return new Set(letter !== undefined && isIn(gbnf, letter) ? [at + 1] : [])
      }
      case 'rule':
        return this.#ends(this.#ruleOf(gbnf.name), at)
      case 'choice':
        return new Set(gbnf.options.flatMap((option) => [...this.#ends(option, at)]))
      case 'sequence':
        return gbnf.items.reduce<ReadonlySet<number>>((ats, item) => this.#after(item, ats), new Set([at]))
      case 'repeat':
        return this.#repeated(gbnf, at)
      default:
        return gbnf satisfies never
    }
  }

  #repeated({ item, least, most }: Extract<Gbnf, { kind: 'repeat' }>, at: number): ReadonlySet<number> {
    const ends = new Set<number>(least === 0 ? [at] : [])
    let ats: ReadonlySet<number> = new Set([at])
    for (let times = 1; times <= most && ats.size > 0; times += 1) {
      ats = this.#after(item, ats)
      if (times < least) continue
      const before = ends.size
      for (const end of ats) ends.add(end)
      if (ends.size === before) break
    }
    return ends
  }

  #after(item: Gbnf, ats: ReadonlySet<number>): ReadonlySet<number> {
    return new Set([...ats].flatMap((at) => [...this.#ends(item, at)]))
  }
}

function isIn({ not, ranges }: Extract<Gbnf, { kind: 'class' }>, letter: string): boolean {
  const code = letter.codePointAt(0) ?? 0
  return ranges.some(([from, to]) => from <= code && code <= to) !== not
}

/** How deep rules go at least before they end. */
function heightsOf(rules: ReadonlyMap<string, Gbnf>): ReadonlyMap<string, number> {
  const heights = new Map<string, number>()
  for (let before = -1; before !== heights.size;) {
    before = heights.size
    for (const [name, body] of rules) {
      const height = heightOf(body, heights)
      if (!heights.has(name) && height < Infinity) heights.set(name, height + 1)
    }
  }
  return heights
}

function heightOf(gbnf: Gbnf, heights: ReadonlyMap<string, number>): number {
  switch (gbnf.kind) {
    case 'rule':
      return heights.get(gbnf.name) ?? Infinity
    case 'choice':
      return Math.min(Infinity, ...gbnf.options.map((option) => heightOf(option, heights)))
    case 'sequence':
      return Math.max(0, ...gbnf.items.map((item) => heightOf(item, heights)))
    case 'repeat':
      return gbnf.least === 0 ? 0 : heightOf(gbnf.item, heights)
    default:
      return 0
  }
}

const LETTERS = Array.from('aZ09 _-./:@é日🙂~,\'"\\{}[]')
/** After so many rules the shortest way out is taken: a tree of trees would never end otherwise. */
const MAX_WRITTEN_RULES = 300

class Sampler {
  readonly #ruleOf: RuleOf
  readonly #heights: ReadonlyMap<string, number>
  readonly #random: () => number
  #written = 0

  constructor(ruleOf: RuleOf, heights: ReadonlyMap<string, number>, random: () => number) {
    this.#ruleOf = ruleOf
    this.#heights = heights
    this.#random = random
  }

  write(gbnf: Gbnf): string {
    switch (gbnf.kind) {
      case 'text':
        return gbnf.text
      case 'class':
        return this.#letter(gbnf)
      case 'rule':
        this.#written += 1
        return this.write(this.#ruleOf(gbnf.name))
      case 'sequence':
        return gbnf.items.map((item) => this.write(item)).join('')
      case 'choice':
        return this.write(this.#option(gbnf.options))
      case 'repeat': {
        const more = this.#isLong() ? 0 : Math.min(gbnf.most - gbnf.least, this.#below(4))
        return Array.from({ length: gbnf.least + more }, () => this.write(gbnf.item)).join('')
      }
      default:
        return gbnf satisfies never
    }
  }

  #isLong(): boolean {
    return this.#written > MAX_WRITTEN_RULES
  }

  #option(options: readonly Gbnf[]): Gbnf {
    const heights = options.map((option) => heightOf(option, this.#heights))
    const most = this.#isLong() ? Math.min(...heights) : Number.MAX_VALUE
    const open = options.filter((_, index) => (heights[index] ?? 0) <= most)
    const option = open[this.#below(open.length)]
    if (option === undefined) throw new SyntaxError('a choice without an option that ends')
    return option
  }

  #letter(of: Extract<Gbnf, { kind: 'class' }>): string {
    const fitting = LETTERS.filter((letter) => isIn(of, letter))
    const [from, to] = of.ranges[this.#below(of.ranges.length)] ?? [0, 0]
    if (!of.not && (fitting.length === 0 || this.#random() < 0.5))
      return String.fromCodePoint(from + this.#below(Math.min(to - from + 1, 2 ** 16)))
    return fitting[this.#below(fitting.length)] ?? '𝄞'
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit)
  }
}
