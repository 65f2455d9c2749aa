import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { seededRandom, shuffledIndices } from '../../evidence/seeded-random.ts'
import { evaluateRouter, routerJson, type LabelledPrompts, type RouterReport } from './evaluate-router.ts'

/** Time of this thread, not of the wall: the machine may be busy with something else. */
const clock = { monotonic: (): number => process.threadCpuUsage().user / 1_000 }

function evaluated(train: LabelledPrompts, test: LabelledPrompts, rounds = 400): RouterReport {
  return evaluateRouter({ train, test, weak: 'w', strong: 's', seed: 1, clock, bootstrapRounds: rounds })
}

const WORDS = ['river', 'prime', 'lion', 'matrix', 'ring', 'poem', 'star', 'sum', 'road', 'wave']

/** `tells`: whether the first word says on which prompts the strong model is better. */
function made(n: number, seed: number, tells: boolean): LabelledPrompts {
  const random = seededRandom(seed)
  const hard = Array.from({ length: n }, () => random.unit() < 0.4)
  const word = (): string => WORDS[random.below(WORDS.length)] ?? ''
  const prompts = hard.map((isHard) => `${isHard && tells ? 'prove' : 'name'} the ${word()} of a ${word()}`)
  return {
    prompts,
    scores: { weak: hard.map((isHard) => (isHard ? 0 : 1)), strong: hard.map(() => 1) },
  }
}

test('a router that has learned something is called better, one that has not is not', () => {
  const learned = evaluated(made(200, 1, true), made(200, 2, true))
  expect(learned.better).toBe(true)
  expect(learned.apgr).toBeGreaterThan(0.75)
  // Both on ten thresholds of their own, so they may differ by where the steps fall.
  expect(learned.oracleApgr).toBeGreaterThan((learned.apgr ?? 1) - 0.01)
  expect(learned.transferWarning).toBeNull()
  const blind = evaluated(made(200, 1, false), made(200, 2, false))
  expect(blind.better).toBe(false)
  expect(blind.because).toMatch(/^Not shown to be better than|^Worse than/)
  expect(blind.apgrInterval?.[0]).toBeLessThan(0.5)
})

test('better is said only when the whole interval against the best baseline is above 0', () => {
  for (let seed = 10; seed < 16; seed += 1) {
    const report = evaluated(made(60, seed, seed % 2 === 0), made(60, seed + 100, seed % 2 === 0), 200)
    const best = report.bestBaseline === null ? null : report.differences[report.bestBaseline]
    expect(report.better).toBe((best?.interval?.[0] ?? 0) > 0)
  }
})

test('without a gap, or with a single item, there are no figures and a reason instead', () => {
  const train = made(50, 1, true)
  const flat = { prompts: ['a', 'b'], scores: { weak: [1, 0], strong: [0, 1] } }
  const report = evaluated(train, flat)
  expect(report).toMatchObject({ apgr: null, cpt50: null, better: false, bestBaseline: null })
  expect(report.because).toContain('no gap')
  expect(evaluated(train, { prompts: ['a'], scores: { weak: [0], strong: [1] } }).apgr).toBe(0.5)
  expect(JSON.stringify(routerJson(report))).not.toContain('NaN')
})

test('the JSON has the fields of the contract, the same for the same seed but for the time', () => {
  const [first, second] = [1, 2].map(() => routerJson(evaluated(made(80, 1, true), made(80, 2, true), 200)))
  expect(Object.keys(first ?? {}).join(' ')).toBe(
    'n_train n_test weak strong apgr apgr_interval cpt50 cpt80 oracle_apgr baselines us_per_prompt ' +
      'transfer_warning details',
  )
  expect(Object.keys(first?.baselines ?? {})).toEqual(['random', 'length', 'category'])
  expect({ ...first, us_per_prompt: 0 }).toEqual({ ...second, us_per_prompt: 0 })
})

test('whole clusters are resampled: copies of a prompt do not narrow the interval', () => {
  const train = made(150, 1, true)
  const once = made(60, 2, true)
  const copies = <T>(values: ArrayLike<T>): T[] =>
    Array.from(values).flatMap((value) => [value, value, value, value])
  const test4 = {
    prompts: copies(once.prompts),
    scores: { weak: copies(once.scores.weak), strong: copies(once.scores.strong) },
  }
  const width = (interval: RouterReport['apgrInterval']): number =>
    (interval?.[1] ?? 0) - (interval?.[0] ?? 0)
  const clusters = copies(Array.from(once.prompts.keys()))
  const clustered = width(evaluated(train, { ...test4, clusters }).apgrInterval)
  expect(clustered).toBeGreaterThan(1.5 * width(evaluated(train, test4).apgrInterval))
})

