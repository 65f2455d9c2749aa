import { combinationJson } from '../combine/recorded/combination-json.ts'
import {
  COMBINE_METHODS,
  combineRecorded,
  type Combination,
  type CombinationResult,
  type CombinationUndefined,
} from '../combine/recorded/combine-recorded.ts'
import { separateSamples } from '../combine/recorded/separate-samples.ts'
import type { OutcomeTable } from '../evidence/outcome-table.ts'
import type { Outcome } from '../evidence/outcome.ts'
import { EXIT, type Arguments, type Command } from './command.ts'
import { confidenceOf, outcomesOption, seedOf, statisticsOptions, taskOption } from './evidence-options.ts'
import { memberNames } from './member-names.ts'
import { missingLine, readTasks } from './outcome-views.ts'
import { invalid } from '../core/errors.ts'
import { choiceOption, hasSwitch, requiredText, textOption, wholeNumberOption } from './parse-arguments.ts'
import { percent, percentRange, points, pointsRange } from './shown-shares.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'
import { writeReport } from './write-report.ts'

export const combine: Command = {
  name: 'combine',
  summary: 'Say what several models together would have scored and cost on recorded outcomes.',
  options: [
    outcomesOption,
    { name: 'members', value: 'A,B,C', about: 'The models, in the order in which they are asked.' },
    { name: 'method', value: 'NAME', about: `One of ${COMBINE_METHODS.join(', ')}.` },
    { name: 'escalate', value: 'MODEL', about: 'Where a cascade goes when its members do not agree.' },
    { name: 'agree', value: 'NUMBER', about: 'How many members of a cascade must agree; all unless given.' },
    { name: 'reference', value: 'MODEL', about: 'What it is to stand in for; --escalate unless given.' },
    taskOption,
    ...statisticsOptions,
  ],
  examples: [
    {
      line: 'musivum combine --outcomes outcomes.jsonl --members s1,s2 --escalate l --method cascade',
      about: 'what two small models answer together, and what is left for the large one',
    },
    {
      line: 'musivum combine --outcomes outcomes.jsonl.gz --members s1,s2,s3 --method vote --task triage --json',
      about: 'is a vote better than the best of its members? As one document',
    },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const combination = combinationOf(args)
  const views = await readTasks(combine, args, terminal, {
    task: textOption(args, 'task'),
    models: (outcomes) => namedModels(combination, outcomes),
    read: {
      keepAnswers: true,
      change: (outcome) => (namesSamples(combination, outcome) ? separateSamples(outcome) : outcome),
    },
  })
  const played = views.map((view) => combineRecorded(view, combination))
  const results = played.filter((each) => each.kind === 'result')
  const unknown = played.filter((each) => each.kind === 'undefined')
  const [first] = unknown
  if (results.length === 0 && first !== undefined) throw invalid(`${first.task}: ${first.problem}`)
  for (const each of unknown) terminal.note(`task ${each.task} is left out: ${each.problem}`, 'yellow')
  writeReport(args, terminal, {
    json: () => document(results, unknown),
    text: () => results.map(paragraph).join('\n\n'),
  })
  return EXIT.ok
}

function combinationOf(args: Arguments): Combination {
  requiredText(combine, args, 'method')
  const method = choiceOption(args, 'method', COMBINE_METHODS) ?? 'vote'
  const members = memberNames(requiredText(combine, args, 'members'))
  const escalate = textOption(args, 'escalate')
  if (method === 'cascade' && escalate === undefined)
    throw invalid('--method cascade needs --escalate MODEL, which answers when the members do not agree')
  return {
    method,
    members,
    escalate,
    reference: textOption(args, 'reference'),
    agree: wholeNumberOption(args, 'agree', 1, members.length),
    seed: seedOf(args),
    confidence: confidenceOf(args),
    clustered: hasSwitch(args, 'cluster'),
  }
}

/** Samples are told apart where somebody votes with them; for everybody else they are averaged. */
function namesSamples({ method, members, escalate, reference }: Combination, outcome: Outcome): boolean {
  if (outcome.sample === undefined) return false
  if (method === 'self-consistency' && members.includes(outcome.model)) return true
  return [...members, escalate, reference].includes(`${outcome.model}#${outcome.sample}`)
}

/** The columns that must be there: a member of self-consistency is known by its samples. */
function namedModels(combination: Combination, outcomes: OutcomeTable): readonly string[] {
  const { method, members, escalate, reference } = combination
  const known = outcomes.tasks().flatMap((task) => outcomes.task(task).models)
  const sampled = (member: string) =>
    method === 'self-consistency' ? (known.find((model) => model.startsWith(`${member}#`)) ?? member) : member
  return [...new Set([...members.map(sampled), escalate, reference].filter((name) => name !== undefined))]
}

function document(results: readonly CombinationResult[], unknown: readonly CombinationUndefined[]): object {
  const undefinedOn = unknown.map(({ task, problem }) => ({ task, problem }))
  return { results: results.map(combinationJson), undefined: undefinedOn }
}

function paragraph(result: CombinationResult): string {
  const { bestSingle, reference, differenceToReference: toReference } = result
  const asked = `${result.method} of ${result.members.join(', ')}${result.escalate === null ? '' : `, else ${result.escalate}`}`
  const rows = [
    ['', 'ACCURACY %', 'INTERVAL', 'CALLS', 'ESCALATED %'],
    [
      'together',
      percent(result.accuracy),
      percentRange(result.interval),
      result.callsMean.toFixed(2),
      percent(result.escalatedShare),
    ],
    [`best member: ${bestSingle.model}`, percent(bestSingle.accuracy), '-', '1.00', '-'],
    ...(toReference === null
      ? []
      : [[`against ${reference}`, points(toReference.mean), pointsRange(toReference.interval), '-', '-']]),
  ]
  return [
    `${result.task}: ${asked}; ${result.n} ${result.n === 1 ? 'item' : 'items'}`,
    table(rows).replace(/^/gm, '  '),
    `  ${result.promoted ? 'Promoted. ' : ''}${result.because}`,
    ...(result.costUsdMean === null ? [] : [`  ${result.costUsdMean.toPrecision(3)} US dollars per item.`]),
    ...[missingLine(result.missing)].filter((line) => line !== undefined).map((line) => `  ${line}`),
  ].join('\n')
}
