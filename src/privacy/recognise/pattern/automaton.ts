import { ASCII, type Pattern } from './parse-pattern.ts'

/** Several patterns as one nondeterministic automaton, read by `PatternSet`. States are numbers. */
export type Automaton = {
  /** Set of characters that the state steps over, as an index into `sets`; -1: it steps over none. */
  readonly steps: readonly number[]
  /** Where that step leads. */
  readonly targets: readonly number[]
  /** Where a state that steps over nothing leads at once. */
  readonly branches: readonly (readonly number[])[]
  /** Which pattern has matched in the state; -1: none. */
  readonly accepts: readonly number[]
  /** The first state of each pattern. */
  readonly starts: readonly number[]
  readonly sets: readonly Uint8Array[]
}

/** Thompson's construction, built from the back, so that each part is given the state that follows it. */
export function automatonOf(patterns: readonly Pattern[]): Automaton {
  const builder = new Builder()
  const starts = patterns.map((pattern, index) => builder.add(pattern, builder.accept(index)))
  return { ...builder.parts(), starts }
}

class Builder {
  readonly #steps: number[] = []
  readonly #targets: number[] = []
  readonly #branches: (readonly number[])[] = []
  readonly #accepts: number[] = []
  readonly #sets: Uint8Array[] = []
  readonly #known = new Map<string, number>()

  parts(): Omit<Automaton, 'starts'> {
    return {
      steps: this.#steps,
      targets: this.#targets,
      branches: this.#branches,
      accepts: this.#accepts,
      sets: this.#sets,
    }
  }

  accept(pattern: number): number {
    return this.#state(-1, -1, [], pattern)
  }

  /** The first state of `pattern` when `next` follows it. */
  add(pattern: Pattern, next: number): number {
    switch (pattern.kind) {
      case 'one':
        return this.#state(this.#setOf(pattern.codes), next, [], -1)
      case 'sequence':
        return pattern.parts.reduceRight((follower, part) => this.add(part, follower), next)
      case 'choice':
        return this.#branch(pattern.options.map((option) => this.add(option, next)))
      case 'repeat':
        return this.#repeat(pattern, next)
      default:
        return pattern satisfies never
    }
  }

  #repeat({ part, least, most }: Extract<Pattern, { kind: 'repeat' }>, next: number): number {
    let first = next
    for (let more = most; more > least; more -= 1) first = this.#branch([this.add(part, first), next])
    for (let needed = least; needed > 0; needed -= 1) first = this.add(part, first)
    return first
  }

  #branch(to: readonly number[]): number {
    return this.#state(-1, -1, to, -1)
  }

  #state(set: number, target: number, branches: readonly number[], accepts: number): number {
    this.#steps.push(set)
    this.#targets.push(target)
    this.#branches.push(branches)
    this.#accepts.push(accepts)
    return this.#steps.length - 1
  }

  #setOf(codes: Uint8Array): number {
    const key = codes.join('')
    const known = this.#known.get(key)
    if (known !== undefined) return known
    this.#sets.push(codes)
    this.#known.set(key, this.#sets.length - 1)
    return this.#sets.length - 1
  }
}

/**
 * Characters that no set tells apart share a class, so that a table of transitions has some sixty columns and not 128.
 * Class 0 is what no pattern knows.
 */
export function characterClasses(sets: readonly Uint8Array[]): {
  of: Uint8Array
  examples: readonly number[]
} {
  const of = new Uint8Array(ASCII)
  const byMembership = new Map<string, number>([['0'.repeat(sets.length), 0]])
  const examples = [-1]
  for (let code = 0; code < ASCII; code += 1) {
    const membership = sets.map((set) => set[code]).join('')
    const known = byMembership.get(membership) ?? byMembership.size
    if (known === examples.length) examples.push(code)
    byMembership.set(membership, known)
    of[code] = known
  }
  return { of, examples }
}
