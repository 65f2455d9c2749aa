import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseOutcomeLine, type Outcome } from '../../evidence/outcome.ts'
import { seededRandom, shuffledIndices } from '../../evidence/seeded-random.ts'
import { buildReport } from './build-report.ts'
import { said, taskOf, twoSmallOnesAndAReference, viewOf, type Did } from './report.fixture.ts'
import type { Report, TaskReport } from './report.ts'
import { plain } from './words.ts'

function only(report: Report): TaskReport {
  const [task] = report.tasks
  if (task === undefined) throw new Error('the report has no task')
  return task
}

function sentences(task: TaskReport): readonly string[] {
  return task.contenders.map(({ sentence }) => plain(sentence))
}

describe('the verdict in words', () => {
  const task = only(
    buildReport([taskOf(1000, twoSmallOnesAndAReference)], { reference: 'r', members: ['a', 'b'] }),
  )

  test('a cascade that is good enough says what it scores, what is proven, and what it saves', () => {
    expect(sentences(task)[0]).toBe(
      'a + b, escalating 19 % to r: 96.7 % against 97.2 %. Proven no worse than 2 points (95 %). Saves 81 % of the calls to r.',
    )
    expect(task.best).toBe(task.contenders[0])
  })

  test('a model that is worse says by more than how much', () => {
    expect(sentences(task)).toContain(
      'a instead of r: 88.5 % against 97.2 %. Proven worse by more than 2 points (95 %).',
    )
  })

  test('what is not proven says what the set could have shown, and how many more items a verdict takes', () => {
    const coins = only(
      buildReport(
        [taskOf(200, { r: (item) => said(item % 20 !== 0, 'no'), c: (item) => said(item % 20 !== 1, 'no') })],
        { reference: 'r' },
      ),
    )
    expect(sentences(coins)).toEqual([
      'c instead of r: 95.0 % against 95.0 %. Not proven: this set can detect ±5.6 points; about 1,300 more items would decide, if the two are equal.',
    ])
    expect(coins.best).toBeNull()
  })

  test('one item, or none in common, is said to be too few and never a verdict', () => {
    const one = buildReport([taskOf(1, { r: () => 1, c: () => 1 })], { reference: 'r' })
    expect(sentences(only(one))[0]).toMatch(/^c instead of r: 100\.0 % against 100\.0 %\. Not proven: /)
    const apart = taskOf(4, {
      r: (item) => (item < 2 ? 1 : undefined),
      c: (item) => (item < 2 ? undefined : 1),
    })
    expect(sentences(only(buildReport([apart], { reference: 'r' })))).toEqual([
      'c instead of r: no item has an outcome of both, so nothing can be said.',
    ])
  })

  test('a margin of 0 is not promised a verdict by more items', () => {
    const equal = taskOf(100, { r: (item) => Number(item % 3 > 0), c: (item) => Number(item % 3 > 0) })
    expect(sentences(only(buildReport([equal], { reference: 'r', margin: 0 })))[0]).toMatch(
      /at a margin of 0 points no number of items proves two equal models equal\.$/,
    )
  })

  test('costs are told where they are known, and own weights send no bill', () => {
    const priced =
      (costUsd: number) =>
      (item: number): Did => ({ score: Number(item % 50 > 0), costUsd })
    const view = taskOf(600, { r: priced(0.0024), hosted: priced(0.0003), own: priced(0) })
    const found = only(buildReport([view], { reference: 'r' }))
    expect(sentences(found)).toEqual([
      'hosted instead of r: 98.0 % against 98.0 %. Proven no worse than 2 points (95 %). Saves all calls to r. Costs $0.30 instead of $2.40 per 1,000 items.',
      'own instead of r: 98.0 % against 98.0 %. Proven no worse than 2 points (95 %). Saves all calls to r. No bill: own weights.',
    ])
    expect(found.best?.name).toBe('own')
  })
})

