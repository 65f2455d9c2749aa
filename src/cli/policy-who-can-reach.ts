import type { Model } from '../catalog/model.ts'
import { invalid, MusivumError } from '../core/errors.ts'
import { nearestNames } from '../core/nearest.ts'
import { whoCanReach, type Reach, type Way } from '../policy/analysis/who-can-reach.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { configOption, homeOption } from './gateway-settings.ts'
import { textOption } from './parse-arguments.ts'
import { policyOption } from './policy-options.ts'
import { openPolicyWorld, type PolicyWorld } from './policy-world.ts'
import type { Terminal } from './terminal.ts'
import { writeReport } from './write-report.ts'

export const policyWhoCanReach: Command = {
  name: 'policy who-can-reach',
  summary: 'Say under which conditions requests reach a model, trying every combination.',
  operand: 'MODEL',
  options: [
    {
      name: 'sensitivity',
      value: 'N',
      about: "Requests of this level only, 0 to 4, or of a range such as '>= 3'. Default: of any.",
    },
    policyOption,
    configOption,
    homeOption,
    jsonOption,
  ],
  examples: [
    {
      line: "musivum policy who-can-reach gpt-5 --sensitivity '>= 3'",
      about: 'can a national id or a diagnosis ever get there, and how?',
    },
    {
      line: 'musivum policy who-can-reach gpt-5 --policy ./rules.yaml --json',
      about: 'the same for rules that are not in force yet',
    },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const [name, extra] = args.operands
  if (name === undefined || extra !== undefined)
    throw invalid(
      'policy who-can-reach needs one model; `musivum policy who-can-reach --help` shows an example',
    )
  const level = levelOf(textOption(args, 'sensitivity'))
  const world = await openPolicyWorld(args, terminal)
  const reach = whoCanReach(world.policy, findModel(name, world), level.holds)
  const question = { name, level, world }
  writeReport(args, terminal, {
    json: () => documentOf(question, reach),
    text: () => sentences(question, reach),
  })
  return EXIT.ok
}

type Level = { readonly shown: string; readonly holds: (sensitivity: number) => boolean }
type Question = { readonly name: string; readonly level: Level; readonly world: PolicyWorld }

const COMPARISONS: Readonly<Record<string, (level: number, bound: number) => boolean>> = {
  '>=': (level, bound) => level >= bound,
  '<=': (level, bound) => level <= bound,
  '>': (level, bound) => level > bound,
  '<': (level, bound) => level < bound,
  '=': (level, bound) => level === bound,
  '==': (level, bound) => level === bound,
}

function levelOf(text: string | undefined): Level {
  if (text === undefined) return { shown: 'any', holds: () => true }
  const [, sign = '==', digit = ''] = /^\s*(>=|<=|==|>|<|=)?\s*([0-4])\s*$/.exec(text) ?? []
  const compare = COMPARISONS[sign]
  const holds = (level: number) => compare?.(level, Number(digit)) === true
  if (digit !== '' && [0, 1, 2, 3, 4].some(holds)) return { shown: `${sign} ${digit}`, holds }
  throw invalid(`--sensitivity: expected a level from 0 to 4 such as '>= 3', not "${text.slice(0, 40)}"`)
}

function findModel(name: string, { models }: PolicyWorld): Model {
  const model = models.find((each) => each.name === name)
  if (model !== undefined) return model
  const nearest = nearestNames(
    name,
    models.map((each) => each.name),
  )
  const hint =
    nearest.length > 0 ? `did you mean ${nearest.join(' or ')}?` : '`musivum models list` lists the names'
  throw new MusivumError('model.not_found', `no model is called "${name.slice(0, 80)}"; ${hint}`)
}

function documentOf({ name, level, world }: Question, reach: Reach) {
  const { unexamined } = reach
  return {
    model: name,
    sensitivity: level.shown,
    reachable: reach.ways.length > 0,
    conditions: reach.ways,
    removed_by: reach.removing.map(({ id, at, reason }) => ({ rule: id, reason, at })),
    unexamined: {
      permitted: unexamined.kind === 'permitted',
      removed_by:
        unexamined.kind === 'removed'
          ? { rule: unexamined.rule, reason: unexamined.reason, at: unexamined.at }
          : null,
    },
    exhaustive: reach.exhaustive,
    combinations: reach.combinations,
    policy: world.policy.name,
    policy_hash: world.policy.hash,
  }
}

function sentences(question: Question, reach: Reach): string {
  const { name, level, world } = question
  const asked = level.shown === 'any' ? 'A request' : `A request of sensitivity ${level.shown}`
  const rules = reach.removing.map(({ id, at, reason }) => `  ${at} ${id}: ${reason}`)
  const found =
    reach.ways.length === 0
      ? [
          `No request${level.shown === 'any' ? '' : ` of sensitivity ${level.shown}`} reaches ${name}. What removes it:`,
        ]
      : [
          `${asked} reaches ${name} when`,
          ...reach.ways.map(shownWay),
          ...(rules.length > 0 ? ['Else what removes it:'] : []),
        ]
  return [...found, ...rules, unexaminedLine(name, reach), coverageLine(reach, world)].join('\n')
}

function shownWay({ when, obligations }: Way, index: number): string {
  const conditions = when.map(({ fact, is }) => `${fact} is ${is.join(' or ')}`)
  const under = obligations.length === 0 ? '' : `, under ${obligations.join(', ')}`
  return `  ${index + 1}. ${conditions.length === 0 ? 'whatever else is true' : conditions.join(', and ')}${under}`
}

function unexaminedLine(name: string, { unexamined }: Reach): string {
  return unexamined.kind === 'permitted'
    ? `A request that nobody has looked into reaches ${name} too.`
    : `A request that nobody has looked into does not reach ${name}: ${unexamined.at} ${unexamined.reason}`
}

function coverageLine({ exhaustive, combinations }: Reach, { policy }: PolicyWorld): string {
  const how = exhaustive
    ? `Every combination of the facts that the rules tell apart was tried (${combinations} cases).`
    : `NOT every combination was tried: there are too many. What is listed is true, and more may exist.`
  return `${how} Policy ${policy.name}, hash ${policy.hash}.`
}
