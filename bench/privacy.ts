import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { createRecognise, inCodePoints, type Recognise } from '../src/privacy/recognise/recognise.ts'
import { recogniserOf } from '../src/privacy/recognise/recognisers.ts'
import { verifyValue } from '../src/privacy/recognise/verify.ts'
import { benchOptions, progress, publish, type Measured } from './lib/report.ts'
import { adversarialTexts } from './privacy/adversarial.ts'
import { DEVIATIONS } from './privacy/deviations.ts'
import { IN_RUNNING_TEXT, OF_RECOGNISER, OF_STDNUM, OF_VALIDATOR } from './privacy/entities.ts'

const options = benchOptions(
  `How well and how fast personal data is recognised, beside the bars.

  Reads cases of Presidio, validator.js and stdnum, texts in sixty languages, and texts without personal data; they are too
  large for the repository: MUSIVUM_TABLES names their folder. Prints each case that differs and is not in
  bench/privacy/deviations.ts on standard error.`,
)

const FOLDER = process.env['MUSIVUM_TABLES'] ?? new URL('../../shared/data', import.meta.url).pathname

type Case = {
  readonly item: string
  readonly prompt: string
  readonly gold: unknown
  readonly category: string
  readonly recognizer?: string
  readonly function?: string
  readonly variant?: boolean
  readonly error?: string
  readonly options?: unknown
}

type Gold = readonly [start: number, end: number, type: string]

const DENSE = `Patient 0: Asha Kulkarni, born 12/03/1961, Aadhaar 3998 7654 3211, phone +91 98765 43210, asha@example.org. Seen on
2024-05-06 at the clinic in Pune because of chest pain on exertion; MRN-1028091, insured with INS-236040088. Card 4111 1111 1111 1111.\n`

const named = new Map<string, Recognise>()
const notes: string[] = []
const rows: Measured[] = []
if (existsSync(`${FOLDER}/pii-dev`)) {
  rows.push(...spanRows(), ...verdictRows(), ...runningTextRows(), falseAlarms())
} else
  notes.push(
    'skipped what needs the public cases: their folder is not on this machine (MUSIVUM_TABLES names it)',
  )
rows.push(...speedRows(), ...adversarialRows())
notes.push(
  `${DEVIATIONS.length} deliberate deviations, each with its reason, are in bench/privacy/deviations.ts and are not counted`,
)
publish({ bench: 'Recognising personal data', rows, notes }, options)

function linesOf<T>(path: string): readonly T[] {
  const bytes = readFileSync(`${FOLDER}/${path}`)
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T)
}

function isDeviation({ item }: Case): boolean {
  return DEVIATIONS.some((deviation) => deviation.item === item)
}

function spanRows(): readonly Measured[] {
  const shares = new Map<string, { right: number; all: number }>()
  for (const each of linesOf<Case>('pii-dev/presidio-recognizers.jsonl')) {
    if (each.variant === true || isDeviation(each)) continue
    const recogniser = each.recognizer ?? ''
    const entity = entityOf(each)
    const share = shares.get(recogniser) ?? { right: 0, all: 0 }
    shares.set(recogniser, share)
    share.all += 1
    if (entity !== undefined && agrees(each, entity)) share.right += 1
    else
      progress(
        `differs: ${each.item} ${entity ?? 'no such entity'} ${JSON.stringify(each.prompt.slice(0, 80))}`,
      )
  }
  const each = [...shares.values()]
  const sum = (of: (share: { right: number; all: number }) => number): number =>
    each.reduce((total, share) => total + of(share), 0)
  const worst = Math.min(...each.map(({ right, all }) => right / all))
  return [
    {
      what: 'recogniser cases, exact spans',
      unit: `share of ${sum(({ all }) => all)}`,
      measured: sum(({ right }) => right) / sum(({ all }) => all),
      least: 0.97,
    },
    { what: 'the worst recogniser', unit: `share of ${shares.size}`, measured: worst, least: 0.9 },
  ]
}

