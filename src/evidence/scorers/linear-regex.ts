import { parseRegex, RegexFault, type RegexNode } from './regex-syntax.ts'

/** Of the leftmost match: the whole, then each group; undefined for a group that took no part. */
export type RegexMatch = readonly (string | undefined)[]

export type LinearRegex = {
  readonly groups: number
  /** Undefined when nothing matches. */
  readonly match: (text: string) => RegexMatch | undefined
}

/**
 * A regular expression with the syntax and the answers of JavaScript whose time grows with the length of the text and
 * not with its powers. `/(a+)+b/` of JavaScript itself takes longer than a lifetime on forty a's, and an output is
 * written by a model, not by us. Throws a RegexFault for patterns that no such engine can match.
 *
 * All ways to match go through the text side by side, the preferred one first (Pike's machine: Cox, "Regular expression
 * matching: the virtual machine approach", 2009).
 */
export function linearRegex(pattern: string, flags = ''): LinearRegex {
  const { tree, groups } = parseRegex(pattern, flags)
  const program: Instruction[] = []
  emit(tree, program)
  program.push({ kind: 'match' })
  return { groups, match: (text) => run(program, groups, text) }
}

/** 500 instructions at each of 100,000 characters are 50 million steps: a second or two at worst, and mostly far less. */
const MAX_INSTRUCTIONS = 500
export const MAX_REGEX_TEXT_CHARS = 100_000

type Instruction =
  | { readonly kind: 'character'; readonly test: (code: number) => boolean }
  | { readonly kind: 'place'; readonly test: (text: string, at: number) => boolean }
  /** Go to both, preferring the first. */
  | { readonly kind: 'split'; first: number; second: number }
  | { readonly kind: 'jump'; readonly to: number }
  | { readonly kind: 'save'; readonly slot: number }
  | { readonly kind: 'forget'; readonly groups: readonly [number, number] }
  | { readonly kind: 'match' }

function emit(node: RegexNode, program: Instruction[]): void {
  if (program.length > MAX_INSTRUCTIONS)
    throw new RegexFault(`is too large: with its repetitions it has more than ${MAX_INSTRUCTIONS} parts`)
  switch (node.kind) {
    case 'character':
    case 'place':
      program.push(node)
      return
    case 'sequence':
      for (const part of node.parts) emit(part, program)
      return
    case 'choice':
      emitChoice(node.branches, program)
      return
    case 'group':
      program.push({ kind: 'save', slot: 2 * node.number })
      emit(node.body, program)
      program.push({ kind: 'save', slot: 2 * node.number + 1 })
      return
    case 'repeat':
      emitRepeat(node, program)
      return
    default:
      node satisfies never
  }
}

function emitChoice(branches: readonly RegexNode[], program: Instruction[]): void {
  const [first, ...others] = branches
  if (first === undefined) return
  if (others.length === 0) {
    emit(first, program)
    return
  }
  const split = { kind: 'split' as const, first: program.length + 1, second: 0 }
  program.push(split)
  emit(first, program)
  const jump = { kind: 'jump' as const, to: 0 }
  program.push(jump)
  split.second = program.length
  emitChoice(others, program)
  jump.to = program.length
}

type Repeat = RegexNode & { readonly kind: 'repeat' }

function emitRepeat(node: Repeat, program: Instruction[]): void {
  for (let times = 0; times < node.least; times += 1) {
    const before = program.length
    emitOnce(node, program)
    // A thousand million times nothing would not fill the program, and take for ever.
    if (program.length === before) return
  }
  if (node.most === Infinity) emitLoop(node, program)
  else emitOptional(node, program, node.most - node.least)
}

function emitOnce({ groups, body }: Repeat, program: Instruction[]): void {
  if (groups[0] < groups[1]) program.push({ kind: 'forget', groups })
  emit(body, program)
}

function emitLoop(node: Repeat, program: Instruction[]): void {
  const start = program.length
  const split = { kind: 'split' as const, first: start + 1, second: 0 }
  program.push(split)
  emitOnce(node, program)
  program.push({ kind: 'jump', to: start })
  split.second = program.length
  if (!node.greedy) [split.first, split.second] = [split.second, split.first]
}

