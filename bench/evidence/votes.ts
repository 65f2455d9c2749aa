import { gunzipSync } from 'node:zlib'
import { readFileSync } from 'node:fs'
import {
  combineRecorded,
  type CombinationResult,
  type CombineMethod,
} from '../../src/combine/recorded/combine-recorded.ts'
import { evidenceOptions, publishFigures } from './lib/bars.ts'
import { FOLDER, readTask, requireTables } from './lib/tables.ts'

const HELP = `GSM8K, five open models of at most 9B: what \`combine\` says of a vote and of a sequential vote, beside a count of
the same file that shares no code with it.

  node bench/evidence/votes.ts [--json] [--gate]`

const FILE = 'zeroeval-gsm/outcomes.jsonl.gz'
const MEMBERS = [
  'gemma-2-9b-it',
  'Meta-Llama-3.1-8B-Instruct',
  'Meta-Llama-3-8B-Instruct',
  'Qwen2-7B-Instruct',
  'Yi-1.5-9B-Chat',
]

const options = evidenceOptions(HELP)
requireTables(FILE)
const view = await readTask(FILE)
const exact = countByHand()
const [vote, sequential] = [resultOf('vote'), resultOf('sequential')]
const best = `best member ${(100 * vote.bestSingle.accuracy).toFixed(1)} %`

publishFigures(
  {
    bench: 'votes',
    figures: [
      { what: 'vote of five, accuracy', figure: 100 * vote.accuracy, unit: '%', beside: best },
      {
        what: 'vote: distance to the exact count',
        figure: 100 * Math.abs(vote.accuracy - exact.vote),
        unit: 'points',
        atMost: 0.5,
      },
      { what: 'sequential vote, accuracy', figure: 100 * sequential.accuracy, unit: '%', beside: best },
      {
        what: 'sequential vote: distance to the exact count',
        figure: 100 * Math.abs(sequential.accuracy - exact.sequential),
        unit: 'points',
        atMost: 0.5,
      },
      {
        what: 'sequential vote: calls per item',
        figure: sequential.callsMean,
        unit: 'calls',
        atMost: 2.5,
        beside: `exact count ${exact.calls.toFixed(3)}`,
      },
    ],
  },
  options,
)

function resultOf(method: CombineMethod): CombinationResult {
  const result = combineRecorded(view, { method, members: MEMBERS })
  if (result.kind !== 'result') throw new Error(result.problem)
  return result
}

type Row = { readonly item: string; readonly model: string; readonly score: number; readonly answer: string }

/** Plain counting over the lines of the file: numbers are equal when JavaScript says so. */
function countByHand(): { vote: number; sequential: number; calls: number } {
  const lines = gunzipSync(readFileSync(`${FOLDER}/${FILE}`))
    .toString()
    .trimEnd()
    .split('\n')
  const byItem = Map.groupBy(
    lines.map((line) => JSON.parse(line) as Row),
    ({ item }) => item,
  )
  const sums = { vote: 0, sequential: 0, calls: 0 }
  for (const rows of byItem.values()) {
    const own = MEMBERS.flatMap((model) => rows.filter((row) => row.model === model))
    const given = own.filter(({ answer }) => answer !== '')
    const votes = (row: Row, among: readonly Row[]): number =>
      among.filter(({ answer }) => answer !== '' && Number(answer) === Number(row.answer)).length
    const most = Math.max(...given.map((row) => votes(row, given)))
    sums.vote += given.find((row) => votes(row, given) === most)?.score ?? 0
    const stop = own.findIndex((row, place) => row.answer !== '' && votes(row, own.slice(0, place + 1)) === 2)
    sums.sequential += (stop === -1 ? given[0] : own[stop])?.score ?? 0
    sums.calls += stop === -1 ? MEMBERS.length : stop + 1
  }
  const { vote, sequential, calls } = sums
  return { vote: vote / byItem.size, sequential: sequential / byItem.size, calls: calls / byItem.size }
}
