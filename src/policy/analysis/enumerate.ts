import type { Condition } from '../cel/compile-condition.ts'
import type { Fact, Value } from '../facts/fact-table.ts'
import type { Rule } from '../rules/rule.ts'
import { unfitFor } from '../unfit-model.ts'
import type { Cell, Domain } from './domains.ts'

/** What one rule says of facts: `open` while facts that it reads are not assigned yet. */
export type Said = 'passes' | 'obliges' | 'removes' | 'open'

/** Facts being filled in, by slot; `assigned` tells what is not known from what is not decided. */
export type Assignment = { readonly facts: (Value | undefined)[]; readonly assigned: Set<Fact> }

export function sayOf(rule: Rule, { facts, assigned }: Assignment): Said {
  const applies = rule.guard === undefined ? true : held(rule.guard, facts, assigned)
  if (applies === 'open') return 'open'
  if (applies === false) return 'passes'
  const holds = held(rule.when, facts, assigned)
  if (holds === 'open') return 'open'
  if (rule.effect === 'prefer') return holds === false || rule.obligations.length === 0 ? 'passes' : 'obliges'
  if (applies === undefined || holds === undefined) return 'removes'
  if (rule.effect === 'forbid') return holds ? 'removes' : 'passes'
  if (rule.obligations.length === 0) return holds ? 'passes' : 'removes'
  if (!holds) return 'passes'
  return unfitFor(rule.obligations, facts, assigned) === undefined ? 'obliges' : 'removes'
}

function held(
  condition: Condition,
  facts: readonly (Value | undefined)[],
  assigned: ReadonlySet<Fact>,
): boolean | undefined | 'open' {
  const ready = condition.mentions.every((fact) => assigned.has(fact))
  // `has` is false for a fact that is only not decided yet, so it is asked when everything is.
  if (!ready && condition.text.includes('has(')) return 'open'
  const value = condition.holds(facts)
  return value === undefined && !ready ? 'open' : value
}

export type Search = {
  readonly domains: readonly Domain[]
  readonly rules: readonly Rule[]
  readonly base: Assignment
  /** Keeps impossible combinations out: a caller without a key has no team. */
  readonly isPossible: (assignment: Assignment) => boolean
  readonly onLeaf: (leaf: Leaf) => void
}

export type Leaf = {
  /** By the place of its domain; undefined where any cell leads here. */
  readonly cells: readonly (Cell | undefined)[]
  /** The first rule that removes; undefined: permitted. */
  readonly removedBy: Rule | undefined
  readonly obliging: readonly Rule[]
}

/** Every combination of cells, those that a rule has decided cut short. False: the bound was reached first. */
export function enumerate(search: Search): boolean {
  let steps = 0
  const cells: (Cell | undefined)[] = search.domains.map(() => undefined)
  const { base } = search

  function visit(at: number, open: readonly Rule[], obliging: readonly Rule[]): void {
    steps += 1
    if (steps > MAX_STEPS || !search.isPossible(base)) return
    const said = open.map((rule) => [rule, sayOf(rule, base)] as const)
    const removedBy = said.find(([, each]) => each === 'removes')?.[0]
    const still = said.filter(([, each]) => each === 'open').map(([rule]) => rule)
    const duties = [...obliging, ...said.filter(([, each]) => each === 'obliges').map(([rule]) => rule)]
    const domain = search.domains[at]
    if (removedBy !== undefined || still.length === 0 || domain === undefined) {
      search.onLeaf({ cells: [...cells], removedBy, obliging: duties })
      return
    }
    for (const cell of domain.cells) {
      cells[at] = cell
      base.facts[domain.fact.slot] = cell.value
      base.assigned.add(domain.fact)
      visit(at + 1, still, duties)
    }
    cells[at] = undefined
    base.facts[domain.fact.slot] = undefined
    base.assigned.delete(domain.fact)
  }

  visit(0, search.rules, [])
  return steps <= MAX_STEPS
}

// A step takes a few microseconds for twenty rules: about two seconds.
const MAX_STEPS = 500_000
