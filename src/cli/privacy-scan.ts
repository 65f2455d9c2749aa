import { invalid } from '../core/errors.ts'
import { labelsOf, labelWords, type NamesLabel } from '../privacy/label.ts'
import { createRecognise, inCodePoints, type Recognise, type Span } from '../privacy/recognise/recognise.ts'
import { EXIT, type Arguments, type Command } from './command.ts'
import { configOption, homeOption } from './gateway-settings.ts'
import { hasSwitch, numberOption, textOption } from './parse-arguments.ts'
import { byTier, namesOption, openNames, type NamesOfTexts } from './privacy/open-names.ts'
import { readRecognisers } from './privacy/read-recognisers.ts'
import { readTexts, type TextRecord } from './privacy/read-texts.ts'
import { redactedCopy, type RedactedCopy } from './privacy/redacted-copy.ts'
import { sarifEnd, sarifResults, sarifStart } from './privacy/sarif.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'

export const privacyScan: Command = {
  name: 'privacy scan',
  summary: 'Find personal data and secrets in texts, files and folders.',
  operand: 'FILE|FOLDER|-',
  options: [
    { name: 'entities', value: 'A,B', about: 'Only these, such as EMAIL_ADDRESS,IN_AADHAAR; else all.' },
    {
      name: 'threshold',
      value: 'SCORE',
      about: 'Least score, 0 to 1; 0.4 unless given, 0.3 with --entities.',
    },
    {
      name: 'recognisers',
      value: 'FILE',
      about: 'YAML with recognisers of your own, values to allow, and `mrn`.',
    },
    namesOption,
    { name: 'redact', value: 'OUT', about: 'Write a copy with <ENTITY> in place of what was found.' },
    { name: 'force', about: 'Write over what is there already.' },
    { name: 'sarif', about: 'Write SARIF 2.1.0 to standard output, as code scanners do.' },
    { name: 'fail-on-found', about: 'End with exit code 1 when anything was found.' },
    configOption,
    homeOption,
    {
      name: 'json',
      about: 'Write one JSON line per text to standard output, everything else to standard error.',
    },
  ],
  examples: [
    {
      line: 'musivum privacy scan notes.jsonl --json',
      about: 'one line per line: id, spans in Unicode code points, labels',
    },
    {
      line: 'musivum privacy scan exports --redact exports-clean',
      about: 'every file below a folder, counted, with a redacted copy',
    },
    { line: 'musivum privacy scan src --sarif --fail-on-found > found.sarif', about: 'a step of a build' },
    {
      line: 'musivum privacy scan - --entities CREDIT_CARD,IBAN_CODE',
      about: 'standard input, only cards and accounts',
    },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const [path, extra] = args.operands
  if (path === undefined || extra !== undefined)
    throw invalid(
      `${privacyScan.name} needs one file, folder or -; \`musivum privacy scan --help\` shows an example`,
    )
  if (hasSwitch(args, 'json') && hasSwitch(args, 'sarif'))
    throw invalid('--json and --sarif: expected one of them')
  const { names: entities, patterns } = byTier(entitiesOf(args))
  const recognise = await recogniserOf(args, patterns, terminal)
  const names = await openNames(args, { recognise, entities }, terminal)
  try {
    return await report(path, args, { recognise, names }, terminal)
  } finally {
    await names?.close()
  }
}

async function report(
  path: string,
  args: Arguments,
  tiers: Pick<Work, 'recognise' | 'names'>,
  terminal: Terminal,
): Promise<number> {
  const redact = textOption(args, 'redact')
  const copy =
    redact === undefined ? undefined : redactedCopy(path, redact, hasSwitch(args, 'force'), terminal)
  const report = reportOf(args, terminal)
  const total = await scanAll(path, { ...tiers, copy, report }, terminal)
  report.end(total)
  return total.spans > 0 && hasSwitch(args, 'fail-on-found') ? EXIT.negative : EXIT.ok
}

function entitiesOf(args: Arguments): readonly string[] | undefined {
  const entities = textOption(args, 'entities')
    ?.split(',')
    .map((name) => name.trim())
  const found = byTier(entities)
  if (entities === undefined || hasSwitch(args, 'names') === found.names.length > 0) return entities
  throw invalid(
    found.names.length > 0
      ? `--entities ${found.names[0]}: only a model finds names; expected --names beside it`
      : '--names: --entities names none of PERSON, LOCATION and ORGANIZATION',
  )
}

async function recogniserOf(
  args: Arguments,
  entities: readonly string[] | undefined,
  terminal: Terminal,
): Promise<Recognise> {
  if (entities?.length === 0) return () => []
  const threshold = numberOption(args, 'threshold', 0, 1)
  const file = textOption(args, 'recognisers')
  return createRecognise({
    ...(file !== undefined && (await readRecognisers(file, terminal))),
    ...(entities !== undefined && { entities }),
    ...(threshold !== undefined && { threshold }),
  })
}

type Work = {
  readonly recognise: Recognise
  readonly names: NamesOfTexts | undefined
  readonly copy: RedactedCopy | undefined
  readonly report: Report
}

type Total = {
  texts: number
  spans: number
  readonly byEntity: Map<string, number>
  /** What is said of names: of all texts the same, unless the model failed for some. */
  names: NamesLabel
}

async function scanAll(
  path: string,
  { recognise, names, copy, report }: Work,
  terminal: Terminal,
): Promise<Total> {
  const total: Total = { texts: 0, spans: 0, byEntity: new Map(), names: 'not-covered' }
  try {
    if (names === undefined)
      await readTexts(path, terminal, (record) => add(record, recognise, 'not-covered'))
    else await readBothTiers(path, names, add, terminal)
    copy?.finish()
  } catch (thrown) {
    copy?.abandon()
    throw thrown
  }
  return total

  function add(record: TextRecord, find: Recognise, covered: NamesLabel): void {
    const spans = find(record.text)
    total.texts += 1
    total.spans += spans.length
    if (total.names !== 'failed') total.names = covered
    for (const { entity } of spans) total.byEntity.set(entity, (total.byEntity.get(entity) ?? 0) + 1)
    report.text(record, spans, covered)
    copy?.add(record, spans)
  }
}

type Add = (record: TextRecord, recognise: Recognise, covered: NamesLabel) => void

/** Text after text: what was read from the disk waits for the model, and no more is read until it was. */
async function readBothTiers(path: string, names: NamesOfTexts, add: Add, terminal: Terminal): Promise<void> {
  const waiting: TextRecord[] = []
  const breathe = async (): Promise<void> => {
    for (const record of waiting.splice(0)) {
      const { recognise, names: covered } = await names.tiersFor(record.text, true)
      add(record, recognise, covered)
    }
  }
  await readTexts(path, terminal, (record) => void waiting.push(record), breathe)
  await breathe()
}

type Report = {
  readonly text: (record: TextRecord, spans: readonly Span[], names: NamesLabel) => void
  readonly end: (total: Total) => void
}

function reportOf(args: Arguments, terminal: Terminal): Report {
  if (hasSwitch(args, 'sarif')) return sarifReport(terminal)
  return hasSwitch(args, 'json') ? jsonReport(terminal) : countReport(terminal)
}

function jsonReport({ write }: Terminal): Report {
  return {
    text: ({ id, text }, spans, names) => {
      const shown = inCodePoints(text, spans).map(({ entity, start, end, score }) => ({
        entity,
        start,
        end,
        score,
      }))
      write(`${JSON.stringify({ id, spans: shown, labels: labelWords({ ...labelsOf(spans), names }) })}\n`)
    },
    end: () => undefined,
  }
}

function sarifReport({ write }: Terminal): Report {
  write(sarifStart())
  let separator = ''
  return {
    text: (record, spans) => {
      for (const result of sarifResults(record, spans)) {
        write(`${separator}${result}`)
        separator = ',\n'
      }
    },
    end: () => write(sarifEnd()),
  }
}

function countReport({ write }: Terminal): Report {
  return {
    text: () => undefined,
    end: ({ texts, spans, byEntity, names }) => {
      const rows = [...byEntity].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
      const lines =
        rows.length === 0
          ? ''
          : `${table([['ENTITY', 'FOUND'], ...rows.map(([entity, n]) => [entity, String(n)])])}\n\n`
      write(`${lines}${spans} found in ${texts} ${texts === 1 ? 'text' : 'texts'}; ${NAMES[names]}\n`)
    },
  }
}

const NAMES: Readonly<Record<NamesLabel, string>> = {
  'not-covered': 'names of people, places and organisations were not looked for',
  covered: 'names of people, places and organisations were looked for by a model',
  failed: 'names of people, places and organisations could not be looked for in every text',
}
