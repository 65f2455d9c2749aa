import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Json, JsonObject } from '../../../core/json.ts'
import type { ImportOptions } from '../import-evidence.ts'
import { FIXTURES, importFrom, type ImportRun } from '../import-run.conformance.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'musivum-import-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function fixture(path: string | readonly string[], options: Partial<ImportOptions> = {}): Promise<ImportRun> {
  return importFrom(FIXTURES, join(folder, 'out'), path, options)
}

/** Imports what a test writes. */
function written(
  name: string,
  content: string | Json,
  options: Partial<ImportOptions> = {},
): Promise<ImportRun> {
  writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content))
  return importFrom(folder, join(folder, 'out'), name, options)
}

/** The fields of each row that a test is about. */
function only(rows: readonly JsonObject[], ...names: readonly string[]): readonly (readonly unknown[])[] {
  return rows.map((row) => names.map((name) => row[name]))
}

describe('promptfoo', () => {
  test('a test has the same name in the configuration, in a table of tests and in the results', async () => {
    const [config, csv, results] = await Promise.all([
      importFrom(FIXTURES, join(folder, '1'), 'promptfoo/promptfooconfig.yaml'),
      importFrom(FIXTURES, join(folder, '2'), 'promptfoo/tests.csv'),
      importFrom(FIXTURES, join(folder, '3'), 'promptfoo/results.json'),
    ])
    const names = config.items.map(({ item }) => item)
    expect(csv.items[0]?.['item']).toBe(names[0])
    expect(new Set(results.outcomes.map(({ item }) => item))).toEqual(new Set(names))
    expect([config.summary.tasks, results.summary.tasks]).toEqual([['bird facts'], ['bird facts']])
  })

  test('a configuration gives prompts filled in, lists of values as tests, and gold where an assertion has it', async () => {
    const { items } = await fixture('promptfoo/promptfooconfig.yaml')
    expect(only(items, 'prompt', 'gold', 'category')).toEqual([
      ['Answer in one word. What colour is a mute swan?', 'white', 'colours'],
      ['Answer in one word. Does an ostrich fly?', 'no', undefined],
      ['Answer in one word. Does a penguin fly?', 'no', undefined],
    ])
    expect(items[1]?.['assert']).toEqual([
      { type: 'latency', threshold: 4000 },
      { type: 'equals', value: 'no' },
    ])
  })

  test('expectations of a CSV file are assertions only when they begin like one', async () => {
    const { items } = await fixture('promptfoo/tests.csv')
    expect(only(items, 'prompt', 'gold')).toEqual([
      ['What colour is a mute swan?', 'white'],
      ['Name two owls, please', ['barn owl', 'tawny owl']],
      ['How does the "laughing" gull\ncall?', 'Note: like a laugh'],
    ])
  })

  test('a failed assertion is an answer, a failed call is not, and what is unknown is absent', async () => {
    const { outcomes, summary } = await fixture('promptfoo/results.json')
    expect(only(outcomes, 'model', 'score', 'answer', 'cost_usd', 'latency_ms', 'error')).toEqual([
      ['openai:chat:wren-mini', 1, 'White', 0.000021, 412, undefined],
      ['heron', 1, 'White.', undefined, undefined, undefined],
      ['openai:chat:wren-mini', 0, 'Yes', 0.00002, 388, undefined],
      ['heron', 0, undefined, undefined, undefined, 'API error: 503 Service Unavailable'],
      ['openai:chat:wren-mini', 0.5, '{"flies":false}', 0.00002, 377, undefined],
      ['heron', 0, '', 0.0004, 900, undefined],
    ])
    expect(summary).toMatchObject({ rows: 6, outcomes: 6, errors: 1, unparsed: 1, wrong: 0 })
  })

  test('--metric takes passed or not instead of the score', async () => {
    const { outcomes } = await fixture('promptfoo/results.json', { metric: 'success' })
    expect(outcomes.map(({ score }) => score)).toEqual([1, 1, 0, 0, 0, 0])
    await expect(fixture('promptfoo/results.json', { metric: 'tone' })).rejects.toThrow(
      'results/1: the result has no score "tone"; expected one of score, success',
    )
  })

  test('a repeated test is a further sample, and a second prompt makes a model of its own', async () => {
    const row = (label: string) => ({
      provider: 'p',
      prompt: { raw: 'x', label },
      vars: { q: 'x' },
      response: { output: 'y' },
      score: 1,
      promptIdx: 0,
    })
    const rows = [row('one'), row('one'), row('two')].map((each) => JSON.stringify(each)).join('\n')
    const { outcomes, notes } = await written('repeated.jsonl', rows)
    expect(only(outcomes, 'model', 'sample')).toEqual([
      ['p', undefined],
      ['p', 1],
      ['p (prompt 2)', undefined],
    ])
    expect(notes).toEqual([
      'repeated.jsonl: 2 prompts; "(prompt 2)" after a model is the second one in the file',
      'repeated.jsonl: rows that repeat a test of their model: 1; they are further samples of it',
    ])
  })

  test('tests that are in another file are told with their line', async () => {
    const config = 'prompts: [a]\nproviders: [p]\ntests:\n  - vars: {q: x}\n  - file://more.csv\n'
    await expect(written('config.yaml', config)).rejects.toThrow(
      /config\.yaml:5: the tests are in another file/,
    )
    await expect(written('config.yaml', 'prompts: [a]\nproviders: [p]\ntests: tests.csv\n')).rejects.toThrow(
      'config.yaml: "tests" is no list',
    )
  })

  test('a place in the results is a JSON Pointer', async () => {
    const right = { provider: 'p', score: 1, vars: {}, response: { output: 'x' } }
    const results = {
      results: {
        version: 3,
        results: [{ ...right, score: 3 }, { ...right, vars: { q: 'x' } }, { score: 1 }, 5],
      },
    }
    await expect(written('r.json', results)).rejects.toThrow(
      'r.json#/results/results/0: "score" is 3; expected a number from 0 to 1',
    )
    const { summary, notes } = await written('r.json', results, { skipWrong: true })
    expect(summary).toMatchObject({ rows: 4, outcomes: 1, wrong: 3 })
    expect(notes.map((note) => note.split(': ')[0])).toEqual(
      [0, 2, 3].map((row) => `r.json#/results/results/${row}`),
    )
  })
})

