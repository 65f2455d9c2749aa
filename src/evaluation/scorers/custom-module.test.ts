import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { JsonObject } from '../../core/json.ts'
import type { Item } from '../../evidence/item.ts'
import type { Score } from '../../evidence/scorers/scorer.ts'
import { openCustomModule } from './custom-module.ts'
import type { OpenScorer } from './scorer-context.ts'

const ITEM: Item = { task: 't', item: 'i', prompt: 'p', gold: 'four' }

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'musivum-custom-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function open(source: string, settings: JsonObject = {}): Promise<OpenScorer> {
  await writeFile(join(folder, 'score.mjs'), source)
  return openCustomModule(
    { module: './score.mjs', timeout_seconds: 2, ...settings },
    { cwd: folder, taskFolder: folder, where: { file: 'task.yaml', line: 1 } },
  )
}

/** Opens, scores one output, closes. */
async function scored(source: string, output: string, settings: JsonObject = {}): Promise<Score> {
  const { scorer, close } = await open(source, settings)
  try {
    return await scorer.score(ITEM, output, new AbortController().signal)
  } finally {
    await close()
  }
}

test('a number, a promise of one, an object with an answer, and null for none', async () => {
  expect(
    await scored('export const score = (item, output) => output === item.gold ? 1 : 0.25', 'four'),
  ).toEqual({ kind: 'scored', score: 1, answer: 'four' })
  expect(await scored('export const score = async () => 0.5', 'x')).toMatchObject({ score: 0.5 })
  expect(
    await scored(
      'export const score = (_, output, settings) => ({ score: settings.full, answer: output[0] })',
      'xyz',
      { settings: { full: 0.75 } },
    ),
  ).toEqual({ kind: 'scored', score: 0.75, answer: 'x' })
  expect(await scored('export const score = () => null', 'x')).toEqual({
    kind: 'unparsed',
    why: 'the module found no answer in the output',
  })
})

test('TypeScript that Node.js can strip is a module too', async () => {
  await writeFile(
    join(folder, 'score.ts'),
    'export function score(_: unknown, output: string): number { return output.length === 1 ? 1 : 0 }',
  )
  expect(await scored('', 'x', { module: './score.ts' })).toMatchObject({ score: 1 })
})

describe('a module that fails says where, and never a word of the output', () => {
  test.each([
    [
      'throws',
      'export function score(_, output) {\n  throw new RangeError(`bad: ${output}`)\n}',
      'score.mjs:2: threw RangeError',
    ],
    [
      'throws later',
      'export async function score(_, output) {\n  await null\n  JSON.parse(output)\n}',
      'score.mjs:3: threw SyntaxError',
    ],
    ['throws a text', 'export const score = (_, output) => { throw output }', 'score.mjs: threw a string'],
    [
      'throws with a message like a stack',
      'export const score = (_, output) => {\n\n  throw new Error("\\n    at secret (secret:1:1)") }',
      'score.mjs:3: threw Error',
    ],
    [
      'gives NaN',
      'export const score = () => NaN',
      'score.mjs: gave the score NaN; expected a number from 0 to 1',
    ],
    ['gives 2', 'export const score = () => 2', 'score.mjs: gave the score 2; expected a number from 0 to 1'],
    [
      'gives a text',
      'export const score = (_, output) => output',
      'score.mjs: gave a string; expected a number',
    ],
    ['gives nothing', 'export const score = () => {}', 'score.mjs: gave nothing; expected a number'],
    [
      'gives no score',
      'export const score = () => ({ answer: "x" })',
      'score.mjs: gave the score nothing; expected',
    ],
    [
      'gives another answer',
      'export const score = () => ({ score: 1, answer: 4 })',
      'score.mjs: gave an "answer" that is a number; expected a text',
    ],
    ['ends its thread', 'export const score = () => process.exit(0)', 'score.mjs: ended its thread'],
    ['never ends', 'export const score = () => { for (;;); }', 'score.mjs: has not ended after 2 s'],
    [
      'never settles',
      'export const score = () => new Promise(() => {})',
      'score.mjs: has not ended after 2 s',
    ],
    [
      'throws in a timer',
      'export const score = () => new Promise(() => setImmediate(() => { throw new TypeError("x") }))',
      'score.mjs:1: threw TypeError outside of its call',
    ],
  ])('%s', async (_, source, line) => {
    const failed = scored(source, 'secret')
    await expect(failed).rejects.toThrow(`scorer custom: ${line}`)
    await expect(failed).rejects.not.toThrow('secret')
  })

  test.each([
    ['cannot be parsed', 'const a = 1\nexport const score = )', 'score.mjs:2: does not load: SyntaxError'],
    ['throws', '\n\nthrow new RangeError("x")', 'score.mjs:3: does not load: RangeError'],
    ['exports nothing', 'export const scorer = 1', 'score.mjs: exports no function "score"'],
    ['never ends', 'for (;;);', 'score.mjs: has not ended after 5 s', 1],
  ])('when it is loaded: %s', async (_, source, line, timeout_seconds = 2) => {
    await expect(open(source, { timeout_seconds })).rejects.toThrow(`scorer custom: ${line}`)
  })

  test('a module that is not there', async () => {
    await expect(open('', { module: './none.mjs' })).rejects.toThrow('the module ./none.mjs cannot be read')
  })
})

test('after a call that never ended the waiting ones are scored', async () => {
  const { scorer, close } = await open(
    `export const score = (_, output) => { if (output === 'hang') for (;;); return 1 }`,
  )
  const signal = new AbortController().signal
  const scores = ['a', 'hang', 'b'].map(async (output) => scorer.score(ITEM, output, signal))
  const results = await Promise.allSettled(scores)
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  await close()
  await close()
})

test('a module that throws between two calls ends neither the run nor the calls that come later', async () => {
  const { scorer, close } = await open(
    `export const score = (_, output) => { if (output === 'x') setImmediate(() => { throw new Error('late') }); return 1 }`,
  )
  const signal = new AbortController().signal
  const kindOf = async (output: string): Promise<string> => {
    const score = await scorer.score(ITEM, output, signal)
    return score.kind
  }
  expect(await kindOf('x')).toBe('scored')
  // A call that is running when the error comes is lost with its thread.
  await expect.poll(() => kindOf('a').catch(() => 'lost'), { timeout: 20_000 }).toBe('scored')
  await close()
})

test('a call that is called off ends', async () => {
  const { scorer, close } = await open('export const score = () => { for (;;); }', { timeout_seconds: 600 })
  const stop = new AbortController()
  const score = scorer.score(ITEM, 'x', stop.signal)
  stop.abort(new DOMException('enough', 'AbortError'))
  await expect(score).rejects.toThrow('enough')
  await close()
})

test('its settings hold the hash of the module, so that another module is another scorer', async () => {
  const first = await open('export const score = () => 1')
  const second = await open('export const score = () => 0')
  expect(first.scorer.settings).toEqual({
    module: './score.mjs',
    timeout_seconds: 2,
    settings: {},
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  })
  expect(first.scorer.settings['sha256']).not.toBe(second.scorer.settings['sha256'])
  await Promise.all([first.close(), second.close()])
})
