import { rename, rm, writeFile } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { invalid, MusivumError } from '../core/errors.ts'
import type { TaskView } from '../evidence/outcome-table.ts'
import { pairColumns, slicesOf, type Slice } from '../evidence/pairing.ts'
import { siteCell, SMALLEST_CELL, withoutSmallCells, type SiteCell } from '../evidence/pooled.ts'
import { siteDocument, type SiteDocument } from '../evidence/site-document.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { outcomesOption, taskOption } from './evidence-options.ts'
import { missingLine, readTasks } from './outcome-views.ts'
import { choiceOption, hasSwitch, requiredText, textOption, wholeNumberOption } from './parse-arguments.ts'
import type { Terminal } from './terminal.ts'

const BY = ['category', 'lang'] as const

export const evidenceCells: Command = {
  name: 'evidence cells',
  summary: 'Write the counts and sums that a site may give away, and no text.',
  options: [
    outcomesOption,
    { name: 'candidate', value: 'MODEL', about: 'The model that is to take over.' },
    { name: 'reference', value: 'MODEL', about: 'The model that it is measured against.' },
    taskOption,
    { name: 'by', value: BY.join('|'), about: 'Also each slice of a task.' },
    {
      name: 'smallest',
      value: 'NUMBER',
      about: `Cells of fewer items stay here; ${SMALLEST_CELL} unless given, and never fewer.`,
    },
    { name: 'site', value: 'NAME', about: 'What this site is called; the name of --out unless given.' },
    { name: 'out', value: 'FILE', about: 'Where to write the document.' },
    { ...jsonOption, about: 'Write the document to standard output too.' },
  ],
  examples: [
    {
      line: 'musivum evidence cells --outcomes outcomes.jsonl --candidate l --reference s1 --by lang --out clinic.json',
      about: 'what `musivum evidence pool` needs of this site; read it before you send it, it is short',
    },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const [candidate, reference] = [
    requiredText(evidenceCells, args, 'candidate'),
    requiredText(evidenceCells, args, 'reference'),
  ]
  if (candidate === reference)
    throw invalid(`--candidate and --reference are both "${candidate}"; expected two models`)
  const out = requiredText(evidenceCells, args, 'out')
  const by = choiceOption(args, 'by', BY) ?? null
  const smallest = wholeNumberOption(args, 'smallest', SMALLEST_CELL, 1_000_000) ?? SMALLEST_CELL
  const site = textOption(args, 'site') ?? basename(out).replace(/\.json$/, '')
  const views = await readTasks(evidenceCells, args, terminal, {
    task: textOption(args, 'task'),
    models: () => [candidate, reference],
  })
  const cells = views.flatMap((view) => cellsOf(view, { site, candidate, reference, by }, terminal))
  const document = siteDocument(
    { site, candidate, reference, by, smallest },
    withoutSmallCells(cells, smallest),
  )
  await save(document, out, terminal.cwd)
  terminal.write(`${hasSwitch(args, 'json') ? JSON.stringify(document) : summary(document, out)}\n`)
  return EXIT.ok
}

type About = Pick<SiteDocument, 'site' | 'candidate' | 'reference' | 'by'>

/** The whole task and its slices. What only one of the two models has is in no cell, which must be said here. */
function cellsOf(view: TaskView, { site, candidate, reference, by }: About, terminal: Terminal): SiteCell[] {
  const slices: readonly (Slice | undefined)[] = [undefined, ...(by === null ? [] : slicesOf(view, by))]
  return slices.map((slice) => {
    const pairing = pairColumns(view, candidate, reference, slice ? { slice } : {})
    const missing = slice === undefined ? missingLine(pairing.missing) : undefined
    if (missing !== undefined) terminal.note(`task ${view.task}: ${missing}`, 'yellow')
    return siteCell(site, pairing)
  })
}

/** In one step, so that nobody sends half of it. */
async function save(document: SiteDocument, out: string, cwd: string): Promise<void> {
  const path = resolve(cwd, out)
  try {
    await writeFile(`${path}.part`, `${JSON.stringify(document, null, 2)}\n`)
    await rename(`${path}.part`, path)
  } catch (cause) {
    await rm(`${path}.part`, { force: true })
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown'
    throw new MusivumError(
      'request.invalid',
      `${out}: cannot be written (${code}); expected a file in a folder of yours`,
      {},
      { cause },
    )
  }
}

function summary({ site, cells, suppressed, smallest }: SiteDocument, out: string): string {
  const held =
    suppressed.length === 0
      ? 'None had to stay here.'
      : `${suppressed.length} stay here, because they or what could be worked out from them have fewer than ${smallest} items.`
  return `${out}: ${cells.length} ${cells.length === 1 ? 'cell' : 'cells'} of ${site}, counts and sums only. ${held}`
}
