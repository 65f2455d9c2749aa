import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { beforeEach, describe, expect, test } from 'vitest'
import { certify, type CertificateRequest } from './certificate.ts'
import { compare } from './comparison.ts'
import { isShown, seePair, watchPairs } from './e-process.ts'
import { createOutcomeTable, type TaskView } from './outcome-table.ts'
import { parseOutcomeLine } from './outcome.ts'
import { differencesOf, pairColumns } from './pairing.ts'
import { ppiMean } from './ppi.ts'
import { seededRandom, shuffledIndices } from './seeded-random.ts'

/** Public outcome tables are too large for the repository; where they are kept is a matter of the machine. */
const FOLDER = process.env['MUSIVUM_TABLES'] ?? new URL('../../../shared/data', import.meta.url).pathname
const absent = (folder: string): boolean => !existsSync(`${FOLDER}/${folder}`)
const REASON = 'the outcome tables are not on this machine (MUSIVUM_TABLES names their folder)'

function read(path: string): TaskView {
  const table = createOutcomeTable({ keepAnswers: true })
  for (const file of path.split('+')) {
    const bytes = readFileSync(`${FOLDER}/${file}`)
    const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()
    for (const [index, line] of text.split('\n').entries()) {
      const where = { file, line: index + 1 }
      const parsed = parseOutcomeLine(line, where)
      if (parsed.kind === 'problem') throw new Error(parsed.problem)
      const problem = parsed.kind === 'outcome' ? table.add(parsed.outcome, where) : undefined
      if (problem !== undefined) throw new Error(problem)
    }
  }
  const [task] = table.tasks()
  return table.task(task ?? '')
}

test('the starter family: the large toy against a small one, as a plain count has it', () => {
  const path = new URL('../../models/starter/outcomes.jsonl', import.meta.url)
  const table = createOutcomeTable()
  const right: Record<string, number> = { l: 0, s1: 0 }
  for (const [index, line] of readFileSync(path, 'utf8').split('\n').entries()) {
    const where = { file: 'outcomes.jsonl', line: index + 1 }
    const parsed = parseOutcomeLine(line, where)
    expect(parsed.kind).not.toBe('problem')
    if (parsed.kind !== 'outcome') continue
    expect(table.add(parsed.outcome, where)).toBeUndefined()
    const { task, model, score } = parsed.outcome
    if (task === 'triage') right[model] = (right[model] ?? 0) + score
  }
  const comparison = compare(pairColumns(table.task('triage'), 'l', 's1'), { margin: 0.05 })
  expect([table.rows(), comparison.n, comparison.missing]).toEqual([6000, 240, []])
  expect(comparison.difference.mean).toBeCloseTo(((right['l'] ?? 0) - (right['s1'] ?? 0)) / 240, 12)
})

/** One certification problem: what each item scores on both sides, and how strongly it should go to the reference. */
type Population = Pick<CertificateRequest, 'task' | 'reference' | 'cheap'> & {
  readonly scores: readonly number[]
  readonly referenceOutcomes: readonly number[]
  readonly cheapOutcomes: readonly number[]
}

/** The share of members that do not give the most frequent answer; the cheap outcome is that of the plurality. */
function agreementCascade(view: TaskView, members: readonly string[], reference: string): Population {
  const columns = members.map((model) => view.column(model))
  const strong = view.column(reference)
  const places = [...view.items.keys()].filter((place) =>
    [strong, ...columns].every((column) => (column.samples[place] ?? 0) > 0),
  )
  const voted = places.map((place) => vote(columns.map((column) => column.answers?.[place] ?? '')))
  return {
    task: view.task,
    reference,
    cheap: members.join(' + '),
    scores: voted.map(({ votes }, index) => 1 - votes / members.length + tieBreak(index)),
    referenceOutcomes: places.map((place) => strong.scores[place] ?? 0),
    cheapOutcomes: places.map((place, index) => columns[voted[index]?.member ?? 0]?.scores[place] ?? 0),
  }
}

/** Members that agree are many; spread out below a hundredth the score still has forty quantiles. */
function tieBreak(index: number): number {
  return ((index * 7919) % 10_007) / 1_000_700
}

function vote(answers: readonly string[]): { member: number; votes: number } {
  const counts = answers.map((answer) =>
    answer === '' ? 0 : answers.filter((other) => other === answer).length,
  )
  const votes = Math.max(...counts)
  return { member: Math.max(0, counts.indexOf(votes)), votes }
}

