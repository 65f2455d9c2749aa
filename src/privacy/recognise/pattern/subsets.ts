import { strict as assert } from 'node:assert'
import type { Automaton } from './automaton.ts'

/**
 * The sets of states that an automaton may be in at once, by number, and what becomes of one over a character: the step
 * of the subset construction. A megabyte of noise asks for forty thousand steps from some fifty states each, most of
 * which lead to a set that is known, so a step allocates nothing before it has found a new one.
 */
export class Subsets {
  readonly #automaton: Automaton
  readonly #columns: number
  /** By set of characters and column: 1 where the set holds those of the column. The last set holds nothing. */
  readonly #holds: Uint8Array
  /** By state: the set that it steps over in the upper 16 bits, and where that leads in the lower. */
  readonly #steps: Uint32Array
  readonly #closures: (readonly number[] | undefined)[]
  /** By state: the last round that reached it. */
  readonly #seen: Int32Array
  #round = 0
  /** What this round has reached: the first `#length` of it. */
  readonly #reached: Uint16Array
  #length = 0
  #members: Uint16Array[] = []
  #byHash = new Map<number, number[]>()

  /** `examples`: a character of each column; -1: one that no set holds. */
  constructor(automaton: Automaton, examples: readonly number[]) {
    const { steps, targets, sets } = automaton
    assert(steps.length <= MAX_STATES && sets.length < MAX_STATES, 'the patterns need numbers beyond 16 bits')
    this.#automaton = automaton
    this.#columns = examples.length
    this.#holds = Uint8Array.from([...sets, NOTHING].flatMap((set) => examples.map((code) => set[code] ?? 0)))
    this.#steps = Uint32Array.from(steps, (set, state) =>
      stepOf(set === -1 ? sets.length : set, targets[state]),
    )
    this.#closures = Array.from({ length: steps.length })
    this.#seen = new Int32Array(steps.length)
    this.#reached = new Uint16Array(steps.length)
  }

  get size(): number {
    return this.#members.length
  }

  /** What the states of a subset are, in rising order: only those that step over something or accept. */
  membersOf(subset: number): Uint16Array {
    return this.#members[subset] ?? NO_STATES
  }

  clear(): void {
    this.#members = []
    this.#byHash = new Map()
    // Its bits would run out after some 1,300 times as many steps as are taken between two of these.
    this.#seen.fill(0)
    this.#round = 0
  }

  /** `from`, and what is reached from there without a character. */
  of(from: readonly number[]): number {
    this.#begin()
    for (const state of from) this.#reach(state)
    return this.#numbered()
  }

  /** What is reached over a character of `column`. */
  after(subset: number, column: number): number {
    const members = this.membersOf(subset)
    this.#begin()
    for (let each = 0; each < members.length; each += 1) {
      const step = this.#steps[members[each] ?? 0] ?? 0
      if (this.#holds[(step >>> 16) * this.#columns + column] === 1) this.#reach(step & 0xffff)
    }
    return this.#numbered()
  }

  #begin(): void {
    this.#round += 1
    this.#length = 0
  }

  #reach(state: number): void {
    const closure = this.#closures[state] ?? this.#close(state)
    for (let each = 0; each < closure.length; each += 1) {
      const reached = closure[each] ?? 0
      if (this.#seen[reached] === this.#round) continue
      this.#seen[reached] = this.#round
      this.#reached[this.#length] = reached
      this.#length += 1
    }
  }

  #close(from: number): readonly number[] {
    const seen = new Set([from])
    const { steps, branches, accepts } = this.#automaton
    for (const state of seen) for (const to of branches[state] ?? []) seen.add(to)
    const closure = [...seen].filter((state) => steps[state] !== -1 || accepts[state] !== -1)
    this.#closures[from] = closure
    return closure
  }

  #numbered(): number {
    if (this.#length > SHORT) this.#reached.subarray(0, this.#length).sort()
    else sortFirst(this.#reached, this.#length)
    const hash = this.#hash()
    const alike = this.#byHash.get(hash) ?? []
    for (const subset of alike) if (this.#isReached(this.membersOf(subset))) return subset
    if (alike.length === 0) this.#byHash.set(hash, alike)
    alike.push(this.#members.length)
    return this.#members.push(this.#reached.slice(0, this.#length)) - 1
  }

  /** FNV-1a over units of 16 bits. */
  #hash(): number {
    let hash = 0x811c9dc5
    for (let at = 0; at < this.#length; at += 1) hash = Math.imul(hash ^ (this.#reached[at] ?? 0), 0x01000193)
    return hash
  }

  #isReached(members: Uint16Array): boolean {
    if (members.length !== this.#length) return false
    for (let at = 0; at < members.length; at += 1) if (members[at] !== this.#reached[at]) return false
    return true
  }
}

const NO_STATES = new Uint16Array(0)
const NOTHING = new Uint8Array(0)

function stepOf(set: number, target = 0): number {
  return set * 0x10000 + Math.max(target, 0)
}

/** Ours have some fifteen thousand. */
const MAX_STATES = 65_536

/** Up to here a call of the library costs more than sorting by insertion. */
const SHORT = 24

function sortFirst(numbers: Uint16Array, length: number): void {
  for (let at = 1; at < length; at += 1) {
    const number = numbers[at] ?? 0
    let to = at
    for (; to > 0 && (numbers[to - 1] ?? 0) > number; to -= 1) numbers[to] = numbers[to - 1] ?? 0
    numbers[to] = number
  }
}
