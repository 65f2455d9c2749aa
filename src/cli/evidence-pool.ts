import { invalid } from '../core/errors.ts'
import { readSite } from '../evaluation/read/read-site.ts'
import {
  heterogeneity,
  leaveOneSiteOut,
  poolExactly,
  type Heterogeneity,
  type LeftOut,
  type Pooled,
  type SiteCell,
} from '../evidence/pooled.ts'
import { siteCells, type SiteDocument } from '../evidence/site-document.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { confidenceOf, confidenceOption } from './evidence-options.ts'
import { requiredTexts } from './parse-arguments.ts'
import { points, pointsRange } from './shown-shares.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'
import { writeReport } from './write-report.ts'

export const evidencePool: Command = {
  name: 'evidence pool',
  summary: 'Put together what several sites measured, without any of their text.',
  options: [
    {
      name: 'site',
      value: 'FILE',
      about: 'What `musivum evidence cells` wrote at one site; once for each.',
      repeats: true,
    },
    confidenceOption,
    jsonOption,
  ],
  examples: [
    {
      line: 'musivum evidence pool --site north.json --site south.json',
      about: 'the difference over all items, whether the sites agree, and what each one changes',
    },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const files = requiredTexts(evidencePool, args, 'site')
  const confidence = confidenceOf(args)
  const sites: SiteDocument[] = []
  for (const file of files) sites.push(await readSite(file, terminal))
  const [first] = sites
  if (first === undefined) throw invalid('evidence pool needs --site FILE')
  refuseMixed(files, sites)
  const pooled = cellsByName(sites).map((cells) => poolCell(cells, confidence))
  if (pooled.length === 0)
    throw invalid(`${files.join(', ')}: no cells; each was too small to leave its site`)
  const { candidate, reference } = first
  writeReport(args, terminal, {
    json: () => ({
      candidate,
      reference,
      confidence,
      sites: sites.map(siteJson),
      pooled: pooled.map(toJson),
    }),
    text: () =>
      [
        `${candidate} against ${reference}, ${sites.length} ${sites.length === 1 ? 'site' : 'sites'}`,
        ...pooled.map((each) => paragraph(each, confidence)),
        ...suppressedLines(sites),
      ].join('\n\n'),
  })
  return EXIT.ok
}

/** Sums of other models, or of the same site twice, would add up without a sign that anything is wrong. */
function refuseMixed(files: readonly string[], sites: readonly SiteDocument[]): void {
  const [first] = sites
  for (const [place, each] of sites.entries()) {
    const file = files[place] ?? ''
    if (each.candidate !== first?.candidate || each.reference !== first.reference)
      throw invalid(
        `${file}: compares "${each.candidate}" with "${each.reference}"; expected "${first?.candidate ?? ''}" with "${first?.reference ?? ''}", as in ${files[0] ?? ''}`,
      )
    const earlier = sites.findIndex(({ site }) => site === each.site)
    if (earlier < place)
      throw invalid(
        `${file}: site "${each.site}" is in ${files[earlier] ?? ''} too; expected each site once, --site of \`evidence cells\` names it`,
      )
  }
}

/** Cells of one task and slice together; whole tasks before their slices, in the order in which they came. */
function cellsByName(sites: readonly SiteDocument[]): readonly (readonly SiteCell[])[] {
  const cells = sites.flatMap(siteCells)
  const tasks = [...new Set(cells.map(({ task }) => task))]
  return tasks.flatMap((task) => {
    const own = cells.filter((cell) => cell.task === task)
    const slices = [...new Set(['', ...own.map(({ slice }) => slice)])]
    return slices.map((slice) => own.filter((cell) => cell.slice === slice)).filter((each) => each.length > 0)
  })
}

type PooledCell = {
  readonly task: string
  readonly slice: string
  readonly cells: readonly SiteCell[]
  readonly all: Pooled
  readonly between: Heterogeneity
  readonly without: readonly LeftOut[]
}

function poolCell(cells: readonly SiteCell[], confidence: number): PooledCell {
  return {
    task: cells[0]?.task ?? '',
    slice: cells[0]?.slice ?? '',
    cells,
    all: poolExactly(cells, confidence),
    between: heterogeneity(cells, confidence),
    // Without the only site nothing is left.
    without: cells.length < 2 ? [] : leaveOneSiteOut(cells, confidence),
  }
}

function siteJson({ site, suppressed }: SiteDocument): object {
  return { site, suppressed }
}

function toJson({ task, slice, all, between, without }: PooledCell): object {
  const { n, mean, se, interval, n10, n01, errors } = all
  return {
    task,
    slice: slice === '' ? null : slice,
    sites: all.sites,
    n,
    difference: { mean, se, interval },
    discordant: { n10, n01 },
    errors,
    heterogeneity: {
      q: between.q,
      i_squared: between.iSquared,
      tau_squared: between.tauSquared,
      random_effects: { mean: between.mean, se: between.se, interval: between.interval },
    },
    leave_one_site_out: without.map(({ site, without: rest, influence }) => ({
      site,
      n: rest.n,
      difference: { mean: rest.mean, se: rest.se, interval: rest.interval },
      influence,
    })),
  }
}

function paragraph({ task, slice, cells, all, between, without }: PooledCell, confidence: number): string {
  const sure = `${Number((100 * confidence).toFixed(2))} % INTERVAL`
  const rows = [
    ['', 'ITEMS', 'DIFFERENCE', sure, 'WITHOUT IT'],
    ...cells.map((cell) => {
      const own = poolExactly([cell], confidence)
      const rest = without.find(({ site }) => site === cell.site)?.without
      return [
        cell.site,
        String(cell.n),
        points(own.mean),
        pointsRange(own.interval),
        points(rest?.mean ?? null),
      ]
    }),
    ['all', String(all.n), points(all.mean), pointsRange(all.interval), ''],
  ]
  return [
    `${task}${slice === '' ? '' : `, ${slice}`}`,
    table(rows).replace(/^/gm, '  '),
    `  better on ${all.n10}, worse on ${all.n01}, ${all.errors} failed calls. ${agreement(between)}`,
  ].join('\n')
}

function agreement({ sites, tauSquared, iSquared, mean, interval }: Heterogeneity): string {
  if (sites < 2) return 'One site: nothing is known about others.'
  if (tauSquared === null || iSquared === null) return 'No spread, so nothing can be said about agreement.'
  if (tauSquared === 0) return 'The sites vary by no more than their items explain (τ 0).'
  return `The sites vary by more than their items explain (τ ${points(Math.sqrt(tauSquared)).slice(1)} points, I² ${Math.round(100 * iSquared)} %): over sites like these the mean is ${points(mean)} ${pointsRange(interval)}.`
}

function suppressedLines(sites: readonly SiteDocument[]): readonly string[] {
  const held = sites.filter(({ suppressed }) => suppressed.length > 0)
  if (held.length === 0) return []
  const counts = held.map(({ site, suppressed }) => `${site} (${suppressed.length})`).join(', ')
  return [`Cells too small to leave their site are in no figure: ${counts}.`]
}
