import { once } from 'node:events'
import { createWriteStream, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cascadeCurve } from '../../src/combine/recorded/agreement-cascade.ts'
import { majorityVote } from '../../src/combine/recorded/majority-vote.ts'
import { recordTask } from '../../src/combine/recorded/recorded-task.ts'
import { readOutcomes } from '../../src/evaluation/read/read-outcomes.ts'
import { compare } from '../../src/evidence/comparison.ts'
import { createOutcomeTable, type TaskView } from '../../src/evidence/outcome-table.ts'
import { pairColumns } from '../../src/evidence/pairing.ts'
import { seededRandom } from '../../src/evidence/seeded-random.ts'
import { answerJobs } from '../lib/child.ts'
import { temporaryFolder } from '../lib/temporary-folder.ts'

/** The process that `scale.ts` measures: one job, then it ends, so that its peak memory is that of the job. */
export type ScaleJob =
  | { readonly kind: 'pairs'; readonly scores: 'binary' | 'graded'; readonly items: number }
  | { readonly kind: 'rows'; readonly form: RowsForm; readonly rows: number }

export type RowsForm = 'models' | 'pairs' | 'distinct'

/** Processor time of the work itself; peak memory of the whole process, with Node.js and the table. */
export type ScaleResult = { readonly cpuSeconds: number; readonly peakBytes: number }

answerJobs<ScaleJob, ScaleResult>((job) =>
  job.kind === 'pairs' ? allPairs(job.scores, job.items) : readRows(job.form, job.rows),
)

const MODELS = 29

async function allPairs(scores: 'binary' | 'graded', items: number): Promise<ScaleResult> {
  const view = fill(scores, items)
  const before = process.cpuUsage()
  const verdicts = new Set<string>()
  for (const [place, candidate] of view.models.entries())
    for (const reference of view.models.slice(place + 1))
      verdicts.add(compare(pairColumns(view, candidate, reference), { margin: 0.03 }).verdict)
  const task = recordTask(view, { members: view.models.slice(0, -1), escalate: view.models.at(-1) })
  const voted = majorityVote(task).scores.length
  const curve = task.escalate === null ? [] : cascadeCurve(task, task.escalate)
  if (verdicts.size < 2 || voted !== items || curve.length !== MODELS)
    throw new Error('the work was not done')
  return measured(before)
}

/** Models from weak to strong on items from easy to hard; graded scores have all digits, so that none are equal. */
function fill(scores: 'binary' | 'graded', items: number): TaskView {
  const random = seededRandom(1)
  const table = createOutcomeTable({ keepAnswers: true })
  for (let item = 0; item < items; item += 1) {
    const hard = random.unit()
    for (let model = 0; model < MODELS; model += 1) {
      const chance = Math.min(1, Math.max(0, 0.6 + model / 100 + 0.8 * (random.unit() - hard)))
      const right = random.unit() < chance
      const answer = right ? 'A' : 'BCDEFGHIJ'.charAt(random.below(9))
      const score = scores === 'graded' ? chance : Number(right)
      table.add(
        { task: 't', item: `i${item}`, model: `m${model}`, score, answer },
        { file: 'made', line: 1 + item },
      )
    }
  }
  return table.task('t')
}

async function readRows(form: RowsForm, rows: number): Promise<ScaleResult> {
  using folder = temporaryFolder('scale')
  await write(join(folder.path, 'rows.jsonl'), form, rows)
  const before = process.cpuUsage()
  const world = { cwd: folder.path, signal: new AbortController().signal, note: () => undefined }
  const table = await readOutcomes(['rows.jsonl'], world)
  const view = table.task('triage')
  // Where every row is another item no two models have one in common, and there is nothing to compare.
  const n =
    form === 'distinct'
      ? view.items.length
      : compare(pairColumns(view, 'model-0', 'model-1'), { margin: 0.03 }).n
  if (table.rows() !== rows || n === 0) throw new Error('the rows were not read')
  return measured(before)
}

const ROWS_AT_ONCE = 10_000
const MODELS_PER_ITEM = { models: MODELS, pairs: 2, distinct: 1 } as const

/** Rows with all that a run writes but the answer. */
async function write(file: string, form: RowsForm, rows: number): Promise<void> {
  const out = createWriteStream(file)
  for (let from = 0; from < rows; from += ROWS_AT_ONCE) {
    const text = Array.from({ length: Math.min(rows - from, ROWS_AT_ONCE) }, (_, place) =>
      rowText(from + place, MODELS_PER_ITEM[form]),
    )
    if (!out.write(text.join(''))) await once(out, 'drain')
  }
  out.end()
  await once(out, 'finish')
}

function rowText(row: number, models: number): string {
  const item = Math.floor(row / models)
  return `{"task":"triage","item":"item-${item}","model":"model-${row % models}","score":${row % 3 === 0 ? 0 : 1},"cost_usd":0.00${row % 97},"latency_ms":${row % 1000},"category":"c${item % 14}"}\n`
}

function measured(before: NodeJS.CpuUsage): ScaleResult {
  const { user, system } = process.cpuUsage(before)
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
  return { cpuSeconds: (user + system) / 1e6, peakBytes: Number(peak) * 1024 }
}
