import { characterIn, complement, DIGITS, LINE_ENDS, SPACE, WORD, type Range } from './character-class.ts'
import { choice, repeat, rule, sequence, type Expression } from './expression.ts'

/**
 * What stands between the quotes of a JSON string that matches a regular expression of JavaScript (Unicode mode): literals,
 * classes, groups, alternatives, repetitions, and the two anchors at its ends. Undefined for everything else, and for more
 * than `MAX_TIMES` repetitions.
 */
export function patternGrammar(pattern: string): Expression | undefined {
  const reader = new PatternReader(pattern)
  try {
    return reader.whole()
  } catch (thrown) {
    if (thrown instanceof Untranslatable) return undefined
    throw thrown
  }
}

/** The engine refuses over 2,000. */
const MAX_TIMES = 1_000
/** Deeper than people write; each level is a few calls deep for us. */
const MAX_GROUPS = 32

class Untranslatable extends Error {}

const LETTERS: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13 }
const CLASSES: Readonly<Record<string, readonly Range[]>> = {
  d: DIGITS,
  D: complement(DIGITS),
  w: WORD,
  W: complement(WORD),
  s: SPACE,
  S: complement(SPACE),
}

class PatternReader {
  readonly #characters: readonly string[]
  #at = 0
  #depth = 0

  constructor(pattern: string) {
    this.#characters = Array.from(pattern)
  }

  /** Each alternative has its own anchors: `^a|b$` is "begins with a, or ends with b". */
  whole(): Expression {
    const options = [this.#anchored()]
    while (this.#take('|')) options.push(this.#anchored())
    if (this.#at < this.#characters.length) throw new Untranslatable()
    return choice(options)
  }

  #anchored(): Expression {
    const anything = repeat(rule('char'), 0, Infinity)
    const before = this.#take('^') ? [] : [anything]
    const body = this.#sequence()
    const after = this.#take('$') ? [] : [anything]
    return sequence(...before, body, ...after)
  }

  #alternatives(): Expression {
    const options = [this.#sequence()]
    while (this.#take('|')) options.push(this.#sequence())
    return choice(options)
  }

  #sequence(): Expression {
    const items: Expression[] = []
    for (let next = this.#peek(); next !== undefined && !'|)$'.includes(next); next = this.#peek())
      items.push(this.#repeated(this.#atom()))
    return sequence(...items)
  }

  #atom(): Expression {
    const next = this.#next()
    switch (next) {
      case '(':
        return this.#group()
      case '[':
        return characterIn(this.#class())
      case '.':
        return characterIn(complement(LINE_ENDS))
      case '\\':
        return characterIn(this.#escape())
      case '^':
        throw new Untranslatable()
      default:
        return characterIn([rangeOf(next)])
    }
  }

  #group(): Expression {
    if (++this.#depth > MAX_GROUPS) throw new Untranslatable()
    if (this.#take('?') && !this.#take(':')) this.#name()
    const inner = this.#alternatives()
    if (!this.#take(')')) throw new Untranslatable()
    this.#depth -= 1
    return inner
  }

  /** `?<name>` is only a group; `?=`, `?!`, `?<=` and `?<!` look around. */
  #name(): void {
    if (!this.#take('<') || !/[\p{L}$_]/u.test(this.#peek() ?? '')) throw new Untranslatable()
    while (this.#next() !== '>');
  }

  #repeated(item: Expression): Expression {
    const times = this.#times()
    // Whether it takes as few or as many as it can, the same texts match.
    if (times !== undefined) this.#take('?')
    return times === undefined ? item : repeat(item, times[0], times[1])
  }

  #times(): readonly [number, number] | undefined {
    if (this.#take('*')) return [0, Infinity]
    if (this.#take('+')) return [1, Infinity]
    if (this.#take('?')) return [0, 1]
    if (!this.#take('{')) return undefined
    const least = this.#number()
    const most = this.#take(',') ? (this.#peek() === '}' ? Infinity : this.#number()) : least
    if (!this.#take('}') || least > MAX_TIMES || (most !== Infinity && most > MAX_TIMES))
      throw new Untranslatable()
    return [least, most]
  }

  #number(): number {
    let digits = ''
    while (/^\d$/.test(this.#peek() ?? '')) digits += this.#next()
    if (digits === '') throw new Untranslatable()
    return Number(digits)
  }

  #class(): readonly Range[] {
    const negated = this.#take('^')
    const ranges: Range[] = []
    while (!this.#take(']')) ranges.push(...this.#classRange())
    return negated ? complement(ranges) : ranges
  }

  #classRange(): readonly Range[] {
    const from = this.#classAtom()
    if (this.#peek() !== '-' || this.#characters[this.#at + 1] === ']') return from
    this.#next()
    const to = this.#classAtom()
    return [[from[0]?.[0] ?? 0, to[0]?.[1] ?? 0]]
  }

  #classAtom(): readonly Range[] {
    const next = this.#next()
    if (next !== '\\') return [rangeOf(next)]
    if (this.#take('b')) return [[8, 8]]
    return this.#escape()
  }

  #escape(): readonly Range[] {
    const next = this.#next()
    const known = CLASSES[next]
    if (known !== undefined) return known
    const control = LETTERS[next]
    if (control !== undefined) return [[control, control]]
    if (next === 'x' || next === 'u') return [this.#hex(next)]
    if (/^[A-Za-z0-9]$/.test(next)) throw new Untranslatable()
    return [rangeOf(next)]
  }

  #hex(kind: 'x' | 'u'): Range {
    const rest = this.#characters.slice(this.#at, this.#at + 10).join('')
    const form = kind === 'x' ? /^[0-9a-f]{2}/i : /^(?:[0-9a-f]{4}|\{[0-9a-f]{1,6}\})/i
    const [written] = form.exec(rest) ?? []
    if (written === undefined) throw new Untranslatable()
    this.#at += written.length
    const code = Number.parseInt(written.replace('{', ''), 16)
    // Half of a character: the other half may follow.
    if (code >= 0xd800 && code <= 0xdfff) throw new Untranslatable()
    return [code, code]
  }

  #peek(): string | undefined {
    return this.#characters[this.#at]
  }

  #next(): string {
    const next = this.#characters[this.#at]
    if (next === undefined) throw new Untranslatable()
    this.#at += 1
    return next
  }

  #take(expected: string): boolean {
    if (this.#peek() !== expected) return false
    this.#at += 1
    return true
  }
}

function rangeOf(character: string): Range {
  const code = character.codePointAt(0) ?? 0
  return [code, code]
}