/** What the row is about; rows of other tests (PERSON) say only that the recogniser finds nothing. */
function entityOf({ category, recognizer = '' }: Case): string | undefined {
  return recogniserOf.has(category) ? category : OF_RECOGNISER[recognizer]
}

function agrees({ prompt, gold }: Case, entity: string): boolean {
  const recognise = named.get(entity) ?? createRecognise({ entities: [entity], threshold: 0 })
  named.set(entity, recognise)
  const found = inCodePoints(prompt, recognise(prompt)).map(({ start, end }) => [start, end])
  return JSON.stringify(found) === JSON.stringify((gold as Gold[]).map(([start, end]) => [start, end]))
}

function verdictRows(): readonly Measured[] {
  const presidio = linesOf<Case>('pii-dev/presidio-validators.jsonl').filter(
    (each) => each.function === 'validate_result' && each.gold !== 'no-opinion',
  )
  return [
    verdicts('check verdicts, Presidio', presidio, ({ category }) => entityOfClass(category), 1),
    verdicts(
      'check verdicts, stdnum',
      linesOf<Case>('pii-dev/stdnum-js.jsonl').filter(
        ({ gold, error }) => gold === 'valid' || error !== undefined,
      ),
      ({ category }) => OF_STDNUM[category],
      0.99,
    ),
    verdicts(
      'check verdicts, validator.js',
      linesOf<Case>('pii-dev/validator-js.jsonl'),
      ({ category, options: given }) => OF_VALIDATOR[`${category} ${JSON.stringify(given ?? null)}`],
      0.99,
    ),
  ]
}

function entityOfClass(name: string): string {
  return (
    OF_RECOGNISER[name] ??
    name
      .replace(/Recognizer$/, '')
      .replace(/([a-z])([A-Z])/g, '$1_$2')
      .toUpperCase()
  )
}

function verdicts(
  what: string,
  cases: readonly Case[],
  entityOf: (each: Case) => string | undefined,
  least: number,
): Measured {
  let right = 0
  let all = 0
  for (const each of cases) {
    const entity = entityOf(each)
    if (entity === undefined || isDeviation(each)) continue
    all += 1
    const verdict = verifyValue(entity, each.prompt)
    if (verdict === (each.gold === 'valid')) right += 1
    else
      progress(
        `differs: ${each.item} ${entity} ${JSON.stringify(each.prompt)} is ${String(each.gold)}, ours: ${String(verdict)}`,
      )
  }
  return { what, unit: `share of ${all}`, measured: right / all, least }
}

type Text = { readonly prompt: string; readonly gold: readonly Gold[] }

function runningTextRows(): readonly Measured[] {
  const recognise = createRecognise()
  const total = { right: 0, found: 0, gold: 0 }
  const recall = new Map<string, { right: number; gold: number }>()
  for (const { prompt, gold } of linesOf<Text>('pii-dev/pii-anon.jsonl')) {
    const wanted = gold.flatMap(([start, end, type]) =>
      IN_RUNNING_TEXT[type] === undefined ? [] : [`${start} ${end} ${IN_RUNNING_TEXT[type]}`],
    )
    const found = new Set(
      inCodePoints(prompt, recognise(prompt)).map(({ start, end, entity }) => `${start} ${end} ${entity}`),
    )
    total.found += found.size
    total.gold += wanted.length
    for (const span of wanted) {
      const entity = span.split(' ')[2] ?? ''
      const share = recall.get(entity) ?? { right: 0, gold: 0 }
      recall.set(entity, share)
      share.gold += 1
      if (!found.has(span)) continue
      share.right += 1
      total.right += 1
    }
  }
  const recallOf = (entity: string): number =>
    (recall.get(entity)?.right ?? 0) / (recall.get(entity)?.gold ?? 0)
  return [
    {
      what: 'running text, strict micro F1',
      unit: '',
      measured: (2 * total.right) / (total.found + total.gold),
      least: 0.85,
    },
    { what: '  precision', unit: '', measured: total.right / total.found },
    { what: '  recall', unit: '', measured: total.right / total.gold },
    {
      what: '  cards, recall',
      unit: `share of ${recall.get('CREDIT_CARD')?.gold ?? 0}`,
      measured: recallOf('CREDIT_CARD'),
      least: 0.97,
    },
    {
      what: '  phones, recall',
      unit: `share of ${recall.get('PHONE_NUMBER')?.gold ?? 0}`,
      measured: recallOf('PHONE_NUMBER'),
      least: 0.8,
    },
  ]
}

