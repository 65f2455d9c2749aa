import { facts as allFacts, type Fact, type Value } from '../facts/fact-table.ts'
import type { Obligation, Rule } from '../rules/rule.ts'
import { domainsOf, type Cell, type Domain } from './domains.ts'
import { sayOf, type Assignment, type Said } from './enumerate.ts'
import { isPossible } from './possible.ts'
import { unfoundWords } from './unfound-words.ts'

export type Finding = {
  readonly kind:
    'never-fires' | 'always-fires' | 'never-found' | 'contradiction' | 'no-reason' | 'not-checked'
  readonly rules: readonly string[]
  /** `rules.yaml:12` */
  readonly at: string
  readonly text: string
}

/**
 * What is strange about rules that are right as they stand: rules that never or always fire, rules that wait for what
 * nobody finds, and pairs of rules that leave no model for some request. Judged over every combination of the values that the rules themselves tell apart.
 */
export function checkPolicy(rules: readonly Rule[]): readonly Finding[] {
  const alone = rules.flatMap((rule) => checkRule(rule) ?? [])
  const silenced = rules.flatMap((rule) => bothWays([rule]) ?? [])
  const waiting = rules.flatMap(neverFound)
  const sound = rules.filter(({ id }) => !alone.some((finding) => finding.rules.includes(id)))
  return [...alone, ...waiting, ...silenced, ...checkPairs(sound)]
}

function checkRule(rule: Rule): Finding | undefined {
  const seen = new Set<boolean>()
  const finished = everyCase([rule], (assignment) => void seen.add(fires(rule, assignment)))
  const about = { rules: [rule.id], at: rule.at }
  if (!finished)
    return { ...about, kind: 'not-checked', text: `rule ${rule.id} reads too many facts to try them all` }
  if (seen.size === 2 || isUnconditional(rule)) return undefined
  const [kind, text] = seen.has(true)
    ? (['always-fires', ALWAYS[rule.effect]] as const)
    : (['never-fires', NEVER[rule.effect]] as const)
  return { ...about, kind, text: `rule ${rule.id} ${text}` }
}

const NEVER = {
  forbid: 'never forbids anything: its condition holds for no request and no model',
  require: 'never removes anything: what it requires holds for every request and every model',
  prefer: 'never prefers anything: its condition holds for no request and no model',
} as const

const ALWAYS = {
  forbid: 'forbids everything: its condition holds for every request and every model',
  require: 'removes everything: what it requires holds for no request and no model',
  prefer: 'prefers everything: its condition holds for every request and every model',
} as const

function neverFound({ id, at, guard, when }: Rule): readonly Finding[] {
  const texts = unfoundWords([...(guard?.comparisons ?? []), ...when.comparisons])
  return texts.map((text) => ({ kind: 'never-found', rules: [id], at, text: `rule ${id}: ${text}` }))
}

/** `when: true` with duties says that they hold for everything, and means it. */
function isUnconditional({ when, guard, obligations }: Rule): boolean {
  return guard === undefined && when.mentions.length === 0 && obligations.length > 0
}

/** Whether a rule has an effect: it removes, obliges or prefers. */
function fires(rule: Rule, assignment: Assignment): boolean {
  const said = sayOf(rule, assignment)
  if (rule.effect !== 'prefer' || said === 'obliges') return said !== 'passes'
  return rule.guard?.holds(assignment.facts) !== false && rule.when.holds(assignment.facts) === true
}

// 50 rules make 1,225 pairs of at most 20,000 cases each.
const MAX_PAIRED_RULES = 50

function checkPairs(rules: readonly Rule[]): readonly Finding[] {
  const paired = rules.slice(0, MAX_PAIRED_RULES)
  const pairs = paired.flatMap((rule, at) => paired.slice(at + 1).map((other) => [rule, other] as const))
  const found = pairs.flatMap(([rule, other]) => checkPair(rule, other) ?? [])
  const [left] = rules.slice(MAX_PAIRED_RULES)
  if (left === undefined) return found
  const text = `contradictions were looked for among the first ${MAX_PAIRED_RULES} rules only`
  return [...found, { kind: 'not-checked', rules: [], at: left.at, text }]
}

function checkPair(rule: Rule, other: Rule): Finding | undefined {
  const silenced = bothWays([rule, other])
  if (silenced !== undefined) return silenced
  if (!sharesModelFacts(rule, other)) return undefined
  const [preference] = [rule, other].filter(({ effect }) => effect === 'prefer')
  if (preference === undefined) return noModelForBoth(rule, other)
  const remover = preference === rule ? other : rule
  return remover.effect === 'prefer' ? undefined : preferredAndRemoved(preference, remover)
}

