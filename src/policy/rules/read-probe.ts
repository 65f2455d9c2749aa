import { isMap, isSeq } from 'yaml'
import { nearestNames } from '../../core/nearest.ts'
import type { FactsOf } from '../facts/fact-table.ts'
import { readFacts } from './read-facts.ts'
import { OBLIGATIONS, type Expectation, type Probe } from './rule.ts'
import { choiceOf, fieldsOf, listOf, scalarOf, textOf, type YamlValue } from './yaml-fields.ts'

const PROBE_KEYS = ['name', 'request', 'principal', 'models', 'expect'] as const

/**
 * A probe of the file. A request is examined and clean but for what the probe says of it (`request: unexamined`: nobody
 * looked); nobody asks but a caller without a key; of a model nothing is known but what is said and what follows from it.
 * `ruleIds` undefined: rules are elsewhere too, so that no name can be called wrong here.
 */
export function readProbe(entry: YamlValue, ruleIds: readonly string[] | undefined): Probe | undefined {
  const fields = fieldsOf(entry, PROBE_KEYS)
  const [name, models, expected] = ['name', 'models', 'expect'].map((key) => fields?.get(key))
  if (name === undefined || models === undefined || expected === undefined) {
    if (fields !== undefined) entry.wrong('a probe has a name, models and what to expect of each')
    return undefined
  }
  const [request, principal] = ['request', 'principal'].map((key) => fields?.get(key))
  const read = new Map(Array.from(fieldsOf(models, 'any') ?? [], ([key, value]) => [key, readModel(value)]))
  return {
    name: textOf(name, 'a sentence') ?? '',
    request: readRequest(request),
    principal: principal === undefined ? NOBODY : readPrincipal(principal),
    models: read,
    expect: readExpectations(expected, [...read.keys()], ruleIds),
    at: entry.at,
  }
}

const CLEAN: FactsOf<'request'> = {
  operation: 'chat',
  labels: [],
  kinds: [],
  entities: [],
  sensitivity: 0,
  names_covered: true,
  languages: ['en'],
  tokens: 100,
  tools: false,
  images: false,
}

const UNEXAMINED: FactsOf<'request'> = { operation: 'chat', tokens: 100, tools: false, images: false }

const NOBODY: FactsOf<'principal'> = { kind: 'anonymous', clearances: [] }

function readRequest(value: YamlValue | undefined): FactsOf<'request'> {
  if (value === undefined) return CLEAN
  if (scalarOf(value) === 'unexamined') return UNEXAMINED
  const stated = readFacts(value, 'request')
  const labels = [...(stated.kinds ?? []), ...(stated.entities ?? [])]
  return { ...CLEAN, ...(labels.length > 0 && { labels }), ...stated }
}

function readPrincipal(value: YamlValue): FactsOf<'principal'> {
  return { kind: 'key', role: 'member', clearances: [], ...readFacts(value, 'principal') }
}

/** Whether a model is local follows from where it runs, here as everywhere. */
function readModel(value: YamlValue): FactsOf<'model'> {
  const stated = readFacts(value, 'model')
  return stated.runs === undefined ? stated : { ...stated, local: stated.runs !== 'remote' }
}

function readExpectations(
  value: YamlValue,
  models: readonly string[],
  ruleIds: readonly string[] | undefined,
): ReadonlyMap<string, Expectation> {
  const fields = [...(fieldsOf(value, models) ?? [])]
  if (fields.length === 0) value.wrong('expected a model of the probe and what becomes of it')
  const unexpected = models.filter((model) => !fields.some(([key]) => key === model))
  if (fields.length > 0 && unexpected.length > 0)
    value.wrong(`nothing is expected of ${unexpected.join(', ')}`)
  return new Map(
    fields.flatMap(([model, field]) => {
      const expectation = readExpectation(field, ruleIds)
      return expectation === undefined ? [] : [[model, expectation] as const]
    }),
  )
}

/** `permitted`, the id of the rule that removes it, or the obligations that it is permitted under. */
function readExpectation(field: YamlValue, ruleIds: readonly string[] | undefined): Expectation | undefined {
  if (isSeq(field.node)) {
    const read = listOf(field, OBLIGATIONS.length).map((each) => choiceOf(each, OBLIGATIONS))
    return { kind: 'permitted', obligations: read.filter((each) => each !== undefined) }
  }
  if (isMap(field.node)) {
    field.wrong('expected `permitted`, the id of a rule, or a list of obligations')
    return undefined
  }
  const text = textOf(field, '`permitted`, the id of a rule, or a list of obligations')
  if (text === undefined) return undefined
  if (text === 'permitted') return { kind: 'permitted' }
  if (ruleIds !== undefined && !ruleIds.includes(text)) {
    const [nearest] = nearestNames(text, ['permitted', ...ruleIds], 1)
    field.wrong(`no rule has this id${nearest === undefined ? '' : `; did you mean ${nearest}?`}`)
  }
  return { kind: 'removed', rule: text }
}
