import { strict as assert } from 'node:assert'
import { createHash } from 'node:crypto'
import { majorityVote } from '../combine/recorded/majority-vote.ts'
import { NO_ANSWER, recordTask, type RecordedTask } from '../combine/recorded/recorded-task.ts'
import {
  certificationJson,
  certify as certifyThreshold,
  type Certification,
} from '../evidence/certificate.ts'
import type { TaskView } from '../evidence/outcome-table.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { outcomesOption, seedOf, seedOption, taskOption } from './evidence-options.ts'
import { memberNames } from './member-names.ts'
import { missingLine, outcomeViews } from './outcome-views.ts'
import { invalid } from '../core/errors.ts'
import {
  choiceOption,
  hasSwitch,
  numberOption,
  requiredText,
  requiredTexts,
  textOption,
} from './parse-arguments.ts'
import { readOutcomes } from '../evaluation/read/read-outcomes.ts'
import { readScores } from '../evaluation/read/read-scores.ts'
import { percent } from './shown-shares.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'

const METHODS = ['betting', 'clopper-pearson'] as const

export const certify: Command = {
  name: 'certify',
  summary: 'Prove how much may be left to a cheap model before quality suffers.',
  options: [
    outcomesOption,
    { name: 'reference', value: 'MODEL', about: 'The model whose quality is to be kept.' },
    { name: 'cheap', value: 'MODEL', about: 'The model that answers below the threshold; with --scores.' },
    {
      name: 'scores',
      value: 'FILE',
      about: 'Lines of {"item","score"}: items with a high score go to the reference.',
    },
    {
      name: 'members',
      value: 'A,B,C',
      about: 'Instead of --cheap and --scores: a vote, scored by the share of members that disagree.',
    },
    { name: 'epsilon', value: 'SHARE', about: 'The loss that is accepted; 0.05 unless given.' },
    { name: 'delta', value: 'SHARE', about: 'The chance of a wrong certificate; 0.05 unless given.' },
    {
      name: 'method',
      value: METHODS.join('|'),
      about: 'betting unless given; the other is for 0 and 1 only.',
    },
    taskOption,
    seedOption,
    jsonOption,
  ],
  examples: [
    {
      line: 'musivum certify --outcomes outcomes.jsonl --task triage --reference l --cheap s1 --scores scores.jsonl',
      about: 'the largest share that s1 may answer with at most 5 points lost, proven at 95 %',
    },
    {
      line: 'musivum certify --outcomes outcomes.jsonl --task triage --reference l --members s1,s2,s3 --epsilon 0.03 --json',
      about: 'the same for a vote of three that goes to l when they disagree, as a document to keep',
    },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const files = requiredTexts(certify, args, 'outcomes')
  const settings = settingsOf(args)
  const outcomes = await readOutcomes(files, terminal, { keepAnswers: settings.members !== undefined })
  const models = [settings.reference, ...(settings.members ?? [settings.cheap])]
  const views = outcomeViews(outcomes, textOption(args, 'task'), models, terminal)
  const [view] = views
  if (view === undefined || views.length > 1)
    throw invalid(
      `a certificate is about one task; name it with --task: ${views.map(({ task }) => task).join(', ')}`,
    )
  const trial =
    settings.members === undefined
      ? await thresholdTrial(view, settings, requiredText(certify, args, 'scores'), terminal)
      : cascadeTrial(view, settings, settings.members)
  if (trial.items.length === 0)
    throw invalid(`task "${view.task}" has no item with a score and outcomes of ${models.join(', ')}`)
  const certification = certifyThreshold({
    task: view.task,
    ...settings,
    ...trial,
    dataSha256: hashOf(trial),
  })
  terminal.write(
    `${hasSwitch(args, 'json') ? document(certification, trial) : paragraph(certification, trial)}\n`,
  )
  return EXIT.ok
}

type Settings = {
  readonly reference: string
  readonly cheap: string
  readonly members: readonly string[] | undefined
  readonly epsilon: number
  readonly delta: number
  readonly seed: number
  readonly method: (typeof METHODS)[number]
}

const LEAST = 0.0001
const MOST = 0.9999

function settingsOf(args: Arguments): Settings {
  const reference = requiredText(certify, args, 'reference')
  const text = textOption(args, 'members')
  const members = text === undefined ? undefined : memberNames(text)
  const both = ['cheap', 'scores'].find((name) => members !== undefined && args.given.has(name))
  if (both !== undefined)
    throw invalid(`--members and --${both} exclude each other; expected one of the two ways`)
  const cheap = members === undefined ? requiredText(certify, args, 'cheap') : `vote of ${members.join(', ')}`
  if ((members ?? [cheap]).includes(reference))
    throw invalid(`"${reference}" is the reference and on the cheap side too; expected other models there`)
  if (members === undefined) requiredText(certify, args, 'scores')
  return {
    reference,
    cheap,
    members,
    epsilon: numberOption(args, 'epsilon', LEAST, MOST) ?? 0.05,
    delta: numberOption(args, 'delta', LEAST, MOST) ?? 0.05,
    seed: seedOf(args),
    method: choiceOption(args, 'method', METHODS) ?? 'betting',
  }
}

/** What the certificate is computed from, item by item. */
type Trial = {
  readonly items: readonly string[]
  readonly scores: ArrayLike<number>
  readonly referenceOutcomes: ArrayLike<number>
  readonly cheapOutcomes: ArrayLike<number>
  readonly missing: readonly Missing[]
}

/** `model` is what the item lacks: a model's outcome, or its score. */
type Missing = { readonly item: string; readonly model: string }

async function thresholdTrial(
  view: TaskView,
  { reference, cheap }: Settings,
  file: string,
  terminal: Terminal,
): Promise<Trial> {
  const scores = await readScores(file, view.task, terminal)
  const [strong, weak] = [view.column(reference), view.column(cheap)]
  const places: number[] = []
  const missing: Missing[] = []
  for (const [place, item] of view.items.entries()) {
    const lacks = [strong, weak].find(({ samples }) => (samples[place] ?? 0) === 0)?.model
    if (lacks === undefined && scores.has(item)) places.push(place)
    else missing.push({ item, model: lacks ?? 'a score' })
  }
  const known = new Set(view.items)
  const strange = [...scores.keys()].filter((item) => !known.has(item))
  return {
    items: places.map((place) => view.items[place] ?? ''),
    scores: places.map((place) => scores.get(view.items[place] ?? '') ?? 0),
    referenceOutcomes: places.map((place) => strong.scores[place] ?? 0),
    cheapOutcomes: places.map((place) => weak.scores[place] ?? 0),
    missing: [...missing, ...strange.map((item) => ({ item, model: 'any outcome' }))],
  }
}

/** All members are asked; the more of them disagree with the vote, the sooner an item goes to the reference. */
function cascadeTrial(view: TaskView, { reference }: Settings, members: readonly string[]): Trial {
  const task = recordTask(view, { members, reference })
  const mute = task.members.find(({ silent, sampled }) => silent || sampled)
  if (mute !== undefined)
    throw invalid(
      `"${mute.model}" has no "answer", or several per item, on task "${view.task}"; a vote needs one each`,
    )
  const items = view.items.filter((_, place) => hasAll(view, [...members, reference], place))
  assert(items.length === task.n, 'items and their plays are the same')
  return {
    items,
    scores: disagreement(task),
    referenceOutcomes: task.reference?.scores ?? [],
    cheapOutcomes: majorityVote(task).scores,
    missing: task.missing,
  }
}

function hasAll(view: TaskView, models: readonly string[], place: number): boolean {
  return models.every((model) => (view.column(model).samples[place] ?? 0) > 0)
}

/** Per item, the share of members that did not give the most frequent answer. */
function disagreement({ n, members }: RecordedTask): Float64Array {
  return Float64Array.from({ length: n }, (_, item) => {
    const answers = members
      .map((member) => member.answers[item] ?? NO_ANSWER)
      .filter((each) => each !== NO_ANSWER)
    const votes = answers.map((answer) => answers.filter((other) => other === answer).length)
    return 1 - Math.max(0, ...votes) / members.length
  })
}

/** SHA-256 over one line `[item, score, reference, cheap]` of JSON per item: the same however the files were packed. */
function hashOf({ items, scores, referenceOutcomes, cheapOutcomes }: Trial): string {
  const hash = createHash('sha256')
  for (const [place, item] of items.entries())
    hash.update(`${JSON.stringify([item, scores[place], referenceOutcomes[place], cheapOutcomes[place]])}\n`)
  return hash.digest('hex')
}

function document(certification: Certification, { missing }: Trial): string {
  return JSON.stringify({ ...certificationJson(certification), missing })
}

function paragraph({ certified, threshold, certificate }: Certification, { missing }: Trial): string {
  const steps = certificate.test_path.map((step) => [
    step.threshold.toPrecision(6),
    percent(step.strong_share),
    percent(step.mean_loss),
    step.passed ? 'passed' : 'stopped here',
  ])
  return [
    `${certified ? 'Certified' : 'Not certified'}. ${certificate.claim}`,
    table([['THRESHOLD', 'TO REFERENCE %', 'LOSS, POINTS', 'TEST'], ...steps]).replace(/^/gm, '  '),
    ...(threshold === null
      ? []
      : [`Items with a score of ${threshold} or more go to ${certificate.reference}.`]),
    ...[missingLine(missing)].filter((line) => line !== undefined),
    'It is void if',
    ...certificate.void_if.map((reason) => `  - ${reason}`),
  ].join('\n')
}
