import { automatonOf, characterClasses, type Automaton } from './automaton.ts'
import type { Pattern } from './parse-pattern.ts'

/** Told of every end of every match: `pattern` is the index in the list that the set was made of. */
export type OnEnd = (pattern: number, end: number) => void

/**
 * Many patterns matched at once from one position, in one step per character whatever their number: a deterministic
 * automaton that is built as texts need its states. Memory is bounded; an input that would fill it makes matching
 * slower, never wrong.
 */
export class PatternSet {
  readonly #automaton: Automaton
  readonly #classOf: Uint8Array
  readonly #examples: readonly number[]
  readonly #firsts: ReadonlyMap<string, readonly number[]>
  #members: (readonly number[])[] = []
  #accepts: (readonly number[])[] = []
  #next: Int32Array = new Int32Array(0)
  #states = new Map<string, number>()
  #roots = new Map<string, number>()

  /** `roots`: by name, which of the patterns may begin where the name is given to `match`. */
  constructor(patterns: readonly Pattern[], roots: Readonly<Record<string, readonly number[]>>) {
    this.#automaton = automatonOf(patterns)
    const { of, examples } = characterClasses(this.#automaton.sets)
    this.#classOf = of
    this.#examples = examples
    this.#firsts = new Map(
      Object.entries(roots).map(([name, from]) => [
        name,
        from.map((pattern) => this.#automaton.starts[pattern] ?? 0),
      ]),
    )
    this.#forget()
  }

  match(text: string, from: number, root: string, onEnd: OnEnd): void {
    if (this.#members.length > MAX_STATES) this.#forget()
    const width = this.#examples.length
    let state = this.#roots.get(root) ?? DEAD
    for (let at = from; state !== DEAD && at < text.length; at += 1) {
      const code = text.charCodeAt(at)
      const column = code < 128 ? (this.#classOf[code] ?? 0) : 0
      if (column === 0) return
      const known = this.#next[state * width + column] ?? UNKNOWN
      state = known === UNKNOWN ? this.#step(state, column) : known
      const accepts = this.#accepts[state]
      if (accepts !== undefined && accepts !== NONE) for (const pattern of accepts) onEnd(pattern, at + 1)
    }
  }

  #forget(): void {
    this.#members = []
    this.#accepts = []
    this.#next = new Int32Array(256 * this.#examples.length).fill(UNKNOWN)
    this.#states = new Map()
    this.#stateOf([])
    this.#roots = new Map(
      Array.from(this.#firsts, ([name, starts]) => [name, this.#stateOf(this.#closure(starts))]),
    )
  }

  #step(state: number, column: number): number {
    const code = this.#examples[column] ?? 0
    const { steps, targets, sets } = this.#automaton
    const reached = (this.#members[state] ?? []).flatMap((member) =>
      sets[steps[member] ?? -1]?.[code] === 1 ? [targets[member] ?? 0] : [],
    )
    const next = this.#stateOf(this.#closure(reached))
    this.#next[state * this.#examples.length + column] = next
    return next
  }

  /** All states that are reached without a character, only those kept that step or accept. */
  #closure(from: readonly number[]): readonly number[] {
    const seen = new Set<number>(from)
    const { steps, branches, accepts } = this.#automaton
    for (const state of seen) for (const to of branches[state] ?? []) seen.add(to)
    return [...seen].filter((state) => steps[state] !== -1 || accepts[state] !== -1).sort((a, b) => a - b)
  }

  #stateOf(members: readonly number[]): number {
    const key = members.join()
    const known = this.#states.get(key)
    if (known !== undefined) return known
    const state = this.#members.length
    this.#states.set(key, state)
    this.#members.push(members)
    const accepted = members
      .flatMap((member) => this.#automaton.accepts[member] ?? -1)
      .filter((each) => each >= 0)
    this.#accepts.push(accepted.length === 0 ? NONE : accepted)
    this.#grow()
    return state
  }

  #grow(): void {
    const wanted = this.#members.length * this.#examples.length
    if (wanted <= this.#next.length) return
    const larger = new Int32Array(2 * wanted).fill(UNKNOWN)
    larger.set(this.#next)
    this.#next = larger
  }
}

const UNKNOWN = -1
const DEAD = 0
const NONE: readonly number[] = []

// Some 60 columns of 4 bytes: 16,384 states are 4 MB, twice that while the table grows. Ordinary text needs a few thousand.
const MAX_STATES = 16_384