describe('many comparisons', () => {
  test('a verdict that only its luck among thirty carries is not called proven', () => {
    const random = seededRandom(7)
    const flips = Array.from({ length: 31 }, () => Array.from({ length: 300 }, () => random.unit() < 0.95))
    const deeds = Object.fromEntries(
      flips.map((flip, model) => [model === 0 ? 'r' : `m${model}`, (item: number) => Number(flip[item])]),
    )
    const report = buildReport([taskOf(300, deeds)], { reference: 'r', margin: 0.04 })
    const claims = only(report).contenders.map(({ claim }) => claim)
    const alone = only(report).contenders.filter(({ comparison }) => comparison.verdict !== 'undecided')
    expect(report.comparisons).toBe(30)
    expect(alone.length).toBeGreaterThan(0)
    expect(claims.filter((claim) => claim === 'better' || claim === 'no-worse').length).toBeLessThan(
      alone.length,
    )
    expect(sentences(only(report)).join('\n')).toMatch(
      /Not proven among 30 comparisons; as the only question it would be proven no worse than 4 points/,
    )
  })

  test('the comparisons of all tasks are read together', () => {
    const tasks = ['t', 'u', 'v'].map((name) => taskOf(1000, twoSmallOnesAndAReference, name))
    const report = buildReport(tasks, { reference: 'r', members: ['a', 'b'] })
    expect(report.comparisons).toBe(9)
    expect(report.tasks.map(({ task }) => task)).toEqual(['t', 'u', 'v'])
  })
})

describe('combinations', () => {
  test('a vote that beats none of its members is never the one to take, proven or not', () => {
    const deeds = {
      r: (item: number) => said(item % 10 > 0, 'no'),
      good: (item: number) => said(item % 10 > 0, 'no'),
      weak: (item: number) => said(item % 2 > 0, 'nay'),
      poor: (item: number) => said(item % 3 > 0, 'neither'),
    }
    const task = only(
      buildReport([taskOf(900, deeds)], { reference: 'r', members: ['good', 'weak', 'poor'] }),
    )
    const vote = task.contenders.find(({ label }) => label === 'vote of 3')
    expect(vote?.combination?.promoted).toBe(false)
    expect(plain(vote?.sentence ?? [])).toMatch(
      /Not promoted: it is not shown to be better than good alone\.$/,
    )
    expect(task.best?.name).toBe('good')
  })

  test('the certified point of a cascade lies on its curve where a majority decides', () => {
    const { cascade } = only(
      buildReport([taskOf(1000, twoSmallOnesAndAReference)], { reference: 'r', members: ['a', 'b'] }),
    )
    expect(cascade?.steps.map(({ agree }) => agree)).toEqual([1, 2, 3])
    expect(cascade?.certification.certified).toBe(true)
    const step = cascade?.steps.find(({ agree }) => agree === cascade.certified?.agree)
    expect(step).toMatchObject({ agree: 2, escalatedShare: 0.19, accuracy: 0.967 })
    expect(cascade?.certified).toEqual({ agree: 2, escalatedShare: 0.19, accuracy: 0.967 })
  })

  test('two members get no vote, and the reference is no member', () => {
    const view = taskOf(100, twoSmallOnesAndAReference)
    const task = only(buildReport([view], { reference: 'r', members: ['a', 'b'] }))
    expect(task.contenders.filter(({ kind }) => kind === 'plan')).toHaveLength(1)
    expect(task.notComputed).toContain('No vote was computed, because two members cannot outvote each other.')
    expect(() => buildReport([view], { reference: 'r', members: ['a', 'r'] })).toThrow(TypeError)
  })

  test('a cascade waits for one member after the other, a vote for the slowest', () => {
    const slow =
      (ms: number, right: (item: number) => boolean) =>
      (item: number): Did => ({
        ...(said(right(item), `no-${ms}`) as { score: number }),
        latencyMs: ms,
      })
    const deeds = {
      r: slow(500, () => true),
      a: slow(100, () => true),
      b: slow(30, () => true),
      c: slow(200, () => true),
    }
    const task = only(buildReport([taskOf(60, deeds)], { reference: 'r', members: ['a', 'b', 'c'] }))
    const waits = new Map(task.contenders.map(({ label, latencyP50Ms }) => [label, latencyP50Ms]))
    expect(waits.get('vote of 3')).toBe(200)
    expect(waits.get('ask until two agree')).toBe(130)
    expect(waits.get('cascade, all 3 agree')).toBe(330)
  })
})

