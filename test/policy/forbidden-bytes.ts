import { strict as assert } from 'node:assert'
import { Environment } from '@marcbachmann/cel-js'
import fc from 'fast-check'
import type { FallbackReason, Model } from '../../src/catalog/model.ts'
import type { Principal } from '../../src/core/principal.ts'
import { facts, factsFrom, valuesOf, type Facts } from '../../src/policy/facts/fact-table.ts'
import { principalValues } from '../../src/policy/facts/principal-values.ts'
import { requestValues, type Circumstances } from '../../src/policy/facts/request-values.ts'
import { assertPermit, permit, type Permit } from '../../src/policy/permit.ts'
import { rulePolicy, type RulePolicy } from '../../src/policy/rule-policy.ts'
import { parseRuleFile } from '../../src/policy/rules/parse-rule-file.ts'
import { OBLIGATIONS, type Obligation, type Rule } from '../../src/policy/rules/rule.ts'
import type { Labels, Sensitivity } from '../../src/privacy/label.ts'
import { decide } from '../../src/routing/decide.ts'

/**
 * One request on its way through permit(), decide() and the plan, with rules, models, callers and failures drawn at random.
 * What is forbidden is worked out a second time by the CEL library itself, which shares no code with our evaluation.
 */
export type Case = {
  readonly rules: readonly DrawnRule[]
  readonly models: readonly Model[]
  readonly asked: number
  readonly principal: Principal
  readonly labels: Labels
  readonly circumstances: Circumstances
  readonly fulfils: readonly Obligation[]
  /** Of each model: whether it answers, or why it fails. */
  readonly failures: readonly (FallbackReason | null)[]
}

type DrawnRule = {
  readonly effect: Rule['effect']
  readonly when: string
  readonly guard: string | null
  readonly obligations: readonly Obligation[]
}

export type Walk = {
  /** The models that saw the request, in order. */
  readonly saw: readonly string[]
  readonly forbidden: ReadonlySet<string>
  readonly permitted: ReadonlySet<string>
}

/** Walks the plan as the gateway does: the model, then its fallbacks for the reasons that they are there for. */
export function walk(drawn: Case): Walk {
  const policy = policyOf(drawn)
  const candidates = candidatesOf(drawn)
  const { principal, labels, circumstances } = drawn
  const verdicts = permit(policy, principal, labels, candidates, 'request', circumstances)
  const asked = candidates[0]?.name ?? ''
  const { plan } = decide({ decisionId: 'd', asked, candidates, labels, verdicts })
  const saw: string[] = []
  let next = plan === null ? undefined : plan.model
  let rest = plan?.otherwise ?? []
  while (next !== undefined) {
    const model = candidates.find(({ name }) => name === next)
    assert(model !== undefined)
    const failure = engineOf(model, drawn, saw)(verdicts.permits.get(next))
    if (failure === null) break
    const at = rest.findIndex(({ on }) => on.includes(failure))
    next = at === -1 ? undefined : rest[at]?.model
    rest = at === -1 ? [] : rest.slice(at + 1)
  }
  return {
    saw,
    forbidden: forbiddenBy(drawn, policy, candidates),
    permitted: new Set(verdicts.permits.keys()),
  }
}

/** Takes the request as an engine does: after the permit was checked, and not before. */
function engineOf(model: Model, { models, failures }: Case, saw: string[]) {
  return (held: Permit | undefined): FallbackReason | null => {
    assert(held !== undefined, 'a plan holds candidates with a permit')
    assertPermit(held, model)
    saw.push(model.name)
    return failures[models.indexOf(model)] ?? null
  }
}

export function candidatesOf({ models, asked }: Case): readonly Model[] {
  const named = models[asked % models.length]
  assert(named !== undefined)
  const others = (named.fallbacks ?? []).flatMap(({ model }) => models.filter(({ name }) => name === model))
  return [named, ...others]
}