type Item = { readonly prompt?: string; readonly text?: string; readonly options?: object | null }

/** Exam questions and abstracts: dates and addresses of web sites in them count as alarms, although they are what they are. */
function cleanTexts(): readonly string[] {
  const folders = ['pubmedqa', 'zeroeval-gsm', 'mmlu-pro', 'mirage-exams']
  const files = folders
    .filter((folder) => existsSync(`${FOLDER}/${folder}`))
    .flatMap((folder) =>
      readdirSync(`${FOLDER}/${folder}`)
        .filter((file) => /^(items|documents)\./.test(file))
        .map((file) => `${folder}/${file}`),
    )
  return files.flatMap((file) =>
    linesOf<Item>(file).map(({ text = '', prompt = '', options: choices }) =>
      [text, prompt, ...Object.values(choices ?? {})].join('\n'),
    ),
  )
}

function falseAlarms(): Measured {
  const recognise = createRecognise()
  const texts = cleanTexts()
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
  const alarms = texts.reduce((sum, text) => sum + recognise(text).length, 0)
  return {
    what: 'alarms in texts without personal data',
    unit: `per 10 kB (${(bytes / 1e6).toFixed(1)} MB)`,
    measured: (alarms / bytes) * 10_000,
    bar: 1,
  }
}

/** Processor time of this thread: the machine may be busy with something else. */
function megabytesPerSecond(texts: readonly string[], rounds: number): number {
  const recognise = createRecognise()
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
  const once = (): number => {
    const before = process.threadCpuUsage()
    for (const text of texts) recognise(text)
    const { user, system } = process.threadCpuUsage(before)
    return bytes / (user + system)
  }
  // The first rounds build the automaton and are compiled; a gateway has that behind it after its first requests.
  return Array.from({ length: rounds }, once).reduce((best, rate) => Math.max(best, rate))
}

function speedRows(): readonly Measured[] {
  const rounds = options.quick ? 2 : 8
  const note = readFileSync(new URL('../docs/protocols.md', import.meta.url), 'utf8')
  const dense = Array.from({ length: 400 }, (_, number) => DENSE.replace('0', String(number)))
  const measured: Measured[] = [
    {
      what: 'speed, prose',
      unit: 'MB/s',
      measured: megabytesPerSecond(
        Array.from({ length: 20 }, () => note),
        rounds,
      ),
      least: 5,
    },
    {
      what: 'speed, a record of personal data in every line',
      unit: 'MB/s',
      measured: megabytesPerSecond(dense, rounds),
    },
  ]
  if (!existsSync(`${FOLDER}/pii-dev`)) return measured
  const texts = linesOf<Text>('pii-dev/pii-anon.jsonl').map(({ prompt }) => prompt)
  return [
    ...measured,
    {
      what: 'speed, texts in sixty languages, five finds in each',
      unit: 'MB/s',
      measured: megabytesPerSecond(texts, rounds),
    },
  ]
}

function adversarialRows(): readonly Measured[] {
  const recognise = createRecognise()
  recognise(DENSE)
  let slowest = { name: '', seconds: 0 }
  for (const [name, text] of adversarialTexts(options.quick ? 100_000 : 1_000_000)) {
    const before = process.threadCpuUsage()
    recognise(text)
    const { user, system } = process.threadCpuUsage(before)
    const seconds = (user + system) / 1e6
    if (seconds > slowest.seconds) slowest = { name, seconds }
  }
  return [{ what: `slowest megabyte (${slowest.name})`, unit: 's', measured: slowest.seconds, bar: 1 }]
}
