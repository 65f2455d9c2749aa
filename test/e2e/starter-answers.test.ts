import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, user, type TestGateway } from './running-gateway.ts'

type Item = { readonly id: string; readonly task: string; readonly prompt: string; readonly expected: string }
type Outcome = {
  readonly item: string
  readonly model: string
  readonly score: number
  readonly answer: string
}

const MODELS = [
  ['starter-s1', 's1'],
  ['starter-s2', 's2'],
  ['starter-s3', 's3'],
  ['starter-l', 'l'],
  ['starter-s1-urgency', 's1+urgency'],
] as const
/** Every sixth row of each task, 203 of 1,200; `bench/starter-accuracy.ts` asks them all. */
const EVERY = 6
const CONCURRENCY = 4

const outcomes = rows<Outcome>('outcomes.jsonl')
const items = Object.values(Object.groupBy(rows<Item>('eval.jsonl'), ({ task }) => task)).flatMap(
  (ofTask = []) => ofTask.filter((_, index) => index % EVERY === 0),
)

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway()
})
afterAll(() => gateway.close())

describe('the starter evaluation, over HTTP', () => {
  test('has rows of every task', () => {
    expect(items).toHaveLength(203)
    expect(new Set(items.map(({ task }) => task)).size).toBe(7)
  })

  test.each(MODELS)('%s answers as was recorded with it', async (model, name) => {
    const recorded = new Map(outcomes.filter((row) => row.model === name).map((row) => [row.item, row]))
    const answered = await inParallel(items, async (item) => {
      const said = await answerOf(model, item.prompt)
      const { answer, score = Number.NaN } = recorded.get(item.id) ?? {}
      return { task: item.task, right: said === item.expected ? 1 : 0, score, same: said === answer }
    })
    // Processors round differently: where two tokens are as good as equal another one may win. The reference script
    // of the models gives the same other texts on such a machine. One answer of a task is more than a point here.
    for (const [task, ofTask = []] of Object.entries(Object.groupBy(answered, (row) => row.task))) {
      const changed = sum(ofTask, ({ right }) => right) - sum(ofTask, ({ score }) => score)
      expect(
        Math.abs(changed),
        `${task}: ${changed} of ${ofTask.length} more right than recorded`,
      ).toBeLessThanOrEqual(1)
    }
    expect(sum(answered, ({ same }) => Number(same)) / answered.length).toBeGreaterThanOrEqual(0.97)
  })
})

async function answerOf(model: string, prompt: string): Promise<string> {
  const response = await gateway.chat({ model, messages: user(prompt), temperature: 0, max_tokens: 64 })
  expect(response.status).toBe(200)
  const { choices } = (await response.json()) as { choices: { message: { content: string } }[] }
  return choices[0]?.message.content.trim() ?? ''
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
  await Promise.all(Array.from({ length: CONCURRENCY }, worker))
  return results
}

function sum<Row>(list: readonly Row[], of: (row: Row) => number): number {
  return list.reduce((total, row) => total + of(row), 0)
}

function rows<Row>(file: string): readonly Row[] {
  const text = readFileSync(fileURLToPath(new URL(`../../models/starter/${file}`, import.meta.url)), 'utf8')
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row)
}