describe('openai-evals', () => {
  test('samples and recorded events meet in the number of the sample', async () => {
    const { items, outcomes, summary } = await fixture([
      'openai-evals/sayings',
      'openai-evals/recorded.jsonl',
    ])
    expect(only(items, 'task', 'item', 'prompt', 'gold')).toEqual([
      ['sayings', '0', 'system: Complete the saying.\n\nuser: The early bird catches the', 'worm'],
      ['sayings', '1', 'Two birds with one', ['stone', 'stones']],
      ['sayings', '2', 'Birds of a feather flock', 'together'],
    ])
    expect(only(outcomes, 'task', 'item', 'model', 'score', 'answer', 'chars', 'error')).toEqual([
      ['sayings', '2', 'wren-mini', 1, 'together', 8, undefined],
      ['sayings', '1', 'wren-mini', 0, undefined, undefined, 'too many requests'],
      ['sayings', '0', 'wren-mini', 0, 'the seed', 8, undefined],
    ])
    expect(summary.skipped.reduce((sum, { rows }) => sum + rows, 0)).toBe(4)
  })

  test('a judge that named none of the choices found no answer', async () => {
    const { outcomes, summary } = await fixture('openai-evals/graded.jsonl')
    expect(only(outcomes, 'model', 'score', 'answer')).toEqual([
      ['heron', 1, 'Yes'],
      ['heron', 0, ''],
    ])
    expect(summary.unparsed).toBe(1)
  })

  test('a sample that was asked and never scored is no row that may be forgotten', async () => {
    const lines = [
      { spec: { completion_fns: ['m'], base_eval: 'e' } },
      { run_id: 'r', sample_id: 'e.dev.0', type: 'sampling', data: { sampled: ['x'] } },
    ]
    const text = lines.map((line) => JSON.stringify(line)).join('\n')
    await expect(written('broken-off.jsonl', text)).rejects.toThrow(
      'broken-off.jsonl:2: the sample was asked and never scored',
    )
  })

  test('events without a model need one', async () => {
    const event = { run_id: 'r', sample_id: 'e.0', type: 'match', data: { correct: true } }
    await expect(written('nobody.jsonl', event)).rejects.toThrow('nobody.jsonl: no model is named')
    expect((await written('nobody.jsonl', event, { model: 'm' })).outcomes).toHaveLength(1)
  })
})