/** Public outcome tables are too large for the repository; where they are kept is a matter of the machine. */
const FOLDER = process.env['MUSIVUM_TABLES'] ?? new URL('../../../../shared/data', import.meta.url).pathname
const REASON = 'the outcome tables are not on this machine (MUSIVUM_TABLES names their folder)'
const absent = (folder: string): boolean => !existsSync(`${FOLDER}/${folder}`)

type Item = { readonly item: string; readonly prompt: string; readonly category?: string }
type Row = { readonly item: string; readonly model: string; readonly score: number }

function linesOf<T>(file: string): T[] {
  const bytes = readFileSync(`${FOLDER}/${file}`)
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString().trimEnd()
  return text.split('\n').map((line) => JSON.parse(line) as T)
}

function labelled(folder: string, weak: string, strong: string): LabelledPrompts {
  const end = existsSync(`${FOLDER}/${folder}/items.jsonl`) ? '' : '.gz'
  const rows = linesOf<Row>(`${folder}/outcomes.jsonl.gz`)
  const scoresOf = (model: string): Map<string, number> =>
    new Map(rows.filter((row) => row.model === model).map((row) => [row.item, row.score]))
  const [low, high] = [scoresOf(weak), scoresOf(strong)]
  const items = linesOf<Item>(`${folder}/items.jsonl${end}`).filter(
    ({ item }) => low.has(item) && high.has(item),
  )
  const categorised = items.some(({ category }) => category !== undefined)
  return {
    prompts: items.map(({ prompt }) => prompt),
    ...(categorised && { categories: items.map(({ category }) => category) }),
    scores: {
      weak: items.map(({ item }) => low.get(item) ?? 0),
      strong: items.map(({ item }) => high.get(item) ?? 0),
    },
  }
}

/** `n` training prompts at random, the rest to test on. */
function split(all: LabelledPrompts, n: number): readonly [LabelledPrompts, LabelledPrompts] {
  const order = shuffledIndices(all.prompts.length, seededRandom(1))
  const pick = (places: Uint32Array): LabelledPrompts => ({
    prompts: Array.from(places, (place) => all.prompts[place] ?? ''),
    ...(all.categories !== undefined && {
      categories: Array.from(places, (place) => all.categories?.[place]),
    }),
    scores: {
      weak: Array.from(places, (place) => all.scores.weak[place] ?? 0),
      strong: Array.from(places, (place) => all.scores.strong[place] ?? 0),
    },
  })
  return [pick(order.slice(0, n)), pick(order.slice(n))]
}

// Six fits on 1,500 prompts take 4 s of processor time, which a machine busy with other tests may take long to give.
const PATIENT = { timeout: 120_000 }

describe.skipIf(absent('mmlu-pro') || absent('zeroeval-gsm'))(`real tables (${REASON})`, PATIENT, () => {
  test('MMLU-Pro, 1,500 labels: above every baseline, in less than a millisecond a prompt', () => {
    const all = labelled('mmlu-pro', 'mathstral-7B', 'Qwen1.5-110B')
    const report = evaluated(...split(all, 1_500))
    expect(report.apgr).toBeGreaterThan(0.63)
    expect(report.differences.length?.interval?.[0]).toBeGreaterThan(0)
    expect(report.better).toBe(true)
    expect(report.transferWarning).toBeNull()
    expect(report.usPerPrompt).toBeLessThan(1_000)
  })

  test('trained on MMLU-Pro and tried on GSM8K: the warning is given, and the router is not called better', () => {
    const [train] = split(labelled('mmlu-pro', 'Meta-Llama-3-8B', 'Meta-Llama-3_1-70B-Instruct'), 400)
    const report = evaluated(train, labelled('zeroeval-gsm', 'Qwen2-7B-Instruct', 'Qwen2-72B-Instruct'))
    expect(report.transferWarning).toMatch(/Trained on other prompts than it is tested on/)
    expect(report.better).toBe(false)
  })
})
