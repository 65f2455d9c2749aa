import { MusivumError } from '../../../core/errors.ts'
import type { SchemaGap } from '../../engine.ts'
import { rule, type Expression } from './expression.ts'
import { jsonRules } from './json-rules.ts'
import { writeGrammar } from './write-grammar.ts'

// A schema is the client's data: these keep its grammar within what the engine compiles in milliseconds.
const MAX_RULES = 2_000
/** Each costs the engine a rule of its own: 20,000 take it 0.1 s. */
const MAX_REPETITIONS = 20_000
/** 1,000 long alternatives, or 2,000 rules of a line each. */
/** Options of all values, multiplied out: 0.1 s for us, who do nothing else meanwhile. */
const MAX_WORK = 10_000
const MAX_GRAMMAR_CHARS = 256 * 1024

export class Rules {
  /** Whether lists get all the items that have schemas of their own, where nothing is said of their number. */
  readonly wholeTuples: boolean
  readonly gaps = new Map<string, SchemaGap>()
  readonly #bodies = new Map(jsonRules)
  readonly #waiting: (() => void)[] = []
  #repetitions = 0
  #work = 0

  constructor({ wholeTuples = false } = {}) {
    this.wholeTuples = wholeTuples
  }

  /** A rule whose body is made later, so that a schema may refer to itself and nest without nesting us. */
  later(name: string, body: () => Expression): Expression {
    this.#waiting.push(() => this.#bodies.set(name, body()))
    return this.#reserve(name)
  }

  named(hint: string, body: Expression): Expression {
    const name = `${hint}-${this.#bodies.size}`
    this.#bodies.set(name, body)
    return this.#reserve(name)
  }

  #reserve(name: string): Expression {
    if (this.#bodies.size + this.#waiting.length > MAX_RULES)
      throw refused('#', 'the schema', `is larger than ${MAX_RULES} rules`)
    return rule(name)
  }

  /** Counts what is cheap alone and not by the million. */
  work(): void {
    if (++this.#work > MAX_WORK) throw refused('#', 'the schema', `has more than ${MAX_WORK} options in all`)
  }

  gap(keyword: string, path: string): void {
    this.gaps.set(`${path} ${keyword}`, { keyword, path })
  }

  /** False when the engine has been asked for so many that it would take long to read the grammar. */
  mayRepeat(times: number): boolean {
    if (this.#repetitions + times > MAX_REPETITIONS) return false
    this.#repetitions += times
    return true
  }

  /** Undefined when nothing is allowed. */
  text(start: Expression): string | undefined {
    for (let next = this.#waiting.pop(); next !== undefined; next = this.#waiting.pop()) next()
    const grammar = writeGrammar(this.#bodies, start)
    if (grammar !== undefined && grammar.length > MAX_GRAMMAR_CHARS)
      throw refused('#', 'the schema', `is longer than ${MAX_GRAMMAR_CHARS} characters of grammar`)
    return grammar
  }
}

export function refused(path: string, keyword: string, why: string): MusivumError {
  return new MusivumError(
    'request.unsupported',
    `The embedded engine cannot follow this JSON schema: ${keyword} at ${path} ${why}.`,
    { keyword, path },
  )
}
