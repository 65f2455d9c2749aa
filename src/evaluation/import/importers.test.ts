import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { importers } from './importers.ts'
import { FIXTURES, importFrom, type ImportRun } from './import-run.conformance.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'musivum-formats-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type Fixture = {
  readonly file: string
  readonly format: string
  /** Items and outcomes it holds. */
  readonly holds: readonly [number, number]
  readonly model?: string
  /** How much is cut off so that the last row is broken; YAML needs less than a line. */
  readonly cut?: number
}

const fixtures: readonly Fixture[] = [
  { file: 'musivum/items.jsonl', format: 'musivum', holds: [2, 0] },
  { file: 'musivum/outcomes.jsonl', format: 'musivum', holds: [0, 3] },
  { file: 'promptfoo/promptfooconfig.yaml', format: 'promptfoo', holds: [3, 0], cut: 3 },
  { file: 'promptfoo/tests.csv', format: 'promptfoo', holds: [3, 0] },
  { file: 'promptfoo/tests.jsonl', format: 'promptfoo', holds: [2, 0] },
  { file: 'promptfoo/results.json', format: 'promptfoo', holds: [0, 6] },
  { file: 'promptfoo/results-v2.json', format: 'promptfoo', holds: [0, 2] },
  { file: 'promptfoo/results.jsonl', format: 'promptfoo', holds: [0, 4] },
  { file: 'openai-evals/sayings/samples.jsonl', format: 'openai-evals', holds: [3, 0] },
  { file: 'openai-evals/recorded.jsonl', format: 'openai-evals', holds: [0, 3] },
  { file: 'openai-evals/graded.jsonl', format: 'openai-evals', holds: [0, 2] },
  { file: 'inspect/samples.jsonl', format: 'inspect', holds: [2, 0] },
  { file: 'inspect/samples.csv', format: 'inspect', holds: [2, 0] },
  { file: 'inspect/log.json', format: 'inspect', holds: [3, 6] },
  {
    file: 'lm-eval/acme__tiny-1b/samples_rivers_2026-03-01T10-00-00.123456.jsonl',
    format: 'lm-eval',
    holds: [2, 2],
    model: 'm',
  },
  { file: 'lm-eval/samples_old.jsonl', format: 'lm-eval', holds: [1, 1], model: 'm' },
  { file: 'ragas/results.csv', format: 'ragas', holds: [3, 3], model: 'm' },
  { file: 'ragas/results.jsonl', format: 'ragas', holds: [2, 2] },
  { file: 'ragas/dataset.jsonl', format: 'ragas', holds: [1, 0] },
  { file: 'ragas/old.csv', format: 'ragas', holds: [1, 1], model: 'm' },
  { file: 'mirage/benchmark.json', format: 'mirage', holds: [3, 0] },
]

test('every format has a fixture, and every fixture is of a format', () => {
  expect(new Set(fixtures.map(({ format }) => format))).toEqual(new Set(importers.map(({ name }) => name)))
})

test('a row that holds the fields of another format somewhere inside is still of one format', async () => {
  const vars = { question: 'q', options: 'o', answer: 'a', input: 'i', target: 't', ideal: 'd' }
  const result = {
    provider: 'p',
    promptIdx: 0,
    vars,
    testCase: { vars },
    score: 1,
    response: { output: 'x' },
  }
  const sample = { doc_id: 1, doc: vars, target: '1', filtered_resps: ['1'], exact_match: 1 }
  for (const [name, row] of Object.entries({ 'result.jsonl': result, 'sample.jsonl': sample })) {
    writeFileSync(join(folder, name), JSON.stringify(row))
    const model = name === 'sample.jsonl' ? { model: 'm' } : {}
    expect((await importFrom(folder, join(folder, 'out'), name, model)).outcomes).toHaveLength(1)
  }
})

describe.each(fixtures)('$file', ({ file, format, holds, model, cut = 20 }) => {
  const bytes = readFileSync(join(FIXTURES, file))
  const text = bytes.toString('utf8')
  const variant = (content: string | Uint8Array, name = file): Promise<ImportRun> => {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
    return importFrom(folder, join(folder, 'out'), name, { task: 't', ...(model !== undefined && { model }) })
  }
  const refused = async (content: string | Uint8Array, name = file): Promise<string> => {
    const error = await variant(content, name).then(
      () => new Error('nothing was refused'),
      (thrown: unknown) => thrown as Error,
    )
    expect(error.name).toBe('MusivumError')
    return error.message
  }

  test('is known by its content, under any name', async () => {
    const renamed = await variant(text, 'renamed.txt')
    expect(renamed.summary.sources).toEqual([expect.objectContaining({ format })])
    expect([renamed.items.length, renamed.outcomes.length]).toEqual(holds)
  })

  test('reads the same packed, with a byte order mark, and with the line ends of Windows', async () => {
    const { items, outcomes } = await variant(text)
    expect([items.length, outcomes.length]).toEqual(holds)
    const others = [gzipSync(bytes), `\uFEFF${text}`, text.replaceAll('\n', '\r\n')]
    for (const other of others) expect(await variant(other)).toMatchObject({ items, outcomes })
  })

  test('gives the same bytes twice', async () => {
    const written = async () => {
      const { summary } = await variant(text)
      return summary.written.map((name) => readFileSync(name, 'utf8'))
    }
    expect(await written()).toEqual(await written())
  })

  test('is refused with its place when it is cut off', async () => {
    expect(await refused(text.slice(0, -cut))).toContain(file)
  })

  test('is refused when it is empty, or when its gzip is cut off or damaged', async () => {
    const packed = gzipSync(bytes)
    expect(await refused('')).toBe(`${file}: the file is empty`)
    expect(await refused(packed.subarray(0, packed.length - 9))).toBe(
      `${file}: the gzip file is cut off; expected the whole file`,
    )
    const damaged = Buffer.concat([packed.subarray(0, 12), Buffer.alloc(40, 0xff)])
    expect(await refused(damaged)).toBe(`${file}: the gzip file is damaged; expected a whole one`)
  })
})