/** Each further one only after the one before: all their ways out lead behind the last. */
function emitOptional(node: Repeat, program: Instruction[], times: number): void {
  const splits: { first: number; second: number }[] = []
  for (let done = 0; done < times; done += 1) {
    const split = { kind: 'split' as const, first: program.length + 1, second: 0 }
    splits.push(split)
    program.push(split)
    emitOnce(node, program)
  }
  for (const split of splits) {
    split.second = program.length
    if (!node.greedy) [split.first, split.second] = [split.second, split.first]
  }
}

/** One way to match so far: where in the program, and where in the text its groups begin and end; -1 for nowhere. */
type Thread = { readonly at: number; readonly slots: readonly number[] }

function run(program: readonly Instruction[], groups: number, text: string): RegexMatch | undefined {
  const machine = new Machine(program, text)
  const none = Array.from({ length: 2 * groups + 2 }, () => -1)
  let [threads, best]: [readonly Thread[], readonly number[] | undefined] = [[], undefined]
  for (let place = 0; place <= text.length; place += width(text, place)) {
    // A way that begins further right is worth less than all that began before it, and nothing once one has matched.
    const all = best === undefined ? [...threads, { at: 0, slots: none.with(0, place) }] : threads
    if (all.length === 0) break
    const { reached, ended } = machine.follow(all, place)
    best = ended ?? best
    threads = machine.read(reached, text.codePointAt(place))
  }
  return best === undefined ? undefined : pieces(best, text)
}

function width(text: string, place: number): number {
  return (text.codePointAt(place) ?? 0) > 0xffff ? 2 : 1
}

function pieces(slots: readonly number[], text: string): RegexMatch {
  return Array.from({ length: slots.length / 2 }, (_, group) => {
    const [from = -1, to = -1] = slots.slice(2 * group, 2 * group + 2)
    return from < 0 || to < 0 ? undefined : text.slice(from, to)
  })
}

class Machine {
  readonly #program: readonly Instruction[]
  readonly #text: string
  /** The last place at which an instruction was reached, plus one: a second way to it adds nothing. */
  readonly #seen: Int32Array

  constructor(program: readonly Instruction[], text: string) {
    this.#program = program
    this.#text = text
    this.#seen = new Int32Array(program.length)
  }

  /** The character instructions that the threads lead to, in order of preference, up to the first one that matched. */
  follow(
    threads: readonly Thread[],
    place: number,
  ): { reached: Thread[]; ended: readonly number[] | undefined } {
    const reached: Thread[] = []
    for (const thread of threads) {
      const ended = this.#follow(thread.at, thread.slots, place, reached)
      if (ended !== undefined) return { reached, ended }
    }
    return { reached, ended: undefined }
  }

  /** The threads whose character is the next one, one instruction on. */
  read(threads: readonly Thread[], code: number | undefined): readonly Thread[] {
    if (code === undefined) return []
    return threads.flatMap(({ at, slots }) => {
      const instruction = this.#program[at]
      return instruction?.kind === 'character' && instruction.test(code) ? [{ at: at + 1, slots }] : []
    })
  }

  /** The slots of a whole match, when this way has reached one. Goes as deep as the program is long. */
  #follow(
    at: number,
    slots: readonly number[],
    place: number,
    reached: Thread[],
  ): readonly number[] | undefined {
    if (this.#seen[at] === place + 1) return undefined
    this.#seen[at] = place + 1
    const instruction = this.#program[at]
    switch (instruction?.kind) {
      case 'character':
        reached.push({ at, slots })
        return undefined
      case 'match':
        return slots.with(1, place)
      case 'jump':
        return this.#follow(instruction.to, slots, place, reached)
      case 'split':
        return (
          this.#follow(instruction.first, slots, place, reached) ??
          this.#follow(instruction.second, slots, place, reached)
        )
      case 'save':
        return this.#follow(at + 1, slots.with(instruction.slot, place), place, reached)
      case 'forget':
        return this.#follow(at + 1, without(slots, instruction.groups), place, reached)
      case 'place':
        return instruction.test(this.#text, place) ? this.#follow(at + 1, slots, place, reached) : undefined
      default:
        return undefined
    }
  }
}

function without(slots: readonly number[], [first, end]: readonly [number, number]): readonly number[] {
  return slots.map((slot, index) => (index >= 2 * first && index < 2 * end ? -1 : slot))
}