/** Share of 200 samples, drawn with replacement from the table, whose certificate is wrong about the whole table. */
function redraws(
  population: Population,
  n: number,
  epsilon: number,
  delta: number,
): { wrong: number; share: number } {
  const size = population.scores.length
  let [wrong, share] = [0, 0]
  for (let draw = 1; draw <= 200; draw += 1) {
    const random = seededRandom(1000 * n + draw)
    const picked = Array.from({ length: n }, () => random.below(size))
    const pick = (column: readonly number[]): number[] => picked.map((place) => column[place] ?? 0)
    const result = certify({
      ...population,
      scores: pick(population.scores),
      referenceOutcomes: pick(population.referenceOutcomes),
      cheapOutcomes: pick(population.cheapOutcomes),
      gridScores: population.scores,
      epsilon,
      delta,
      seed: draw,
    })
    const mixed = trueLossAt(population, result.threshold)
    if (mixed.loss > epsilon) wrong += 1
    share += mixed.share
  }
  return { wrong: wrong / 200, share: share / 200 }
}

function trueLossAt(population: Population, threshold: number | null): { loss: number; share: number } {
  let [loss, strong] = [0, 0]
  for (const [place, score] of population.scores.entries()) {
    if (threshold === null || score >= threshold) strong += 1
    else loss += (population.referenceOutcomes[place] ?? 0) - (population.cheapOutcomes[place] ?? 0)
  }
  return { loss: loss / population.scores.length, share: strong / population.scores.length }
}

/** δ and two standard errors of 200 draws. */
function allowed(delta: number): number {
  return delta + 2 * Math.sqrt((delta * (1 - delta)) / 200)
}

describe('GSM8K outcomes of 44 models', () => {
  beforeEach(({ skip }) => skip(absent('zeroeval-gsm'), REASON))
  const view = absent('zeroeval-gsm') ? undefined : read('zeroeval-gsm/outcomes.jsonl.gz')
  const small = ['gemma-2-9b-it', 'Qwen2-7B-Instruct', 'Meta-Llama-3.1-8B-Instruct']
  const reference = 'gpt-4o-2024-08-06'

  test.each([
    [200, 0.05],
    [500, 0.02],
  ])('certificates from %d items at ε %d hold', (n, epsilon) => {
    if (view === undefined) throw new TypeError('no table')
    const { wrong, share } = redraws(agreementCascade(view, small, reference), n, epsilon, 0.1)
    report(
      `gsm8k ${small.length} members -> ${reference} n ${n} eps ${epsilon}: wrong ${wrong}, strong share ${share.toFixed(3)}`,
    )
    expect(wrong).toBeLessThanOrEqual(allowed(0.1))
  })

  test('pairs with the sides drawn by lot, watched after every item, ring in at most 5 % of runs', () => {
    if (view === undefined) throw new TypeError('no table')
    const differences = differencesOf(pairColumns(view, small[0] ?? '', reference))
    const random = seededRandom(77)
    let alarms = 0
    for (let run = 0; run < 400; run += 1) {
      let watched = watchPairs()
      for (const place of shuffledIndices(differences.length, random)) {
        const difference = (differences[place] ?? 0) * (random.unit() < 0.5 ? 1 : -1)
        watched = seePair(watched, Math.max(0, difference), Math.max(0, -difference))
      }
      if (isShown(watched)) alarms += 1
    }
    report(`gsm8k sign-flipped, watched after every item: ${alarms} alarms in 400 runs`)
    expect(alarms / 400).toBeLessThanOrEqual(0.05)
  })
})