describe('inspect', () => {
  test('a log gives letters as scores, epochs as samples, and what could not be scored as failed', async () => {
    const { items, outcomes, notes } = await fixture('inspect/log.json')
    expect(only(items, 'task', 'item', 'gold', 'category')).toEqual([
      ['woodcraft', 'north', 'It depends', 'folklore'],
      ['woodcraft', '2', ['A'], 'folklore'],
      ['woodcraft', '3', 'yes', 'folklore'],
    ])
    expect(only(outcomes, 'item', 'model', 'score', 'answer', 'sample', 'error')).toEqual([
      ['north', 'acme/wren-mini', 1, 'It depends', undefined, undefined],
      ['north', 'acme/wren-mini', 0.5, 'North, mostly', 2, undefined],
      ['2', 'acme/wren-mini', 0, 'B', undefined, undefined],
      ['2', 'acme/wren-mini', 0, '', 2, undefined],
      ['3', 'acme/wren-mini', 0, undefined, undefined, 'APITimeoutError: timed out'],
      ['3', 'acme/wren-mini', 0, undefined, 2, 'the scorer match gave no score'],
    ])
    expect(notes).toEqual(['inspect/log.json: the score is match of match, includes; --metric takes another'])
  })

  test('--metric takes another scorer', async () => {
    const { outcomes } = await fixture('inspect/log.json', { metric: 'includes' })
    expect(outcomes.map(({ score }) => score)).toEqual([1, 1, 0.25, 1, 0, 1])
  })

  test('samples without an id are numbered as Inspect numbers them, and choices may be a text', async () => {
    const lines = await fixture('inspect/samples.jsonl')
    expect(only(lines.items, 'item', 'prompt', 'options')).toEqual([
      ['north', 'Which way does moss grow?', undefined],
      ['2', 'system: One letter.\n\nuser: Which is a conifer?', ['larch', 'birch']],
    ])
    const table = await fixture('inspect/samples.csv')
    expect(only(table.items, 'item', 'gold', 'options')).toEqual([
      ['1', 'A', ['larch', 'birch']],
      ['2', 'yes', undefined],
    ])
  })

  test('a value that is no score is wrong, and not 0', async () => {
    const sample = { id: 1, epoch: 1, input: 'x', target: 'y', scores: { s: { value: { a: 1 } } } }
    const log = { version: 2, status: 'success', eval: { task: 't', model: 'm' }, samples: [sample] }
    await expect(written('log.json', log)).rejects.toThrow('log.json#/samples/0: "score" is a object')
  })

  test('the packed form of a log is named', async () => {
    await expect(written('log.eval', 'PK\u0003\u0004rest')).rejects.toThrow('inspect log convert --to json')
  })
})