const compiled = new Map<string, Rule>()

// A hundred thousand cases draw half a million rules.
const MAX_COMPILED = 5_000

export function policyOf({ rules, fulfils }: Case): RulePolicy {
  return rulePolicy({
    name: 'drawn',
    rules: rules.map(compile),
    organisation: { country: 'DE', mau: 1000 },
    probes: [],
    fulfils: new Set(fulfils),
  })
}

/** Through the file, so that what is tested is what people write. */
function compile(rule: DrawnRule, index: number): Rule {
  const key = JSON.stringify([rule, index])
  const before = compiled.get(key)
  if (before !== undefined) return before
  if (compiled.size > MAX_COMPILED) compiled.clear()
  const { effect, when, guard, obligations } = rule
  const written = {
    id: `rule-${index}`,
    effect,
    when,
    reason: 'because',
    ...(guard === null ? {} : { if: guard }),
    ...(effect === 'forbid' ? {} : { obligations }),
  }
  const parsed = parseRuleFile(JSON.stringify({ rules: [written] }), 'drawn.yaml')
  assert(parsed.kind === 'parsed', JSON.stringify(parsed))
  const [made] = parsed.file.rules
  assert(made !== undefined)
  compiled.set(key, made)
  return made
}

// --- the second opinion ---

const oracle = oracleEnvironment()
const asked = new Map<string, (context: object) => unknown>()

function oracleEnvironment(): Environment {
  const environment = new Environment({ unlistedVariablesAreDyn: true })
  for (const group of ['request', 'principal', 'organisation', 'model'])
    environment.registerVariable(group, 'map')
  return environment
}

/** True, false, or undefined where CEL has an error because a key is missing. */
export function askOracle(text: string, context: object): boolean | undefined {
  const evaluate = asked.get(text) ?? (oracle.parse(text) as (context: object) => unknown)
  asked.set(text, evaluate)
  try {
    return evaluate(context) === true
  } catch {
    // What is missing is an error in CEL, and an error is what `unknown` is called there.
    return undefined
  }
}

/** The facts as CEL takes them: whole numbers as its own kind, what is not known left out. */
export function oracleContext(values: Facts): object {
  const root: Record<string, Record<string, unknown>> = {
    request: {},
    principal: {},
    organisation: {},
    model: {},
  }
  for (const { name, type, slot } of facts) {
    const value = values[slot]
    if (value === undefined) continue
    const [group = '', ...path] = name.split('.')
    let place = root[group] ?? {}
    for (const step of path.slice(0, -1)) place = (place[step] ??= {}) as Record<string, unknown>
    place[path.at(-1) ?? ''] = type === 'int' ? wholeNumber(Number(value)) : value
  }
  return root
}

function wholeNumber(value: number): bigint {
  return Number.isFinite(value) ? BigInt(value) : 9_223_372_036_854_775_807n
}

function forbiddenBy(drawn: Case, policy: RulePolicy, candidates: readonly Model[]): ReadonlySet<string> {
  return new Set(candidates.filter((model) => isForbidden(drawn, policy, model)).map(({ name }) => name))
}

function isForbidden(drawn: Case, policy: RulePolicy, model: Model): boolean {
  const { principal, labels, circumstances, rules, fulfils } = drawn
  const values = factsFrom({
    request: requestValues(labels, circumstances),
    principal: principalValues(principal, circumstances.budgetLeftUsd),
    organisation: valuesOf('organisation', policy.organisation),
    model: policy.valuesOfModel(model),
  })
  const context = oracleContext(values)
  const local = askOracle('model.local', context) === true
  const embedded = askOracle('model.engine == "llama"', context) === true
  return rules.some((rule) => keepsAway(rule, context, { local, embedded }, fulfils))
}