describe('MMLU-Pro outcomes of 15 models', () => {
  beforeEach(({ skip }) => skip(absent('mmlu-pro'), REASON))
  const view = absent('mmlu-pro')
    ? undefined
    : read('mmlu-pro/outcomes.jsonl.gz+mmlu-pro/outcomes-gemini.jsonl')
  const large = [
    'Meta-Llama-3_1-70B-Instruct',
    'Meta-Llama-3-70B',
    'jamba-1.5-large',
    'Qwen1.5-110B',
    'Qwen1.5-72B-Chat',
  ]

  test.each([
    [300, 0.03],
    [800, 0.05],
  ])('certificates from %d items at ε %d hold', (n, epsilon) => {
    if (view === undefined) throw new TypeError('no table')
    const { wrong, share } = redraws(agreementCascade(view, large, 'gemini-1.5-pro-002'), n, epsilon, 0.1)
    report(
      `mmlu-pro ${large.length} members -> gemini-1.5-pro n ${n} eps ${epsilon}: wrong ${wrong}, strong share ${share.toFixed(3)}`,
    )
    expect(wrong).toBeLessThanOrEqual(allowed(0.1))
  })

  test('all pairs of models are compared in seconds', () => {
    if (view === undefined) throw new TypeError('no table')
    const start = performance.now()
    let compared = 0
    for (const [index, candidate] of view.models.entries())
      for (const reference of view.models.slice(index + 1)) {
        const comparison = compare(pairColumns(view, candidate, reference), { margin: 0.03 })
        expect(Math.abs(comparison.difference.mean ?? 2)).toBeLessThan(1)
        compared += 1
      }
    report(
      `mmlu-pro: ${compared} comparisons of ${view.items.length} items in ${Math.round(performance.now() - start)} ms`,
    )
    expect(compared).toBe((view.models.length * (view.models.length - 1)) / 2)
  })
})

describe('exam outcomes of MIRAGE', () => {
  beforeEach(({ skip }) => skip(absent('mirage-exams'), REASON))
  const exams = absent('mirage-exams') ? undefined : tasksOf('mirage-exams/outcomes.jsonl.gz')

  test.each([
    ['mirage-medqa', 1273, -0.174, 0.0135],
    ['mirage-medmcqa', 4183, -0.118, 0.0081],
  ])('%s agrees with the figures measured elsewhere', (task, n, difference, se) => {
    const view = exams?.get(task)
    if (view === undefined) throw new TypeError(`no ${task}`)
    const comparison = compare(pairColumns(view, 'gpt-3.5-turbo-16k/rag32', 'gpt-4-32k/cot'), {
      margin: 0.03,
    })
    expect(comparison).toMatchObject({
      n,
      verdict: 'inferior',
      difference: { mean: expect.closeTo(difference, 3), se: expect.closeTo(se, 4) },
    })
  })

  test.each(['mirage-medqa', 'mirage-medmcqa'])(
    '%s: 100 labels and a biased judge cover the truth',
    (task) => {
      const view = exams?.get(task)
      if (view === undefined) throw new TypeError(`no ${task}`)
      const [subject, judge] = [view.column('gpt-3.5-turbo-16k/rag32'), view.column('gpt-4-32k/cot')]
      const items = view.items.map((_, place) => ({
        human: subject.scores[place] ?? 0,
        judge: subject.answers?.[place] === judge.answers?.[place] ? 1 : 0,
      }))
      const truth = items.reduce((sum, { human }) => sum + human, 0) / items.length
      let [covered, width, plainWidth] = [0, 0, 0]
      for (let replay = 0; replay < 400; replay += 1) {
        const order = shuffledIndices(items.length, seededRandom(replay))
        const drawn = Array.from(order, (place) => items[place] ?? { human: 0, judge: 0 })
        const { interval, plain } = ppiMean(
          drawn.slice(0, 100),
          drawn.slice(100).map((item) => item.judge),
        )
        if (interval !== null && interval[0] <= truth && truth <= interval[1]) covered += 1
        width += interval === null ? 1 : interval[1] - interval[0]
        plainWidth += plain.interval === null ? 1 : plain.interval[1] - plain.interval[0]
      }
      report(
        `${task}: PPI++ coverage ${covered / 400}, width ${(width / 400).toFixed(3)}, labels alone ${(plainWidth / 400).toFixed(3)}`,
      )
      expect(covered / 400).toBeGreaterThanOrEqual(0.92)
      expect(width).toBeLessThan(plainWidth)
    },
  )
})

function tasksOf(file: string): Map<string, TaskView> {
  const table = createOutcomeTable({ keepAnswers: true })
  for (const [index, line] of gunzipSync(readFileSync(`${FOLDER}/${file}`))
    .toString()
    .split('\n')
    .entries()) {
    const parsed = parseOutcomeLine(line, { file, line: index + 1 })
    if (parsed.kind === 'outcome') table.add(parsed.outcome, { file, line: index + 1 })
  }
  return new Map(table.tasks().map((task) => [task, table.task(task)]))
}

/** Figures that a reader of the test's output wants to see; the assertions do not depend on them. */
function report(line: string): void {
  process.stdout.write(`      ${line}\n`)
}
