import { invalid } from '../../core/errors.ts'
import { nearestNames } from '../../core/nearest.ts'
import type { World } from '../world.ts'
import { EvidenceWriter, type ImportCounts } from './evidence-writer.ts'
import { importers } from './importers.ts'
import type { Importer, Source } from './importer.ts'
import { placeAt, type Place } from './list-sources.ts'
import { readHead, type Head } from './read-head.ts'

export type ImportOptions = {
  /** Files and folders, as the user typed them. */
  readonly paths: readonly string[]
  /** The folder that gets `items.jsonl` and `outcomes.jsonl`. */
  readonly out: string
  /** Write over what is there. */
  readonly force: boolean
  /** Leave wrong rows out and count them; otherwise one of them refuses all. */
  readonly skipWrong: boolean
  /** The name of the format; found out from the content when absent. */
  readonly format?: string
  /** Where the source does not say it, or says it otherwise. */
  readonly task?: string
  /** For sources that are the run of one model. */
  readonly model?: string
  /** Which of several scores of a row is the score. */
  readonly metric?: string
}

export type ImportSummary = ImportCounts & {
  readonly sources: readonly { readonly path: string; readonly format: string; readonly rows: number }[]
  /** Files of a folder that hold no rows, and why. */
  readonly leftOut: readonly LeftOut[]
  /** Files that were written. */
  readonly written: readonly string[]
}

/**
 * Reads evidence of other tools and writes it as `items.jsonl` and `outcomes.jsonl`, whichever of the two it holds. Both
 * appear whole at the end, or not at all.
 *
 * @throws MusivumError `request.invalid`: an unknown or ambiguous format, wrong rows, nothing to write, or files that are
 *   there already; whatever `world.signal` was aborted with
 */
export async function importEvidence(options: ImportOptions, world: World): Promise<ImportSummary> {
  const wanted = options.format === undefined ? undefined : importerNamed(options.format)
  const writer = new EvidenceWriter(options, world)
  const sources: ImportSummary['sources'][number][] = []
  const leftOut: LeftOut[] = []
  try {
    for (const path of options.paths)
      for await (const found of sourcesAt(await placeAt(path, world), wanted, options, world)) {
        if (found.kind === 'left-out') leftOut.push({ path: found.path, reason: found.reason })
        else sources.push(await copyRows(found, writer))
      }
    const written = await writer.keep()
    if (written.length === 0)
      throw invalid(`${options.paths.join(', ')}: no items and no outcomes were found`)
    return { ...writer.counts(), sources, leftOut, written }
  } finally {
    await writer.discard()
    world.progress?.('')
  }
}

function importerNamed(name: string): Importer {
  const importer = importers.find((each) => each.name === name)
  if (importer !== undefined) return importer
  const names = importers.map((each) => each.name)
  const [nearest] = nearestNames(name, names, 1)
  const hint = nearest === undefined ? `expected one of ${names.join(', ')}` : `did you mean ${nearest}?`
  throw invalid(`there is no format "${name}"; ${hint}`)
}

type LeftOut = { readonly path: string; readonly reason: string }

type Found =
  | { readonly kind: 'source'; readonly importer: Importer; readonly source: Source }
  | ({ readonly kind: 'left-out' } & LeftOut)

async function copyRows(
  { importer, source }: Found & { readonly kind: 'source' },
  writer: EvidenceWriter,
): Promise<ImportSummary['sources'][number]> {
  const { path, world } = source
  let rows = 0
  for await (const row of importer.rows(source)) {
    await writer.add(row)
    rows += 1
    if (rows % ROWS_BETWEEN_LOOKS !== 0) continue
    world.signal.throwIfAborted()
    world.progress?.(`importing ${path}: ${rows.toLocaleString('en')} rows`)
  }
  world.signal.throwIfAborted()
  return { path, format: importer.name, rows }
}

const ROWS_BETWEEN_LOOKS = 1000

async function* sourcesAt(
  place: Place,
  wanted: Importer | undefined,
  { task, model, metric }: ImportOptions,
  world: World,
): AsyncGenerator<Found> {
  const asked = { world, ...(task && { task }), ...(model && { model }), ...(metric && { metric }) }
  if (place.kind === 'file') {
    const head = await readHead(place.path, world)
    yield sourceFor(wanted ?? theOne(head), { path: place.path, files: [place.path], head, ...asked })
    return
  }
  const whole = importers.find((each) => each.detectFolder?.(place.files) === true)
  if (whole !== undefined && (wanted ?? whole) === whole)
    yield sourceFor(whole, { path: place.path, files: place.files, head: undefined, ...asked })
  else for (const path of place.files) yield await fileBelow(path, wanted, asked)
}

/** A file of a folder. What holds no rows is named, because nobody should wonder where it went. */
async function fileBelow(
  path: string,
  wanted: Importer | undefined,
  asked: Omit<Source, 'path' | 'files' | 'head'>,
): Promise<Found> {
  if (!TEXT_FILE.test(path)) return { kind: 'left-out', path, reason: NO_FORMAT }
  const head = await readHead(path, asked.world)
  const candidates = importers.filter((each) => each.detect(head))
  const importer = wanted ?? (candidates.length > 1 ? theOne(head) : candidates[0])
  if (importer !== undefined && candidates.includes(importer))
    return sourceFor(importer, { path, files: [path], head, ...asked })
  const beside = importers.map((each) => each.beside?.(head)).find((reason) => reason !== undefined)
  return { kind: 'left-out', path, reason: beside ?? NO_FORMAT }
}

const TEXT_FILE = /\.(jsonl?|csv|ya?ml)(\.gz)?$/
const NO_FORMAT = 'it is of no format that can be imported'

function theOne(head: Head): Importer {
  if (head.container === 'empty') throw invalid(`${head.file}: the file is empty`)
  const [first, ...others] = importers.filter((each) => each.detect(head))
  const names = importers.map(({ name }) => name).join(', ')
  if (first === undefined)
    throw invalid(`${head.file}: the format is not recognised; --format NAME says it (${names})`)
  if (others.length === 0) return first
  const candidates = [first, ...others].map(({ name }) => name).join(' or ')
  throw invalid(`${head.file}: this may be ${candidates}; --format NAME says which`)
}

function sourceFor(importer: Importer, source: Source): Found {
  if (source.model !== undefined && importer.namesModels?.(source.head) === true)
    throw invalid(
      `${source.path}: every row of ${importer.name} names its model, and --model ${source.model} would merge them; leave it out`,
    )
  return { kind: 'source', importer, source }
}