function keepsAway(
  rule: DrawnRule,
  context: object,
  { local, embedded }: { readonly local: boolean; readonly embedded: boolean },
  fulfils: readonly Obligation[],
): boolean {
  const { effect } = rule
  const obligations = effect === 'forbid' ? [] : rule.obligations
  const applies = rule.guard === null ? true : askOracle(rule.guard, context)
  if (applies === false) return false
  const holds = askOracle(rule.when, context)
  if (effect !== 'prefer' && (applies === undefined || holds === undefined)) return true
  if (effect === 'forbid') return holds === true
  if (effect === 'require' && obligations.length === 0) return holds === false
  if (holds === false || obligations.length === 0) return false
  if (obligations.includes('local-only') && !local) return true
  if (obligations.includes('watermark') && !embedded) return true
  return obligations.some((each) => !fulfils.includes(each))
}

// --- what is drawn ---

const REGIONS = ['eu', 'eu-west-1', 'us-east-1', 'in']
const KINDS = ['health', 'secret', 'contact']
const ENTITIES = ['IN_AADHAAR', 'EMAIL_ADDRESS', 'US_SSN']
const TEAMS = ['ward', 'billing']

const ATOMS = [
  'model.local',
  '!model.local',
  'model.runs == "remote"',
  'model.region == "eu"',
  'model.region.startsWith("eu-")',
  'model.region in ["eu", "in"]',
  'has(model.region)',
  'model.seller == "openai"',
  'model.legal_seat in ["US", "CN"]',
  'model.legal_seat == organisation.country',
  'model.retention_days <= 30',
  'model.retention_days > 0',
  'model.trains_on_data',
  'model.baa && model.dpa',
  'model.openness == "closed"',
  'model.licence.commercial',
  'model.licence.fits',
  'organisation.mau <= model.licence.mau_cap',
  'model.price_in_usd < 1.5',
  'model.provenance >= 2',
  'model.toy',
  'request.sensitivity >= 3',
  'request.sensitivity == 0',
  '"secret" in request.kinds',
  'request.kinds.exists(k, k == "health" || k == model.seller)',
  'request.entities.all(e, e.startsWith("IN_"))',
  'request.entities.exists(e, e in ["US_SSN", "IN_AADHAAR"])',
  'size(request.kinds) > 1',
  'request.labels.size() == 0',
  '!request.names_covered',
  'request.tokens > 1000',
  'request.tools || request.images',
  'request.operation == "embeddings"',
  '"hi" in request.languages',
  'request.task == "triage"',
  'principal.kind == "key"',
  'principal.team == "ward"',
  'principal.role != "member"',
  '"phi" in principal.clearances',
  'principal.budget_left_usd < 1.0',
  'true',
] as const

/** Every condition that is drawn, for a comparison of each with the library's own evaluation. */
export const condition: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...ATOMS) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(...ATOMS), fc.constantFrom('&&', '||'), fc.constantFrom(...ATOMS))
      .map(([left, operator, right]) => `(${left}) ${operator} !(${right})`),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(...ATOMS), fc.constantFrom(...ATOMS), fc.constantFrom(...ATOMS))
      .map(([asks, yes, no]) => `(${asks}) ? (${yes}) : (${no})`),
  },
)

const drawnRule: fc.Arbitrary<DrawnRule> = fc.record({
  effect: fc.constantFrom('forbid', 'require', 'prefer'),
  when: condition,
  guard: fc.option(fc.constantFrom(...ATOMS), { freq: 2 }),
  obligations: fc.subarray([...OBLIGATIONS], { maxLength: 2 }),
})

const REASONS: readonly FallbackReason[] = ['overloaded', 'context-too-long', 'content-policy', 'outage']

const stated = fc.record(
  {
    retentionDays: fc.constantFrom(0, 30, 90),
    trainsOnData: fc.boolean(),
    baa: fc.boolean(),
    dpa: fc.boolean(),
    legalSeat: fc.constantFrom('US', 'DE', 'CN'),
    provenance: fc.constantFrom(0, 2, 4),
  },
  { requiredKeys: [] },
)