describe('what else is in it', () => {
  test('the frontier keeps what nothing beats, and knows no cost of what has none', () => {
    const at =
      (score: number, costUsd?: number) =>
      (item: number): Did => ({
        score: Number(item < score),
        ...(costUsd !== undefined && { costUsd }),
      })
    const view = taskOf(100, {
      r: at(90, 9),
      cheap: at(80, 1),
      dear: at(70, 5),
      own: at(60, 0),
      unknown: at(99),
    })
    const { frontier, notComputed } = only(buildReport([view], { reference: 'r' }))
    expect(frontier.filter(({ best }) => best.onCost).map(({ name }) => name)).toEqual(['r', 'cheap', 'own'])
    expect(frontier.find(({ name }) => name === 'unknown')?.costUsd).toBeNull()
    expect(notComputed).toContain(
      'The frontier of cost leaves out "unknown", of which the cost is not known.',
    )
  })

  test('models that find no answer do not agree about it', () => {
    const view = taskOf(10, {
      r: (item) => ({ score: 1, answer: item < 6 ? '1,000' : '' }),
      c: (item) => ({ score: 1, answer: item < 5 ? '1000.0' : '' }),
    })
    expect(only(buildReport([view], { reference: 'r' })).agreement).toEqual({
      kind: 'answers',
      models: ['r', 'c'],
      shares: [
        [1, 0.5],
        [0.5, 1],
      ],
    })
  })

  test('each slice is compared by itself, plans too, the largest slice first', () => {
    const deeds = Object.fromEntries(
      Object.entries(twoSmallOnesAndAReference).map(([model, deed]) => [
        model,
        (item: number): Did => ({
          ...(deed(item) as { score: number }),
          ...(item < 400 && { lang: item < 300 ? 'en' : 'mr' }),
        }),
      ]),
    )
    const task = only(buildReport([taskOf(1000, deeds)], { reference: 'r', members: ['a', 'b'], by: 'lang' }))
    expect(task.slices.map(({ slice, items }) => [slice.value, items])).toEqual([
      [null, 600],
      ['en', 300],
      ['mr', 100],
    ])
    for (const { cells, items } of task.slices) {
      expect(cells.map(({ name }) => name)).toEqual(task.contenders.map(({ name }) => name))
      expect(cells.every(({ comparison }) => comparison.n === items)).toBe(true)
    }
  })

  test('the hash is that of the outcomes, whatever the order of the rows, and of nothing else', () => {
    const path = new URL('../../../models/starter/outcomes.jsonl', import.meta.url)
    const outcomes = readFileSync(path, 'utf8')
      .split('\n')
      .flatMap((line): readonly Outcome[] => {
        const parsed = parseOutcomeLine(line, { file: 'outcomes.jsonl', line: 1 })
        return parsed.kind === 'outcome' ? [parsed.outcome] : []
      })
      .filter(({ task }) => task === 'triage')
    const order = shuffledIndices(outcomes.length, seededRandom(3))
    const shuffled = Array.from(order, (place) => outcomes[place]).filter((each) => each !== undefined)
    const hash = (rows: readonly Outcome[]) =>
      only(buildReport([viewOf(rows, 'triage')], { reference: 'l' })).dataSha256
    expect(shuffled).toHaveLength(1200)
    expect(hash(shuffled)).toBe(hash(outcomes))
    const [first, ...rest] = outcomes
    if (first === undefined) throw new Error('no outcomes')
    expect(hash([{ ...first, score: 1 - first.score }, ...rest])).not.toBe(hash(outcomes))
  })

  test('a task without the reference, and a candidate without outcomes, are said and not left out in silence', () => {
    const views = [taskOf(5, { c: () => 1 }), taskOf(5, { r: () => 1 }, 'u')]
    const report = buildReport(views, { reference: 'r', candidates: ['c', 'd'] })
    expect(report.tasks.map(({ contenders }) => contenders)).toEqual([[], []])
    expect(report.tasks[0]?.notComputed).toContain(
      'Nothing was compared, because the task has no outcomes of the reference "r".',
    )
    expect(report.tasks[1]?.notComputed).toEqual(
      expect.arrayContaining([
        '"c" was not compared, because the task has no outcomes of it.',
        'Nothing was compared, because the task has outcomes of the reference only.',
      ]),
    )
  })
})
