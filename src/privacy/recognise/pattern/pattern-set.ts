import { automatonOf, characterClasses } from './automaton.ts'
import { isWordCode } from '../recogniser.ts'
import type { Pattern } from './parse-pattern.ts'
import { Subsets } from './subsets.ts'

/** Told of every end of every match: `pattern` is the index in the list that the set was made of. */
export type OnEnd = (pattern: number, end: number) => void

/**
 * Many patterns matched at once from one position, in one step per character whatever their number: a deterministic
 * automaton that is built as texts need its states. Memory is bounded; an input that would fill it makes matching
 * slower, never wrong.
 */
export class PatternSet {
  readonly #subsets: Subsets
  /** By state of the automaton of all patterns: which of them has matched there; -1: none. */
  readonly #patternAt: readonly number[]
  readonly #classOf: Uint8Array
  /** Columns of `#next`. */
  readonly #width: number
  readonly #firsts: ReadonlyMap<string, readonly number[]>
  readonly #wholeWords: ReadonlySet<number>
  /** By state: the patterns that have matched there. */
  #accepts: (readonly number[])[] = []
  /** Those of them that may end within a word. */
  #inside: (readonly number[])[] = []
  #next: Int32Array = new Int32Array(0)
  #roots = new Map<string, number>()

  /**
   * `roots`: by name, which of the patterns may begin where the name is given to `match`. `wholeWords`: those that do not match
   * where a word goes on. Asked once for each place instead of for each pattern, of which some thirty match at once in numbers.
   */
  constructor(
    patterns: readonly Pattern[],
    roots: Readonly<Record<string, readonly number[]>>,
    wholeWords: ReadonlySet<number> = NONE_OF_THEM,
  ) {
    this.#wholeWords = wholeWords
    const automaton = automatonOf(patterns)
    const { of, examples } = characterClasses(automaton.sets)
    this.#subsets = new Subsets(automaton, examples)
    this.#patternAt = automaton.accepts
    this.#classOf = of
    this.#width = examples.length
    this.#firsts = new Map(
      Object.entries(roots).map(([name, from]) => [
        name,
        from.map((pattern) => automaton.starts[pattern] ?? 0),
      ]),
    )
    this.#forget()
  }

  match(text: string, from: number, root: string, onEnd: OnEnd): void {
    if (this.#accepts.length > MAX_STATES) this.#forget()
    const width = this.#width
    let state = this.#roots.get(root) ?? DEAD
    for (let at = from; state !== DEAD && at < text.length; at += 1) {
      const code = text.charCodeAt(at)
      const column = code < 128 ? (this.#classOf[code] ?? 0) : 0
      if (column === 0) return
      const known = this.#next[state * width + column] ?? UNKNOWN
      state = known === UNKNOWN ? this.#step(state, column) : known
      const accepts = this.#accepts[state]
      if (accepts !== undefined && accepts !== NONE) this.#tell(state, accepts, text, at + 1, onEnd)
    }
  }

  #tell(state: number, accepts: readonly number[], text: string, end: number, onEnd: OnEnd): void {
    const ending = isWordCode(text.charCodeAt(end)) ? this.#inside[state] : accepts
    if (ending !== undefined) for (const pattern of ending) onEnd(pattern, end)
  }

  #forget(): void {
    this.#subsets.clear()
    this.#accepts = []
    this.#inside = []
    this.#next = new Int32Array(256 * this.#width).fill(UNKNOWN)
    this.#state(this.#subsets.of([]))
    this.#roots = new Map(
      Array.from(this.#firsts, ([name, starts]) => [name, this.#state(this.#subsets.of(starts))]),
    )
  }

  #step(state: number, column: number): number {
    const next = this.#state(this.#subsets.after(state, column))
    this.#next[state * this.#width + column] = next
    return next
  }

  /** A subset is a state of ours by the same number; what it needs is added when it is the newest. */
  #state(subset: number): number {
    if (subset < this.#accepts.length) return subset
    const accepted = this.#acceptedIn(subset)
    this.#accepts.push(accepted)
    this.#inside.push(accepted.filter((pattern) => !this.#wholeWords.has(pattern)))
    this.#grow()
    return subset
  }

  #acceptedIn(subset: number): readonly number[] {
    const accepted: number[] = []
    for (const state of this.#subsets.membersOf(subset)) {
      const pattern = this.#patternAt[state] ?? -1
      if (pattern !== -1) accepted.push(pattern)
    }
    return accepted.length === 0 ? NONE : accepted
  }

  #grow(): void {
    const wanted = this.#accepts.length * this.#width
    if (wanted <= this.#next.length) return
    const larger = new Int32Array(2 * wanted).fill(UNKNOWN)
    larger.set(this.#next)
    this.#next = larger
  }
}

const UNKNOWN = -1
const DEAD = 0
const NONE: readonly number[] = []
const NONE_OF_THEM: ReadonlySet<number> = new Set()

// Some 60 columns of 4 bytes: 16,384 states are 4 MB, twice that while the table grows. Ordinary text needs a few thousand.
const MAX_STATES = 16_384
