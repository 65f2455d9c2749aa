import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { compare } from '../../evidence/comparison.ts'
import { createOutcomeTable, type TaskView } from '../../evidence/outcome-table.ts'
import { parseOutcomeLine } from '../../evidence/outcome.ts'
import { pairScores } from '../../evidence/pairing.ts'
import { seededRandom } from '../../evidence/seeded-random.ts'
import { cascadeCurve } from './agreement-cascade.ts'
import { combineRecorded, type Combination, type CombinationResult } from './combine-recorded.ts'
import { majorityVote } from './majority-vote.ts'
import { recordTask } from './recorded-task.ts'

/** Public outcome tables are too large for the repository; where they are kept is a matter of the machine. */
const FOLDER = process.env['MUSIVUM_TABLES'] ?? new URL('../../../../shared/data', import.meta.url).pathname
const REASON = 'the outcome tables are not on this machine (MUSIVUM_TABLES names their folder)'
const absent = (folder: string): boolean => !existsSync(`${FOLDER}/${folder}`)

type Row = { readonly item: string; readonly model: string; readonly score: number; readonly answer: string }

function linesOf(file: string): readonly string[] {
  return gunzipSync(readFileSync(`${FOLDER}/${file}`))
    .toString()
    .trimEnd()
    .split('\n')
}

function viewOf(file: string): TaskView {
  const table = createOutcomeTable({ keepAnswers: true })
  for (const [index, line] of linesOf(file).entries()) {
    const where = { file, line: index + 1 }
    const parsed = parseOutcomeLine(line, where)
    if (parsed.kind === 'outcome') table.add(parsed.outcome, where)
  }
  return table.task(table.tasks()[0] ?? '')
}

function resultOf(view: TaskView, combination: Combination): CombinationResult {
  const result = combineRecorded(view, combination)
  if (result.kind !== 'result') throw new Error(result.problem)
  return result
}

describe.skipIf(absent('zeroeval-gsm'))(`GSM8K, five open models of at most 9B (${REASON})`, () => {
  const file = 'zeroeval-gsm/outcomes.jsonl.gz'
  const members = [
    'gemma-2-9b-it',
    'Meta-Llama-3.1-8B-Instruct',
    'Meta-Llama-3-8B-Instruct',
    'Qwen2-7B-Instruct',
    'Yi-1.5-9B-Chat',
  ]

  test('vote and sequential vote equal a plain count, in at most 2.5 calls', () => {
    const view = viewOf(file)
    const byItem = Map.groupBy(
      linesOf(file).map((line) => JSON.parse(line) as Row),
      (row) => row.item,
    )
    const counts = { vote: 0, sequential: 0, calls: 0, n: 0 }
    for (const rows of byItem.values()) {
      const own = members
        .map((model) => rows.find((row) => row.model === model))
        .filter((row) => row !== undefined)
      const given = own.filter((row) => row.answer !== '')
      const votes = (row: Row, among: readonly Row[]): number =>
        among.filter((other) => Number(other.answer) === Number(row.answer)).length
      const most = Math.max(...given.map((row) => votes(row, given)))
      counts.vote += given.find((row) => votes(row, given) === most)?.score ?? 0
      const stop = own.findIndex(
        (row, place) => row.answer !== '' && votes(row, own.slice(0, place + 1)) === 2,
      )
      counts.sequential += (stop === -1 ? given[0] : own[stop])?.score ?? 0
      counts.calls += stop === -1 ? members.length : stop + 1
      counts.n += 1
    }
    const vote = resultOf(view, { method: 'vote', members })
    const sequential = resultOf(view, { method: 'sequential', members })
    expect(vote.accuracy).toBeCloseTo(counts.vote / counts.n, 10)
    expect(sequential.accuracy).toBeCloseTo(counts.sequential / counts.n, 10)
    expect(sequential.callsMean).toBeCloseTo(counts.calls / counts.n, 10)
    expect(sequential.callsMean).toBeLessThanOrEqual(2.5)
    expect([vote.promoted, sequential.promoted]).toEqual([true, true])
  })

  test('two small models that agree spare four of five calls to the large one', () => {
    const result = resultOf(viewOf(file), {
      method: 'cascade',
      members: ['gemma-2-9b-it', 'Meta-Llama-3.1-8B-Instruct'],
      escalate: 'gpt-4o-2024-08-06',
    })
    expect(result.escalatedShare).toBeLessThan(0.25)
    expect(result.differenceToReference?.mean ?? -1).toBeGreaterThan(-0.02)
  })

  test('a strong model among weak ones: the plain vote is not promoted', () => {
    const pool = ['gemma-2-9b-it', 'gemma-2-2b-it', 'command-r', 'Mixtral-8x7B-Instruct-v0.1']
    expect(resultOf(viewOf(file), { method: 'vote', members: pool }).promoted).toBe(false)
  })
})

test.skipIf(absent('mmlu-pro'))(
  `MMLU-Pro: thirteen unequal open models dilute the best one (${REASON})`,
  () => {
    const view = viewOf('mmlu-pro/outcomes.jsonl.gz')
    const vote = resultOf(view, { method: 'vote', members: view.models })
    expect(vote.promoted).toBe(false)
    expect(vote.differenceToBest.interval?.[1]).toBeLessThan(0)
  },
)

test('12,000 items and 29 models: all pairs, a vote and a cascade curve within five seconds of processor time', () => {
  const heldBefore = process.memoryUsage().rss
  const random = seededRandom(1)
  const models = Array.from({ length: 29 }, (_, place) => `m${place}`)
  const table = createOutcomeTable({ keepAnswers: true })
  for (let item = 0; item < 12_000; item += 1)
    for (const [place, model] of models.entries()) {
      const right = random.unit() < 0.4 + place / 100
      const answer = right ? 'A' : 'BCDEFGHIJ'.charAt(random.below(9))
      table.add({ task: 't', item: `i${item}`, model, score: right ? 1 : 0, answer }, { file: 'f', line: 1 })
    }
  const view = table.task('t')
  const before = process.cpuUsage()
  const task = recordTask(view, { members: models.slice(0, 28), escalate: 'm28' })
  const columns = [...task.members, ...(task.escalate === null ? [] : [task.escalate])]
  let comparisons = 0
  for (const [place, candidate] of columns.entries())
    for (const reference of columns.slice(place + 1))
      comparisons += compare(pairScores('t', candidate, reference), { margin: 0.02 }).n === 12_000 ? 1 : 0
  const vote = majorityVote(task)
  const curve = task.escalate === null ? [] : cascadeCurve(task, task.escalate)
  const { user, system } = process.cpuUsage(before)
  expect([comparisons, vote.scores.length, curve.length]).toEqual([406, 12_000, 29])
  console.info(`all pairs, vote and curve: ${Math.round((user + system) / 1000)} ms of processor time`)
  expect(user + system).toBeLessThan(5_000_000)
  // With the table itself; what the test runner held before is not ours.
  expect(process.memoryUsage().rss - heldBefore).toBeLessThan(500e6)
})
