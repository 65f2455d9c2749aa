import { toMusivumError } from '../../core/errors.ts'
import { compileCondition, type Condition } from '../cel/compile-condition.ts'
import { readFacts } from './read-facts.ts'
import { readProbe } from './read-probe.ts'
import {
  EFFECTS,
  OBLIGATIONS,
  type Effect,
  type Obligation,
  type Organisation,
  type Probe,
  type Rule,
} from './rule.ts'
import { choiceOf, fieldsOf, listOf, openYaml, scalarOf, textOf, type YamlValue } from './yaml-fields.ts'

/** What a file of rules says. */
export type RuleFile = {
  /** What it calls itself; a preset has its own name here, and a copy of it still has. */
  readonly name?: string
  /** The preset whose rules come before its own, and where that is said. */
  readonly extends?: { readonly preset: string; readonly at: string }
  readonly organisation: Organisation
  readonly rules: readonly Rule[]
  readonly probes: readonly Probe[]
}

/** A file of rules, or every problem in it: `rules.yaml:12: rules.2.when: unknown fact model.regon; did you mean model.region?` */
export type ParsedRules =
  | { readonly kind: 'parsed'; readonly file: RuleFile }
  | { readonly kind: 'wrong'; readonly problems: readonly string[] }

const KEYS = ['version', 'name', 'about', 'extends', 'organisation', 'rules', 'probes'] as const

/** `shown` is the file's name in messages and in the places of its rules. */
export function parseRuleFile(source: string, shown: string): ParsedRules {
  const yaml = openYaml(source, shown)
  const fields = yaml.problems().length > 0 ? undefined : fieldsOf(yaml.root, KEYS)
  const file = fields === undefined ? undefined : readFile(fields, yaml.root)
  const problems = yaml.problems()
  return file === undefined || problems.length > 0 ? { kind: 'wrong', problems } : { kind: 'parsed', file }
}

type Fields = ReadonlyMap<string, YamlValue>

function readFile(fields: Fields, root: YamlValue): RuleFile {
  const [name, preset, organisation] = ['name', 'extends', 'organisation'].map((key) => fields.get(key))
  checkVersion(fields.get('version'))
  const inherits = preset === undefined ? undefined : textOf(preset, 'the name of a preset')
  const shownName = name === undefined ? undefined : textOf(name)
  const rules = readRules(fields.get('rules'), inherits !== undefined, root)
  return {
    ...(shownName === undefined ? {} : { name: shownName }),
    ...(inherits === undefined || preset === undefined
      ? {}
      : { extends: { preset: inherits, at: preset.at } }),
    organisation: organisation === undefined ? {} : readFacts(organisation, 'organisation'),
    rules,
    probes: readProbes(fields.get('probes'), rules, inherits !== undefined),
  }
}

function checkVersion(version: YamlValue | undefined): void {
  if (version !== undefined && scalarOf(version) !== 1) version.wrong('expected 1, the only version there is')
}

// The bar of a thousand rules, with room; a file of 1 MB holds about four thousand.
const MAX_RULES = 5_000
const MAX_PROBES = 1_000

function readRules(value: YamlValue | undefined, inherits: boolean, root: YamlValue): readonly Rule[] {
  if (value === undefined) {
    // A file whose only key is mistyped would otherwise be a policy that allows everything.
    if (!inherits) root.wrong('rules: is missing; expected a list of rules, `rules: []` for none')
    return []
  }
  const taken = new Map<string, string>()
  return listOf(value, MAX_RULES).flatMap((entry) => {
    const rule = readRule(entry)
    if (rule === undefined) return []
    const before = taken.get(rule.id)
    if (before !== undefined) entry.wrong(`the id ${rule.id} is taken by the rule at ${before}`)
    taken.set(rule.id, rule.at)
    return [rule]
  })
}

const RULE_KEYS = ['id', 'effect', 'if', 'when', 'reason', 'obligations'] as const

function readRule(entry: YamlValue): Rule | undefined {
  const fields = fieldsOf(entry, RULE_KEYS)
  if (fields === undefined) return undefined
  const id = readId(fields.get('id'), entry)
  const effect = readEffect(fields.get('effect'), entry)
  const when = readCondition(fields.get('when'), entry)
  const guard = fields.has('if') ? readCondition(fields.get('if'), entry) : undefined
  const reason = fields.get('reason')
  const obligations = readObligations(fields.get('obligations'))
  if (effect === 'forbid' && obligations.length > 0)
    fields.get('obligations')?.wrong('a `forbid` rule removes what it matches, so nothing is left to oblige')
  if (id === undefined || effect === undefined || when === undefined) return undefined
  return {
    id,
    effect,
    ...(guard === undefined ? {} : { guard }),
    when,
    reason: (reason === undefined ? undefined : readReason(reason)) ?? defaultReason(effect, when),
    obligations,
    at: entry.at,
  }
}

function readId(value: YamlValue | undefined, entry: YamlValue): string | undefined {
  if (value === undefined) return missing(entry, 'id', 'a name such as `no-patient-data-abroad`')
  const id = textOf(value, 'a name such as `no-patient-data-abroad`')
  if (id === undefined || (ID.test(id) && id !== 'permitted')) return id
  value.wrong('expected letters, digits and . _ - (at most 64), and not `permitted`')
  return undefined
}

const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

function readEffect(value: YamlValue | undefined, entry: YamlValue): Effect | undefined {
  return value === undefined ? missing(entry, 'effect', EFFECTS.join(', ')) : choiceOf(value, EFFECTS)
}

function readCondition(value: YamlValue | undefined, entry: YamlValue): Condition | undefined {
  if (value === undefined) return missing(entry, 'when', 'a condition such as `!model.local`')
  // `when: true` is YAML's own true, and means the same.
  const scalar = scalarOf(value)
  const text =
    typeof scalar === 'boolean' ? String(scalar) : textOf(value, 'a condition such as `!model.local`')
  if (text === undefined) return undefined
  try {
    return compileCondition(text)
  } catch (thrown) {
    value.wrong(toMusivumError(thrown).message)
    return undefined
  }
}

function readReason(value: YamlValue): string | undefined {
  const text = textOf(value, 'one sentence for whoever is refused')
  if (text === undefined) return undefined
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim()
  if (line.length <= MAX_REASON_CHARS) return line
  value.wrong(`has ${line.length} characters; at most ${MAX_REASON_CHARS} fit a decision`)
  return undefined
}

const MAX_REASON_CHARS = 300

function defaultReason(effect: Effect, { text }: Condition): string {
  return `${effect === 'forbid' ? 'forbidden where' : effect === 'require' ? 'required:' : 'preferred:'} ${text}`.slice(
    0,
    MAX_REASON_CHARS,
  )
}

function readObligations(value: YamlValue | undefined): readonly Obligation[] {
  if (value === undefined) return []
  const read = listOf(value, OBLIGATIONS.length).map((each) => choiceOf(each, OBLIGATIONS))
  return [...new Set(read.filter((each) => each !== undefined))]
}

function readProbes(
  value: YamlValue | undefined,
  rules: readonly Rule[],
  inherits: boolean,
): readonly Probe[] {
  if (value === undefined) return []
  // Rules of the preset are not known here; a probe that names one nobody has fails when it runs.
  const ids = inherits ? undefined : rules.map(({ id }) => id)
  return listOf(value, MAX_PROBES).flatMap((entry) => readProbe(entry, ids) ?? [])
}

function missing(entry: YamlValue, key: string, expected: string): undefined {
  entry.wrong(`${key} is missing; expected ${expected}`)
}
