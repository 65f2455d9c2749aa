import { invalid } from '../core/errors.ts'
import { importEvidence, type ImportSummary } from '../evaluation/import/import-evidence.ts'
import { importers } from '../evaluation/import/importers.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { hasSwitch, requiredText, textOption } from './parse-arguments.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'

const NAMES = importers.map(({ name }) => name)

export const evidenceImport: Command = {
  name: 'evidence import',
  summary: 'Turn data sets and results of other tools into items and outcomes.',
  operand: 'FILE|FOLDER…',
  options: [
    {
      name: 'out',
      value: 'FOLDER',
      about: 'Where items.jsonl and outcomes.jsonl go; both only when they are whole.',
    },
    { name: 'format', value: 'NAME', about: `${NAMES.join(', ')}; found out from the content unless given.` },
    { name: 'task', value: 'NAME', about: 'The task of all rows; else what the source says it is.' },
    {
      name: 'model',
      value: 'NAME',
      about: 'The model of all rows, where the source is the run of one model.',
    },
    { name: 'metric', value: 'NAME', about: 'Which score of a row is the score, where it has several.' },
    { name: 'skip-wrong', about: 'Leave wrong rows out and count them; else one of them refuses all.' },
    { name: 'force', about: 'Write over files that are there already.' },
    jsonOption,
  ],
  examples: [
    {
      line: 'musivum evidence import results.json --out evidence',
      about: 'what `promptfoo eval -o results.json` wrote, as outcomes',
    },
    {
      line: 'musivum evidence import lm-eval-output --metric exact_match,strict-match --out evidence --json',
      about: 'every samples_*.jsonl below a folder; one of the two filters',
    },
    {
      line: 'musivum evidence import ragas.csv --model my-rag --metric faithfulness --out evidence',
      about: 'a table that does not say which model answered',
    },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  if (args.operands.length === 0)
    throw invalid(
      `${evidenceImport.name} needs a file or folder; \`musivum evidence import --help\` shows an example`,
    )
  const summary = await importEvidence(
    {
      paths: args.operands,
      out: requiredText(evidenceImport, args, 'out'),
      force: hasSwitch(args, 'force'),
      skipWrong: hasSwitch(args, 'skip-wrong'),
      ...hints(args),
    },
    terminal,
  )
  const report = hasSwitch(args, 'json') ? JSON.stringify(summaryJson(summary)) : paragraph(summary)
  terminal.write(`${report}\n`)
  return EXIT.ok
}

function hints(args: Arguments): { readonly [name in 'format' | 'task' | 'model' | 'metric']?: string } {
  const names = ['format', 'task', 'model', 'metric'] as const
  return Object.fromEntries(
    names.flatMap((name) => {
      const text = textOption(args, name)
      return text === undefined ? [] : [[name, text]]
    }),
  )
}

function summaryJson(summary: ImportSummary): object {
  const { differing, leftOut, ...rest } = summary
  return { ...rest, differing_items: differing, left_out: leftOut }
}

function paragraph(summary: ImportSummary): string {
  const rows = summary.sources.map(({ path, format, rows: read }) => [path, format, String(read)])
  return [table([['SOURCE', 'FORMAT', 'ROWS'], ...rows]), '', ...resultLines(summary)].join('\n')
}

function resultLines(summary: ImportSummary): readonly string[] {
  const { items, outcomes, errors, unparsed, wrong, skipped, differing, tasks, models, written, leftOut } =
    summary
  const held = [
    ...(items > 0 ? [count(items, 'item')] : []),
    ...(outcomes > 0 ? [`${count(outcomes, 'outcome')} of ${count(models.length, 'model')}`] : []),
  ]
  return [
    `${held.join(' and ')} in ${count(tasks.length, 'task')}: ${written.join(', ')}`,
    ...(outcomes > 0
      ? [
          `failed, in the call or the scoring: ${errors}; without an answer: ${unparsed}; both score 0 and are kept`,
        ]
      : []),
    ...(wrong > 0 ? [`wrong and left out: ${count(wrong, 'row')}`] : []),
    ...skipped.map(({ reason, rows }) => `not used: ${count(rows, 'row')}, ${reason}`),
    ...leftOut.map(({ path, reason }) => `left out: ${path}, ${reason}`),
    ...(differing > 0
      ? [`given again with another prompt or gold: ${count(differing, 'item')}; the first stays`]
      : []),
  ]
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`
}
