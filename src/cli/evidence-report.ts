import { resolve } from 'node:path'
import { invalid } from '../core/errors.ts'
import { readOutcomes } from '../evaluation/read/read-outcomes.ts'
import { buildReport } from '../evaluation/report/build-report.ts'
import { reportJson } from '../evaluation/report/report-json.ts'
import type { ReportOptions } from '../evaluation/report/report.ts'
import { writeReportPage } from '../evaluation/report/write-report.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import {
  clusterOption,
  confidenceOf,
  confidenceOption,
  outcomesOption,
  seedOf,
  seedOption,
  taskOption,
} from './evidence-options.ts'
import { outcomeViews } from './outcome-views.ts'
import {
  choiceOption,
  hasSwitch,
  numberOption,
  requiredText,
  requiredTexts,
  textOption,
} from './parse-arguments.ts'
import { reportText } from './report-text.ts'
import type { Terminal } from './terminal.ts'

const BY = ['category', 'lang'] as const
const LEAST = 0.0001
const MOST = 0.9999

export const evidenceReport: Command = {
  name: 'evidence report',
  summary: 'Say in words and pictures which models and combinations may stand in for another.',
  options: [
    outcomesOption,
    { name: 'reference', value: 'MODEL', about: 'The model that is to be replaced.' },
    { name: 'candidates', value: 'A,B,C', about: 'Models that might replace it; all others unless given.' },
    { name: 'members', value: 'A,B,C', about: 'Models to combine, in the order in which they are asked.' },
    { name: 'margin', value: 'SHARE', about: 'The loss that is accepted; 0.02, two points, unless given.' },
    { name: 'epsilon', value: 'SHARE', about: 'The same for the certificate; 0.05 unless given.' },
    { name: 'delta', value: 'SHARE', about: 'The chance of a wrong certificate; 0.05 unless given.' },
    { name: 'by', value: BY.join('|'), about: 'Also each slice of a task.' },
    { name: 'html', value: 'FILE', about: 'Write the page too: one file that needs nothing else.' },
    taskOption,
    clusterOption,
    confidenceOption,
    seedOption,
    jsonOption,
  ],
  examples: [
    {
      line: 'musivum evidence report --outcomes outcomes.jsonl --reference l --members s1,s2 --html report.html',
      about: 'may s1, s2 or both together stand in for l? In words here, with pictures in report.html',
    },
    {
      line: 'musivum evidence report --outcomes outcomes.jsonl --reference l --task triage --by lang --json',
      about: 'one task and each of its languages, as one document',
    },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const files = requiredTexts(evidenceReport, args, 'outcomes')
  const options = optionsOf(args)
  const page = textOption(args, 'html')
  const table = await readOutcomes(files, terminal, { keepAnswers: true })
  const named = [options.reference, ...(options.candidates ?? []), ...(options.members ?? [])]
  const views = outcomeViews(table, textOption(args, 'task'), [...new Set(named)], terminal)
  const report = buildReport(views, options)
  if (page !== undefined) {
    await writeReportPage(resolve(terminal.cwd, page), report)
    terminal.note(`wrote ${page}`, 'dim')
  }
  terminal.write(`${hasSwitch(args, 'json') ? JSON.stringify(reportJson(report)) : reportText(report)}\n`)
  return EXIT.ok
}

function optionsOf(args: Arguments): ReportOptions {
  const reference = requiredText(evidenceReport, args, 'reference')
  const candidates = namesOf(args, 'candidates', reference)
  const members = namesOf(args, 'members', reference)
  return {
    reference,
    candidates,
    members,
    margin: numberOption(args, 'margin', 0, 1),
    epsilon: numberOption(args, 'epsilon', LEAST, MOST),
    delta: numberOption(args, 'delta', LEAST, MOST),
    by: choiceOption(args, 'by', BY),
    confidence: confidenceOf(args),
    seed: seedOf(args),
    clustered: hasSwitch(args, 'cluster'),
    date: new Date().toISOString().slice(0, 10),
  }
}

function namesOf(args: Arguments, option: string, reference: string): readonly string[] | undefined {
  const text = textOption(args, option)
  if (text === undefined) return undefined
  const names = text.split(',').map((name) => name.trim())
  if (names.includes('')) throw invalid(`--${option}: expected names with a comma between, not "${text}"`)
  const twice = names.find((name, place) => names.indexOf(name) !== place)
  if (twice !== undefined) throw invalid(`--${option} names "${twice}" twice; expected each model once`)
  if (names.includes(reference))
    throw invalid(`--${option} names "${reference}", which is the reference; expected other models`)
  return names
}