describe('lm-eval', () => {
  test('a folder gives its tasks, its model, and one row per document', async () => {
    const { items, outcomes, summary, notes } = await fixture('lm-eval/acme__tiny-1b')
    expect(only(items, 'task', 'item', 'gold', 'options')).toEqual([
      ['rivers', '0', 'North Sea', ['North Sea', 'Black Sea', 'Baltic']],
      ['rivers', '1', 'Black Sea', ['North Sea', 'Black Sea', 'Baltic']],
      ['sums', '0', '42', undefined],
      ['sums', '1', '5', undefined],
    ])
    expect(only(outcomes, 'task', 'model', 'score', 'answer', 'chars')).toEqual([
      ['rivers', 'acme/tiny-1b', 1, 'North Sea', undefined],
      ['rivers', 'acme/tiny-1b', 0, 'North Sea', undefined],
      ['sums', 'acme/tiny-1b', 1, '42', 27],
      ['sums', 'acme/tiny-1b', 0, '', 21],
    ])
    expect(summary).toMatchObject({
      rows: 6,
      skipped: [{ reason: 'rows of the filter flexible-extract', rows: 2 }],
      leftOut: [{ reason: 'it holds only the averages of a run' }],
    })
    expect(notes).toHaveLength(3)
  })

  test('--metric takes another metric, and another filter after a comma', async () => {
    const rivers = 'lm-eval/acme__tiny-1b/samples_rivers_2026-03-01T10-00-00.123456.jsonl'
    expect((await fixture(rivers, { metric: 'acc_norm' })).outcomes.map(({ score }) => score)).toEqual([1, 1])
    const sums = 'lm-eval/acme__tiny-1b/samples_sums_2026-03-01T10-00-00.123456.jsonl'
    const flexible = await fixture(sums, { metric: 'exact_match,flexible-extract' })
    expect(only(flexible.outcomes, 'score', 'answer')).toEqual([
      [1, '42'],
      [1, '5'],
    ])
    await expect(fixture(sums, { metric: 'bleu' })).rejects.toThrow(
      /jsonl:1: the row has no metric bleu; expected one of exact_match/,
    )
  })

  test('rows of older versions, with a chat as the prompt', async () => {
    const { items } = await fixture('lm-eval/samples_old.jsonl', { model: 'm' })
    expect(items[0]?.['prompt']).toBe('What is 2 plus 2?')
    await expect(fixture('lm-eval/samples_old.jsonl')).rejects.toThrow('expected --model NAME')
  })

  test('runs of two models repeat the items; another prompt is counted, and the first stays', async () => {
    for (const model of ['x__a', 'x__b', 'x__chat']) {
      const prompt = model.endsWith('chat') ? '<|user|>1?' : '1?'
      const request = { target: '1', arguments: [[prompt, {}]], resps: [['1']], filtered_resps: ['1'] }
      mkdirSync(join(folder, 'runs', model), { recursive: true })
      writeFileSync(
        join(folder, 'runs', model, 'samples_t_2026-03-01T10-00-00.1.jsonl'),
        JSON.stringify({ doc_id: 0, ...request, exact_match: 1 }),
      )
    }
    const { items, summary } = await importFrom(folder, join(folder, 'out'), 'runs')
    expect(only(items, 'prompt')).toEqual([['1?']])
    expect(summary).toMatchObject({ models: ['x/a', 'x/b', 'x/chat'], outcomes: 3, differing: 1 })
  })
})

