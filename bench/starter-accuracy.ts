import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { startGatewayProcess, root } from './lib/gateway-process.ts'
import { benchOptions, progress, publish, type Measured } from './lib/report.ts'
import { temporaryFolder } from './lib/temporary-folder.ts'

const HELP = `The evaluation file of the starter models, end to end over HTTP, beside the outcomes that came with the models.
Exits 1 when a task and model differ by more than one point (with --quick: by more than one answer of its 20 to 40),
which is a defect and not a slow machine. Answers may differ in a few texts: processors round differently, and where two
tokens are as good as equal another one may win.

  node bench/starter-accuracy.ts [--concurrency 4] [--quick] [--json]`

const MODELS = {
  'starter-s1': 's1',
  'starter-s2': 's2',
  'starter-s3': 's3',
  'starter-l': 'l',
  'starter-s1-urgency': 's1+urgency',
} as const

type Item = { readonly id: string; readonly task: string; readonly prompt: string; readonly expected: string }
type Outcome = {
  readonly item: string
  readonly model: string
  readonly score: number
  readonly answer: string
}
type Answered = {
  readonly task: string
  readonly right: number
  readonly wasRight: number
  readonly same: boolean
}

const options = benchOptions(HELP, { concurrency: 4 })
const folderOfModels = join(root, 'models/starter')
const items = (await readRows<Item>('eval.jsonl')).filter((_, index) => !options.quick || index % 6 === 0)
const outcomes = await readRows<Outcome>('outcomes.jsonl')
using folder = temporaryFolder('accuracy')
await using gateway = await startGatewayProcess({ home: folder.path })

const rows: Measured[] = []
const differing: string[] = []
for (const [model, name] of Object.entries(MODELS)) {
  progress(model)
  const startedMs = performance.now()
  const known = new Map(outcomes.filter((row) => row.model === name).map((row) => [row.item, row]))
  const answered = await inParallel(items, (item) => answer(model, item, known.get(item.id)))
  rows.push(...byTask(model, answered))
  const changed = answered.filter(({ same }) => !same).length
  const seconds = (performance.now() - startedMs) / 1000
  differing.push(
    `${model}: ${items.length} answers in ${seconds.toFixed(1)} s, ${changed} not the same text as recorded.`,
  )
}
publish({ bench: 'starter-accuracy', rows, notes: differing }, { ...options, gate: true })

async function answer(model: string, item: Item, recorded: Outcome | undefined): Promise<Answered> {
  if (recorded === undefined) throw new Error(`outcomes.jsonl has no row for ${item.id} of ${model}`)
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    // What the recorded outcomes were made with: greedy, at most 64 tokens.
    body: JSON.stringify({
      model,
      messages: [{ role: 'user', content: item.prompt }],
      temperature: 0,
      max_tokens: 64,
    }),
  })
  const text = await response.text()
  if (response.status !== 200)
    throw new Error(`${model} answered ${item.id} with ${response.status}: ${text.slice(0, 200)}`)
  const { choices } = JSON.parse(text) as { choices: { message: { content: string } }[] }
  const said = choices[0]?.message.content.trim() ?? ''
  return {
    task: item.task,
    right: said === item.expected ? 1 : 0,
    wasRight: recorded.score,
    same: said === recorded.answer,
  }
}

function byTask(model: string, answered: readonly Answered[]): readonly Measured[] {
  const tasks = [...new Set(answered.map(({ task }) => task))]
  return tasks.map((task) => {
    const rows = answered.filter((row) => row.task === task)
    const percent = (of: (row: Answered) => number): number =>
      (100 * rows.map(of).reduce((a, b) => a + b, 0)) / rows.length
    const now = percent((row) => row.right)
    const recorded = percent((row) => row.wasRight)
    return {
      what: `${model} ${task}: difference`,
      unit: 'points',
      measured: Math.abs(now - recorded),
      bar: Math.max(1, options.quick ? 100 / rows.length : 0),
      beside: { 'now %': now, 'recorded %': recorded },
    }
  })
}

async function inParallel<In, Out>(
  inputs: readonly In[],
  work: (input: In) => Promise<Out>,
): Promise<readonly Out[]> {
  const results: Out[] = []
  const rest = inputs.values()
  const worker = async (): Promise<void> => {
    for (const input of rest) results.push(await work(input))
  }
  await Promise.all(Array.from({ length: options.concurrency }, worker))
  return results
}

async function readRows<Row>(file: string): Promise<readonly Row[]> {
  const rows: Row[] = []
  for await (const line of createInterface(createReadStream(join(folderOfModels, file)))) {
    if (line !== '') rows.push(JSON.parse(line) as Row)
  }
  return rows
}