const PLACES = [
  'http://127.0.0.1:8000/v1',
  'http://10.0.0.4/v1',
  'https://api.openai.com/v1',
  'https://llm.example/v1',
]

function model(index: number): fc.Arbitrary<Model> {
  return fc
    .record({
      baseUrl: fc.constantFrom(...PLACES),
      elsewhere: fc.option(fc.constantFrom(...PLACES), { freq: 3 }),
      region: fc.option(fc.constantFrom(...REGIONS)),
      licence: fc.option(fc.constantFrom('apache-2.0', 'llama-3.1', 'cc-by-nc-4.0', 'of-our-own')),
      facts: stated,
      toy: fc.boolean(),
      price: fc.constantFrom<Model['price']>({ kind: 'owned' }, { kind: 'unpriced' }),
      fallbacks: fc.array(
        fc.record({ model: fc.nat(4).map(nameOf), on: fc.subarray([...REASONS], { minLength: 1 }) }),
        { maxLength: 4 },
      ),
    })
    .map(({ baseUrl, elsewhere, region, licence, ...same }) => ({
      name: nameOf(index),
      binding: {
        engine: 'openai',
        baseUrl,
        upstreamModel: 'm',
        ...(elsewhere === null ? {} : { elsewhere: [{ baseUrl: elsewhere }] }),
      },
      ...same,
      ...(region === null ? {} : { region }),
      ...(licence === null ? {} : { licence }),
      origin: 'config',
    }))
}

function nameOf(index: number): string {
  return `model-${index}`
}

export const principal: fc.Arbitrary<Principal> = fc.oneof(
  fc.constant<Principal>({ kind: 'anonymous' }),
  fc
    .record({
      team: fc.option(fc.constantFrom(...TEAMS)),
      role: fc.constantFrom('member' as const, 'admin' as const),
      clearances: fc.subarray(['phi', 'legal']),
    })
    .map(({ team, role, clearances }): Principal => ({
      kind: 'key',
      id: 'k',
      role,
      clearances,
      ...(team === null ? {} : { team }),
    })),
)

export const labels: fc.Arbitrary<Labels> = fc.oneof(
  { weight: 1, arbitrary: fc.constant<Labels>({ examined: false }) },
  {
    weight: 4,
    arbitrary: fc
      .record({
        kinds: fc.subarray(KINDS),
        entities: fc.subarray(ENTITIES),
        sensitivity: fc.constantFrom<Sensitivity>(0, 1, 2, 3, 4),
        names: fc.constantFrom('covered' as const, 'not-covered' as const),
        languages: fc.option(fc.subarray(['en', 'hi', 'mr'])),
        task: fc.option(fc.constant('triage')),
      })
      .map(({ languages, task, ...found }): Labels => ({
        examined: true,
        ...found,
        ...(languages === null ? {} : { languages }),
        ...(task === null ? {} : { task }),
      })),
  },
)

export const circumstances: fc.Arbitrary<Circumstances> = fc.record(
  {
    operation: fc.constantFrom('chat' as const, 'embeddings' as const, 'rerank' as const),
    tokens: fc.constantFrom(10, 1000, 5000),
    tools: fc.boolean(),
    images: fc.boolean(),
    budgetLeftUsd: fc.constantFrom(0.5, 10),
  },
  { requiredKeys: [] },
)

export const drawnCase: fc.Arbitrary<Case> = fc.record({
  rules: fc.array(drawnRule, { maxLength: 5 }),
  models: fc.tuple(model(0), model(1), model(2), model(3), model(4)),
  asked: fc.nat(4),
  principal,
  labels,
  circumstances,
  fulfils: fc.subarray([...OBLIGATIONS]),
  failures: fc.array(fc.option(fc.constantFrom(...REASONS), { freq: 2 }), { minLength: 5, maxLength: 5 }),
})

export const anyModel: fc.Arbitrary<Model> = model(0)