/** Duties that cannot both be done: what is not to be written is not written. For one rule with both, or one with each. */
function bothWays(rules: readonly [Rule] | readonly [Rule, Rule]): Finding | undefined {
  const [first, last = first] = rules
  const has = ({ obligations }: Rule, obligation: Obligation) => obligations.includes(obligation)
  const opposed = (one: Rule, other: Rule) => has(one, 'log-full') && has(other, 'no-log-content')
  if (!opposed(first, last) && !opposed(last, first)) return undefined
  let together = false
  everyCase(rules, (assignment) => {
    together ||= rules.every((rule) => sayOf(rule, assignment) === 'obliges')
  })
  if (!together) return undefined
  const who = first === last ? `rule ${first.id} obliges` : `rules ${first.id} and ${last.id} oblige`
  const text = `${who} to log-full and to no-log-content; then nothing is logged`
  return { kind: 'contradiction', rules: rules.map(({ id }) => id), at: last.at, text }
}

/** Rules about facts that have nothing to do with each other cannot contradict each other. */
function sharesModelFacts(rule: Rule, other: Rule): boolean {
  const [read, otherRead] = [rule, other].map((each) => new Set(factsOf([each]).map(subjectOf)))
  return [...(read ?? [])].some((subject) => subject !== undefined && otherRead?.has(subject) === true)
}

/** Where a model runs is said by three facts. */
function subjectOf({ name, group }: Fact): string | undefined {
  if (group !== 'model') return undefined
  return name === 'model.runs' || name === 'model.engine' ? 'model.local' : name
}

/** For the same request each leaves some model and both together leave none. */
function noModelForBoth(rule: Rule, other: Rule): Finding | undefined {
  const outside = factsOf([rule, other]).filter(({ group }) => group !== 'model')
  const requests = new Map<string, { rule: boolean; other: boolean; both: boolean }>()
  everyCase([rule, other], (assignment) => {
    const key = JSON.stringify(outside.map(({ slot }) => assignment.facts[slot] ?? null))
    const leaves = requests.get(key) ?? { rule: false, other: false, both: false }
    const [passes, otherPasses] = [rule, other].map((each) => isOpen(sayOf(each, assignment)))
    leaves.rule ||= passes === true
    leaves.other ||= otherPasses === true
    leaves.both ||= passes === true && otherPasses === true
    requests.set(key, leaves)
  })
  const dead = [...requests].find(([, leaves]) => leaves.rule && leaves.other && !leaves.both)
  if (dead === undefined) return undefined
  const request = shownRequest(outside, JSON.parse(dead[0]) as readonly (Value | null)[])
  return {
    kind: 'contradiction',
    rules: [rule.id, other.id],
    at: other.at,
    text: `rules ${rule.id} and ${other.id} contradict each other: ${request} no model satisfies both`,
  }
}

function isOpen(said: Said): boolean {
  return said === 'passes' || said === 'obliges'
}

function shownRequest(facts: readonly Fact[], values: readonly (Value | null)[]): string {
  if (facts.length === 0) return 'whatever is asked,'
  const shown = facts.map(({ name }, at) => `${name} ${JSON.stringify(values[at] ?? 'not known')}`)
  return `with ${shown.join(', ')}`
}

function preferredAndRemoved(preference: Rule, remover: Rule): Finding | undefined {
  let [prefers, leaves] = [false, false]
  const finished = everyCase([preference, remover], (assignment) => {
    if (!fires(preference, assignment)) return
    prefers = true
    leaves ||= isOpen(sayOf(remover, assignment))
  })
  if (!finished || !prefers || leaves) return undefined
  return {
    kind: 'contradiction',
    rules: [preference.id, remover.id],
    at: preference.at,
    text: `rule ${preference.id} prefers only what rule ${remover.id} removes`,
  }
}

function factsOf(rules: readonly Rule[]): readonly Fact[] {
  const read = rules.flatMap(({ guard, when }) => [...(guard?.mentions ?? []), ...when.mentions])
  return [...new Set(read)]
}

// About a tenth of a second for each rule or pair.
const MAX_CASES = 20_000

/** Calls for every possible combination of the facts that the rules read; false where there are too many. */
function everyCase(rules: readonly Rule[], call: (assignment: Assignment) => void): boolean {
  const conditions = rules.flatMap(({ guard, when }) => (guard === undefined ? [when] : [guard, when]))
  const asksWhatIsKnown = conditions.some(({ text }) => text.includes('has('))
  const domains = [...domainsOf(conditions).values()].map((domain) =>
    asksWhatIsKnown ? { ...domain, cells: [...domain.cells, NOT_KNOWN] } : domain,
  )
  const cases = domains.reduce((product, { cells }) => product * cells.length, 1)
  if (cases > MAX_CASES || domains.some(({ whole }) => !whole)) return false
  const assignment: Assignment = {
    facts: allFacts.map(() => undefined),
    assigned: new Set(domains.map(({ fact }) => fact)),
  }
  for (let index = 0; index < cases; index += 1) {
    assign(assignment, domains, index)
    if (isPossible(assignment)) call(assignment)
  }
  return true
}

const NOT_KNOWN: Cell = { value: undefined, shown: 'not known' }

/** The combination of this number, counted with a digit for each fact. */
function assign({ facts }: Assignment, domains: readonly Domain[], index: number): void {
  let rest = index
  for (const { fact, cells } of domains) {
    facts[fact.slot] = cells[rest % cells.length]?.value
    rest = Math.floor(rest / cells.length)
  }
}
