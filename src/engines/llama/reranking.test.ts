import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getLlama, LlamaLogLevel, type LlamaModel, type LlamaRankingContext } from 'node-llama-cpp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RerankRequest, WireChange } from '../../core/conversation.ts'
import { context, failureOf, permitFor } from '../conformance/engine.conformance.ts'
import type { CallContext, Engine } from '../engine.ts'
import { ask, openStarter, saying } from './starter-engine.conformance.ts'
import { writeTinyRanker } from './tiny-ranker.conformance.ts'

const QUERY = 'what is a mosaic?'
const WORDS = 'stone glass tile wall floor bread river small pieces colour made'.split(' ')
/** A hundred texts of up to six words, no two alike but for the empty ones. */
const DOCUMENTS = Array.from({ length: 100 }, (_, text) =>
  Array.from({ length: text % 7 }, (_, word) => WORDS[(text * 3 + word * word) % WORDS.length]).join(' '),
)
// More than the library's usual batch of 512, in which this kind of model would see only a piece.
const LONG = 'stone river '.repeat(340)
const CONTEXT_TOKENS = 1024

const folder = await mkdtemp(join(tmpdir(), 'reranking-'))
const file = join(folder, 'tiny.gguf')
let engine: Engine
let model: LlamaModel
let direct: LlamaRankingContext
let asksTooEarly: Promise<unknown>

beforeAll(async () => {
  await writeTinyRanker(file, { contextTokens: CONTEXT_TOKENS })
  engine = openStarter({ weights: file })
  asksTooEarly = failureOf(ask(engine, saying('hello')))
  const llama = await getLlama({
    gpu: false,
    build: 'never',
    logLevel: LlamaLogLevel.disabled,
    maxThreads: 1,
  })
  model = await llama.loadModel({ modelPath: file })
  direct = await model.createRankingContext({
    contextSize: CONTEXT_TOKENS,
    batchSize: CONTEXT_TOKENS,
    threads: 1,
  })
})
afterAll(async () => {
  await engine.close()
  await direct.dispose()
  await rm(folder, { recursive: true })
})

function rank(request: Partial<RerankRequest>, more: Partial<CallContext> = {}, by: Engine = engine) {
  const whole = { query: QUERY, documents: DOCUMENTS, extra: {}, ...request }
  if (by.rerank === undefined) throw new TypeError('the embedded engine ranks')
  return by.rerank(permitFor(by.model), whole, { ...context(), ...more })
}

const tokensOf = (documents: readonly string[]) =>
  documents.reduce((sum, document) => sum + direct.calculateInputLength(QUERY, document), 0)

