import type { Model } from '../../catalog/model.ts'
import { facts, factsFrom, findFact, valuesOf, type Fact, type Values } from '../facts/fact-table.ts'
import { judge, type Verdict } from '../judge.ts'
import type { RulePolicy } from '../rule-policy.ts'
import type { Obligation, Rule } from '../rules/rule.ts'
import { domainsOf, type Cell, type Domain } from './domains.ts'
import { enumerate, type Assignment, type Leaf } from './enumerate.ts'
import { mergeCubes, type Cube } from './merge-cubes.ts'
import { isPossible } from './possible.ts'

/** Under which conditions requests reach one model; every fact of the model is as configured. */
export type Reach = {
  /** Fulfilling all of one entry is enough; empty: no request does. */
  readonly ways: readonly Way[]
  /** The rules that keep requests away, in the order of the file. */
  readonly removing: readonly Rule[]
  /** What becomes of a request that nobody has looked into. */
  readonly unexamined: Verdict
  /** Every combination of the facts that rules tell apart was tried. */
  readonly exhaustive: boolean
  readonly combinations: number
}

export type Way = {
  readonly when: readonly { readonly fact: string; readonly is: readonly string[] }[]
  readonly obligations: readonly Obligation[]
}

/** `isAsked` picks the levels of sensitivity that the question is about. */
export function whoCanReach(
  policy: RulePolicy,
  model: Model,
  isAsked: (sensitivity: number) => boolean,
): Reach {
  const known = { organisation: policy.organisationValues, model: policy.valuesOfModel(model) }
  const domains = variableDomains(policy.rules, isAsked)
  const leaves: Leaf[] = []
  const finished = enumerate({
    domains,
    rules: policy.rules,
    base: baseOf(known),
    isPossible,
    onLeaf: (leaf) => void leaves.push(leaf),
  })
  const removing = new Set(leaves.flatMap(({ removedBy }) => removedBy ?? []))
  return {
    ways: waysOf(domains, leaves),
    removing: policy.rules.filter((rule) => removing.has(rule)),
    unexamined: judge(policy.rules, factsFrom({ ...known, request: NOTHING_KNOWN, principal: ANONYMOUS })),
    exhaustive: finished && domains.every(({ whole }) => whole),
    combinations: leaves.length,
  }
}

type Known = { readonly organisation: Values; readonly model: Values }

/** Facts of the request and the caller that rules read, the ones that decide most first. */
function variableDomains(
  rules: readonly Rule[],
  isAsked: (sensitivity: number) => boolean,
): readonly Domain[] {
  const conditions = rules.flatMap(({ guard, when }) => (guard === undefined ? [when] : [guard, when]))
  const count = (fact: Fact) => conditions.filter(({ mentions }) => mentions.includes(fact)).length
  const read = [...domainsOf(conditions).values()].filter(({ fact }) => isVariable(fact))
  const kind = needed('principal.kind', read)
  const domains = [...read, ...kind].toSorted((a, b) => count(b.fact) - count(a.fact))
  const others = domains.filter(({ fact }) => fact !== SENSITIVITY)
  return [sensitivityDomain(isAsked), ...others.map(withUnknown)]
}

function isVariable(fact: Fact): boolean {
  return fact.group === 'request' || fact.group === 'principal'
}

const SENSITIVITY = findFact('request.sensitivity')

function sensitivityDomain(isAsked: (sensitivity: number) => boolean): Domain {
  if (SENSITIVITY === undefined) throw new TypeError('rules know no sensitivity')
  const levels = (SENSITIVITY.values ?? []).filter((each) => isAsked(Number(each)))
  return { fact: SENSITIVITY, cells: levels.map((value) => ({ value, shown: String(value) })), whole: true }
}

/** Whether there is a key decides what else can be known of a caller. */
function needed(name: 'principal.kind', read: readonly Domain[]): readonly Domain[] {
  const fact = findFact(name)
  const asked = read.some((each) => each.fact.group === 'principal')
  if (fact === undefined || !asked || read.some((each) => each.fact === fact)) return []
  return [{ fact, cells: (fact.values ?? []).map((value) => ({ value, shown: String(value) })), whole: true }]
}

/** What a level of sensitivity was found for has been examined, so what was found in it is known. */
const ALWAYS_KNOWN = new Set<string>([
  'request.labels',
  'request.kinds',
  'request.entities',
  'request.names_covered',
  'principal.kind',
  'principal.clearances',
])

function withUnknown(domain: Domain): Domain {
  if (ALWAYS_KNOWN.has(domain.fact.name)) return domain
  return { ...domain, cells: [...domain.cells, { value: undefined, shown: 'not known' }] }
}

const NOTHING_KNOWN = valuesOf('request', {})
const ANONYMOUS = valuesOf('principal', { kind: 'anonymous', clearances: [] })

function baseOf(known: Known): Assignment {
  const values = { ...known, request: NOTHING_KNOWN, principal: valuesOf('principal', {}) }
  return { facts: [...factsFrom(values)], assigned: new Set(facts.filter((fact) => !isVariable(fact))) }
}

function waysOf(domains: readonly Domain[], leaves: readonly Leaf[]): readonly Way[] {
  const permitted = leaves.filter(({ removedBy }) => removedBy === undefined)
  const cubes = permitted.map(({ cells, obliging }): Cube => ({
    masks: domains.map(({ cells: all }, at) => maskOf(cells[at], all)),
    label: [...new Set(obliging.flatMap(({ obligations }) => obligations))].toSorted().join(),
  }))
  return mergeCubes(cubes).map(({ masks, label }) => ({
    when: domains.flatMap((domain, at) => conditionOn(domain, masks[at] ?? 0n)),
    obligations: label === '' ? [] : (label.split(',') as Obligation[]),
  }))
}

function maskOf(cell: Cell | undefined, all: readonly Cell[]): bigint {
  return cell === undefined ? (1n << BigInt(all.length)) - 1n : 1n << BigInt(all.indexOf(cell))
}

/** Nothing where every cell of the fact leads there. */
function conditionOn({ fact, cells }: Domain, mask: bigint): Way['when'] {
  const is = cells.filter((_, at) => (mask >> BigInt(at)) & 1n).map(({ shown }) => shown)
  return is.length === cells.length ? [] : [{ fact: fact.name, is: [...new Set(is)] }]
}