describe('ragas', () => {
  test('NaN is a failed row and not a row less', async () => {
    const { items, outcomes, summary, notes } = await fixture('ragas/results.csv', { model: 'w' })
    expect(only(outcomes, 'score', 'answer', 'error')).toEqual([
      [1, 'In August', undefined],
      [0, '', 'the metric faithfulness is NaN'],
      [0, 'Insects, mostly', 'the metric faithfulness is NaN'],
    ])
    expect(items.map(({ context }) => context)).toEqual([
      "Swifts leave in August.\n\nThey don't stay long.",
      'Swifts sleep\non the wing.\n\nThey seldom land.',
      undefined,
    ])
    expect(summary.errors).toBe(2)
    expect(notes).toEqual([
      'ragas/results.csv: the score is faithfulness of faithfulness, answer_relevancy; --metric takes another',
    ])
  })

  test('JSON Lines with NaN as Python writes it, with a column that names the model', async () => {
    const { items, outcomes } = await fixture('ragas/results.jsonl')
    expect(only(outcomes, 'model', 'score', 'error')).toEqual([
      ['wren', 0.75, undefined],
      ['wren', 0, 'the metric factual_correctness is NaN'],
    ])
    expect(items[1]?.['prompt']).toBe('What do swifts eat? NaN is no food.')
  })

  test('a table without a model needs one, and a data set without scores does not', async () => {
    await expect(fixture('ragas/results.csv')).rejects.toThrow(
      'ragas/results.csv: no column says which model answered; expected --model NAME',
    )
    expect((await fixture('ragas/dataset.jsonl')).items[0]?.['prompt']).toBe(
      'human: When do swifts leave?\n\nai: In August.\n\nhuman: And come back?',
    )
  })

  test('the same question has the same name in CSV and in JSON Lines', async () => {
    const csv = await fixture('ragas/results.csv', { model: 'w' })
    const lines = await fixture('ragas/results.jsonl')
    expect(csv.items[0]?.['item']).toBe(lines.items[0]?.['item'])
  })
})

describe('mirage', () => {
  test('a folder gives its questions, and a letter or none for every prediction', async () => {
    const { items, outcomes, summary } = await fixture('mirage')
    expect(only(items, 'task', 'item', 'gold', 'options')).toEqual([
      ['ponds', '0000', 'A', ['newt', 'camel', 'ibex', 'lynx']],
      ['ponds', '0001', 'B', ['granite', 'duckweed', 'slate', 'flint']],
      ['bogs', 'x1', 'A', ['yes', 'no', 'maybe']],
    ])
    const rag = 'rag_32/Acme/wren-16k/textbooks/BM25'
    expect(only(outcomes, 'task', 'item', 'model', 'score', 'answer', 'sample')).toEqual([
      ['bogs', 'x1', 'cot/Acme/wren-16k', 1, 'A', undefined],
      ['bogs', 'x1', 'cot/Acme/wren-16k', 0, 'B', 1],
      ['ponds', '0000', 'cot/Acme/wren-16k', 1, 'A', undefined],
      ['ponds', '0001', 'cot/Acme/wren-16k', 0, '', undefined],
      ['ponds', '0000', rag, 1, 'A', undefined],
      ['ponds', '0001', rag, 0, 'C', undefined],
    ])
    expect(summary).toMatchObject({ rows: 8, unparsed: 1 })
  })

  test('a question that is not whole is told with its JSON Pointer', async () => {
    const benchmark = { bogs: { x1: { question: 'q', options: { A: 'yes' }, answer: 'C' } } }
    await expect(written('benchmark.json', benchmark)).rejects.toThrow(
      'benchmark.json#/bogs/x1: the question is not whole',
    )
  })

  test('a prediction that is cut off, and one without a question, are told with their file', async () => {
    cpSync(join(FIXTURES, 'mirage'), join(folder, 'm'), { recursive: true })
    const cot = 'm/prediction/ponds/cot/Acme/wren-16k'
    writeFileSync(join(folder, cot, 'test_0000.json'), '["half')
    writeFileSync(join(folder, cot, 'test_0007.json'), '["A"]')
    const { notes, summary } = await importFrom(folder, join(folder, 'out'), 'm', { skipWrong: true })
    expect(notes).toEqual([
      `${cot}/test_0000.json:1: the file is cut off or no JSON list; expected ["what the model said"]`,
      `${cot}/test_0007.json:1: benchmark.json has no question of this name; expected one of ponds`,
    ])
    expect(summary).toMatchObject({ wrong: 2, outcomes: 5 })
  })

  test('models come from the folders, so --model is refused', async () => {
    await expect(fixture('mirage', { model: 'm' })).rejects.toThrow('--model m would merge them')
  })
})