describe('a model that ranks', () => {
  test('gives a hundred documents the scores that the library gives them, best first', async () => {
    const expected = await direct.rankAll(QUERY, DOCUMENTS)
    const { ranked, usage } = await rank({})
    expect(ranked.map(({ index }) => index).toSorted((a, b) => a - b)).toEqual([...DOCUMENTS.keys()])
    for (const { index, score } of ranked) expect(score).toBeCloseTo(expected[index] ?? NaN, 7)
    expect(ranked.map(({ score }) => score)).toEqual(
      ranked.map(({ score }) => score).toSorted((a, b) => b - a),
    )
    expect(new Set(expected).size).toBeGreaterThan(50)
    expect(usage).toMatchObject({ inputTokens: tokensOf(DOCUMENTS), outputTokens: 0 })
  })

  test('keeps documents with one score in the order they were sent, and gives no more than wanted', async () => {
    const documents = ['river', 'stone', 'river', 'stone', 'river']
    const { ranked } = await rank({ documents })
    const places = ranked.map(({ index }) => index)
    expect([
      [0, 2, 4, 1, 3],
      [1, 3, 0, 2, 4],
    ]).toContainEqual(places)
    const { ranked: three } = await rank({ documents, topN: 3 })
    expect(three).toEqual(ranked.slice(0, 3))
  })

  test.each([[['stone']], [['']], [['', 'stone', '']]])('takes %j', async (documents) => {
    const { ranked, usage } = await rank({ documents })
    const expected = await direct.rankAll(QUERY, documents)
    for (const { index, score } of ranked) expect(score).toBeCloseTo(expected[index] ?? NaN, 7)
    expect(ranked).toHaveLength(documents.length)
    expect(usage.inputTokens).toBe(tokensOf(documents))
  })

  test('reads a long document in one piece, which the library by itself does not', async () => {
    const { ranked } = await rank({ documents: [LONG] })
    expect(ranked[0]?.score).toBeCloseTo(await direct.rank(QUERY, LONG), 7)
    const pieces = await model.createRankingContext({ contextSize: CONTEXT_TOKENS, threads: 1 })
    expect(Math.abs((await pieces.rank(QUERY, LONG)) - (ranked[0]?.score ?? NaN))).toBeGreaterThan(1e-4)
    await pieces.dispose()
  })

  test('refuses a pair that is longer than its context, with the numbers, and reads one that just fits', async () => {
    const beside = direct.calculateInputLength(QUERY, '')
    const fits = 'river '.repeat(CONTEXT_TOKENS - 1 - beside)
    expect((await rank({ documents: [fits] })).usage.inputTokens).toBe(CONTEXT_TOKENS - 1)
    const error = await failureOf(rank({ documents: ['stone', `${fits} stone`] }))
    expect(error).toMatchObject({
      code: 'context_length_exceeded',
      message: 'documents[1] and the query are 1024 tokens together; this model reads at most 1023 at once.',
    })
  })

  test('is told to stop in the middle, and then answers the next', async () => {
    const client = new AbortController()
    const sent = Promise.withResolvers<void>()
    const many = rank(
      { documents: Array<string>(1000).fill(LONG) },
      { signal: client.signal, onDispatched: sent.resolve },
    )
    await sent.promise
    // One that comes later takes turns with it, and is long done before a thousand long ones are.
    expect((await rank({ documents: ['stone'] })).ranked).toHaveLength(1)
    client.abort()
    expect(await failureOf(many)).toMatchObject({ code: 'request.cancelled' })
    await expect.poll(() => engine.state()).toMatchObject({ activeRequests: 0 })
    expect((await rank({ documents: ['stone'] })).ranked).toHaveLength(1)
  })

  test('does nothing else, and says so', async () => {
    const message =
      'tiny.gguf puts documents in order (POST /v1/rerank) and does nothing else; ask another model.'
    const refusal = { code: 'request.unsupported', message }
    expect(await failureOf(ask(engine, saying('hello')))).toMatchObject(refusal)
    const vectors = engine.embed(permitFor(engine.model), { inputs: ['a'], extra: {} }, context())
    expect(await failureOf(vectors)).toMatchObject(refusal)
    expect(engine.capabilities).toMatchObject({ reranks: true, embeddings: false, tools: false })
    // Asked before its header was read, the process says it.
    expect(await asksTooEarly).toMatchObject(refusal)
  })

  test('tells which fields of other servers it has no use for', async () => {
    const told: WireChange[] = []
    await rank(
      { documents: ['a'], extra: { max_tokens_per_doc: 12, user: null } },
      { onChanged: (changes) => told.push(...changes) },
    )
    expect(told).toMatchObject([{ kind: 'left-out', path: 'max_tokens_per_doc' }])
  })

  test.each([
    [{ documents: [] }, 'documents is empty; at least one text is needed.'],
    [{ documents: Array<string>(2049).fill('a') }, 'documents has 2049 texts; at most 2048 fit one request.'],
    [{ query: ' ' }, 'query has no token of this model; there is nothing to rank by.'],
  ])('refuses what is no ranking: %#', async (request, message) => {
    expect(await failureOf(rank(request))).toMatchObject({ code: 'request.invalid', message })
  })
})

describe('a model that does not rank', () => {
  test('says what its weights lack and which can, without being loaded', async () => {
    const starter = openStarter()
    expect(await failureOf(rank({}, {}, starter))).toMatchObject({
      code: 'request.unsupported',
      message:
        'starter does not put documents in order: starter-s1-q8_0.gguf has no classifier (no tensor cls.output.weight); ask a cross-encoder, such as a GGUF of bge-reranker, jina-reranker or Qwen3-Reranker.',
    })
    expect(starter.state()).toEqual({ kind: 'idle' })
    await starter.close()
  })

  test('is one whose numbers are all zero, although its header is that of a ranker', async () => {
    const empty = join(folder, 'empty.gguf')
    await writeTinyRanker(empty, { empty: true })
    const broken = openStarter({ weights: empty })
    expect(await failureOf(rank({}, {}, broken))).toMatchObject({
      code: 'engine.weights_damaged',
      message:
        'empty.gguf: it loads, but every text gets the same score: its weights are empty or not numbers.',
    })
    await broken.close()
  })
})

test('an encoder without a classifier makes vectors, of length 1, and does not write', async () => {
  const vectors = join(folder, 'vectors.gguf')
  await writeTinyRanker(vectors, { outputs: 0 })
  const encoder = openStarter({ weights: vectors })
  const inputs = ['stone', 'river']
  const answer = await encoder.embed(permitFor(encoder.model), { inputs, extra: {} }, context())
  for (const vector of answer.vectors) expect(Math.hypot(...vector)).toBeCloseTo(1, 5)
  expect(answer.vectors[0]).not.toEqual(answer.vectors[1])
  expect(encoder.capabilities).toMatchObject({ embeddings: true, reranks: false, tools: false })
  expect(await failureOf(ask(encoder, saying('hello')))).toMatchObject({ code: 'request.unsupported' })
  await encoder.close()
})
