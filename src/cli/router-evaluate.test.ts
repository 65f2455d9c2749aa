import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { startUpstream } from '../../test/upstream/upstream.ts'
import { commandLine, type Row } from './command-line.conformance.ts'

const { folder, run, report, save } = commandLine()

const ITEMS = 400
const hard = (item: number): boolean => item % 3 === 0
const prompt = (item: number): string => `question ${(item * 7919) % 1009} of the paper`

/** Two models: `weak` fails the hard items, `strong` none. */
function rows(from: number, to: number, more: (item: number) => Row = () => ({})): readonly Row[] {
  return Array.from({ length: to - from }, (_, place) => from + place).flatMap((item) => [
    { task: 't', item: `i${item}`, model: 'weak', score: Number(!hard(item)), ...more(item) },
    { task: 't', item: `i${item}`, model: 'strong', score: 1, ...more(item) },
  ])
}

function items(more: (item: number) => Row = () => ({})): readonly Row[] {
  return Array.from({ length: ITEMS }, (_, item) => ({
    task: 't',
    item: `i${item}`,
    prompt: prompt(item),
    ...more(item),
  }))
}

/** Vectors in which the hard items lie to one side. */
function vectors(n = ITEMS): readonly Row[] {
  return Array.from({ length: n }, (_, item) => ({
    item: `i${item}`,
    embedding: [hard(item) ? 0.4 : 0.2, Math.sin(item), Math.cos(item)],
  }))
}

const LINE =
  'router evaluate --items items.jsonl --train train.jsonl --test test.jsonl --weak weak --strong strong'

beforeAll(() => {
  save('items.jsonl', items())
  save('train.jsonl', rows(0, 200))
  save('test.jsonl', rows(200, ITEMS))
  save('vectors.jsonl', vectors())
})

test('embeddings from a file tell the router what the prompts do not, and are told apart', async () => {
  const blind = await report(LINE)
  expect(blind).toMatchObject({ details: { better: false, embedding: null } })
  const seeing = await report(`${LINE} --embeddings vectors.jsonl`)
  expect(seeing).toMatchObject({
    details: { better: true, embedding: { from: 'file', dimensions: 3, us_per_prompt: null } },
  })
  const { out } = await run(`${LINE} --embeddings vectors.jsonl`)
  expect(out).toMatch(/µs of processor time per prompt, its embedding not counted\./)
})

test('the options of an item are part of what the router reads', async () => {
  save(
    'choices.jsonl',
    items((item) => ({ options: hard(item) ? ['integral', 'theorem'] : ['elephant', 'giraffe'] })),
  )
  expect(await report(LINE.replace('items.jsonl', 'choices.jsonl'))).toMatchObject({
    details: { better: true },
  })
})

test('where the models tell the lengths of their answers, the effort of a prompt is a part of the router', async () => {
  save(
    'train-chars.jsonl',
    rows(0, 200, (item) => ({ chars: 100 * prompt(item).length })),
  )
  const known = await report(LINE.replace('train.jsonl', 'train-chars.jsonl'))
  const weights = (whole: typeof known) => (whole['details'] as { weights: Record<string, number> }).weights
  expect(weights(known)['effort']).toBeGreaterThan(0)
  expect(weights(await report(LINE))['effort']).toBe(0)
})

test.each([
  [
    'another length',
    [...vectors(9), { item: 'x', embedding: [1, 2] }],
    ':10: "embedding" has 2 numbers and those before 3',
  ],
  [
    'a gap in the numbers',
    [{ item: 'i0', embedding: [1, null, 3] }],
    ':1: "embedding"[1] is no finite number',
  ],
  ['a number out of range', [{ item: 'i0', embedding: [1e300] }], ':1: "embedding"[0] is no finite number'],
  ['no numbers', [{ item: 'i0', embedding: [] }], ':1: "embedding" is no list of 1 to 65536 numbers'],
  ['no item', [{ embedding: [1] }], ':1: "item" is missing'],
  ['an item twice', [...vectors(2), ...vectors(1)], ':3: item "i0" was given before'],
  ['too few items', vectors(390), '--embeddings lacks 10 of 400 items, such as "i390"'],
])('embeddings with %s are refused in one line', async (_what, wrong, why) => {
  save('wrong.jsonl', wrong)
  const { code, out, err } = await run(`${LINE} --embeddings wrong.jsonl`)
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(err.trimEnd().split('\n').at(-1)).toContain(why)
})

test('NaN, which JSON cannot say, and a line that is cut off are named with their line', async () => {
  save('wrong.jsonl', vectors(3), '{"item":"i3","embedding":[NaN,1,2]}\n{"item":"i4","embed')
  const { code, err } = await run(`${LINE} --embeddings wrong.jsonl`)
  expect(code).toBe(2)
  expect(err).toContain('wrong.jsonl:4: the line is cut off or not JSON, which has no NaN')
  expect(err).toContain('2 of 5 rows are wrong')
})

test('a model makes the embeddings through the gateway, and its time is told apart', async () => {
  const upstream = await startUpstream()
  try {
    const model = { engine: 'openai', base_url: upstream.url, model: 'plain' }
    const config = { discover: false, models: { embedder: model } }
    writeFileSync(join(folder, 'musivum.yaml'), stringify(config))
    const { code, out } = await run(`${LINE} --embed-model embedder --json`, { MUSIVUM_OFFLINE: '1' })
    const { details } = JSON.parse(out) as { details: { embedding: { us_per_prompt: number } } }
    expect({ code, details }).toMatchObject({
      code: 0,
      details: { embedding: { from: 'embedder', dimensions: 4 } },
    })
    expect(details.embedding.us_per_prompt).toBeGreaterThan(0)
    const asked = upstream.requests.filter(({ path }) => path === '/v1/embeddings')
    // 400 prompts at 64 a request, and one before the timing starts.
    expect(asked).toHaveLength(1 + Math.ceil(ITEMS / 64))
  } finally {
    await upstream.close()
  }
})

test('an embedding model that nobody has, empty prompts and two sources at once are refused', async () => {
  const lines = [
    `${LINE} --embed-model embeder`,
    `${LINE} --embed-model embedder --embeddings vectors.jsonl`,
    `${LINE.replace('items.jsonl', 'empty.jsonl')} --embed-model embedder`,
  ]
  save(
    'empty.jsonl',
    items((item) => (item === 7 ? { prompt: ' ' } : {})),
  )
  const ended = await Promise.all(lines.map((line) => run(line, { MUSIVUM_OFFLINE: '1' })))
  expect(ended.map(({ code }) => code)).toEqual([2, 2, 2])
  expect(ended[0]?.err).toContain('no model is called "embeder"')
  expect(ended[1]?.err).toContain('expected one of them')
  expect(ended[2]?.err).toContain('1 of 400 prompts are empty, such as that of "i7"')
})
