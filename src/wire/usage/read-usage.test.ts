import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { totalInputTokens, totalOutputTokens } from '../../core/usage.ts'
import { mergeUsage } from './merge-usage.ts'
import { readUsage } from './read-usage.ts'
import { withoutRaw } from './without-raw.conformance.ts'

const nothing = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  source: 'counted',
}

/** What no price case of src/catalog/prices shows: there, every vendor's usual usage is read and priced. */
describe('a usage object', () => {
  test.each<readonly [string, object, object]>([
    [
      'of Ollama itself',
      { prompt_eval_count: 26, eval_count: 298, eval_duration: 4799921000 },
      { inputTokens: 26, outputTokens: 298 },
    ],
    ['of Ollama, whose prompt was cached', { eval_count: 298 }, { outputTokens: 298, unknown: 'input' }],
    [
      'of llama-server itself',
      { tokens_evaluated: 20, tokens_predicted: 5 },
      { inputTokens: 20, outputTokens: 5 },
    ],
    [
      'of llama-server, with its cache',
      { timings: { cache_n: 100, prompt_n: 20, predicted_n: 5 } },
      { inputTokens: 20, cacheReadTokens: 100, outputTokens: 5 },
    ],
    ['of a reranker', { total_tokens: 700 }, { inputTokens: 700 }],
    ['of a reranker by the search', { billed_units: { search_units: 2 } }, { rerankSearches: 2 }],
    [
      'of a provider package',
      { inputTokens: { total: 30, cacheRead: 20 }, outputTokens: { total: 9, reasoning: 4 } },
      { inputTokens: 10, cacheReadTokens: 20, outputTokens: 5, reasoningTokens: 4 },
    ],
    [
      'of a provider package, whose vendor says more',
      {
        inputTokens: { total: 1010, noCache: 10, cacheWrite: 1000 },
        outputTokens: { total: 9 },
        raw: {
          input_tokens: 10,
          output_tokens: 9,
          cache_creation_input_tokens: 1000,
          cache_creation: { ephemeral_1h_input_tokens: 1000 },
        },
      },
      { inputTokens: 10, cacheWrite1hTokens: 1000, outputTokens: 9 },
    ],
    [
      'of a provider package before version 3',
      { inputTokens: 30, outputTokens: 9, totalTokens: 39, cachedInputTokens: 20, reasoningTokens: 4 },
      { inputTokens: 10, cacheReadTokens: 20, outputTokens: 5, reasoningTokens: 4 },
    ],
    [
      'in a whole answer',
      { id: 'x', choices: [], usage: { prompt_tokens: 3, completion_tokens: 4 } },
      { inputTokens: 3, outputTokens: 4 },
    ],
    [
      'in an event',
      { type: 'message_start', message: { usage: { input_tokens: 3, output_tokens: 1 } } },
      { inputTokens: 3, outputTokens: 1 },
    ],
    [
      'with a bill',
      { prompt_tokens: 3, completion_tokens: 4, cost: 0.00014055 },
      { inputTokens: 3, outputTokens: 4, reportedNanoUsd: 140_550 },
    ],
    [
      "with a fee, and the bill of the seller behind it on a key of one's own",
      {
        prompt_tokens: 3,
        completion_tokens: 4,
        cost: 0.0001,
        is_byok: true,
        cost_details: { upstream_inference_cost: 0.002 },
      },
      { inputTokens: 3, outputTokens: 4, reportedNanoUsd: 2_100_000 },
    ],
    [
      'with a bill of parts',
      { prompt_tokens: 3, completion_tokens: 4, cost: { request_cost: 0.005, total_cost: 0.006 } },
      { inputTokens: 3, outputTokens: 4, reportedNanoUsd: 6_000_000 },
    ],
    [
      'whose total is not its sum',
      { prompt_tokens: 3, completion_tokens: 4, total_tokens: 9 },
      { inputTokens: 3, outputTokens: 4, disputed: true },
    ],
    [
      'that caches more than there was',
      { prompt_tokens: 3, completion_tokens: 4, prompt_tokens_details: { cached_tokens: 5 } },
      { cacheReadTokens: 3, outputTokens: 4, disputed: true },
    ],
    [
      'whose hits and misses are not its prompt',
      {
        prompt_tokens: 10,
        completion_tokens: 4,
        prompt_cache_hit_tokens: 5,
        prompt_cache_miss_tokens: 6,
      },
      { inputTokens: 5, cacheReadTokens: 5, outputTokens: 4, disputed: true },
    ],
    [
      'whose lifetimes are not its writes',
      {
        input_tokens: 1,
        output_tokens: 1,
        cache_creation_input_tokens: 50,
        cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 20 },
      },
      { inputTokens: 1, outputTokens: 1, cacheWriteTokens: 30, cacheWrite1hTokens: 20, disputed: true },
    ],
    [
      'of Gemini whose total is not its sum',
      { promptTokenCount: 3, candidatesTokenCount: 4, thoughtsTokenCount: 5, totalTokenCount: 99 },
      { inputTokens: 3, outputTokens: 4, reasoningTokens: 5, disputed: true },
    ],
    ['with one side', { prompt_tokens: 3 }, { inputTokens: 3, unknown: 'output' }],
    [
      'with one side and null',
      { prompt_tokens: null, completion_tokens: 3 },
      { outputTokens: 3, unknown: 'input' },
    ],
    [
      'with one side and the total',
      { completion_tokens: 3, total_tokens: 10 },
      { inputTokens: 7, outputTokens: 3 },
    ],
  ])('%s', (_, raw, expected) => {
    const { usage, fault } = readUsage(raw)
    expect(fault).toBeUndefined()
    expect(withoutRaw(usage)).toEqual({ ...nothing, ...expected })
  })

  test.each([null, undefined, {}, [], 'x', 5, { usage: null }, { choices: [] }, { prompt_tokens: null }])(
    'that holds no counts is nothing: %j',
    (raw) => {
      expect(readUsage(raw)).toEqual({})
    },
  )

  test.each<readonly [object, string]>([
    [{ prompt_tokens: -1, completion_tokens: 2 }, '"usage.prompt_tokens" is -1'],
    [{ prompt_tokens: 1.5, completion_tokens: 2 }, '"usage.prompt_tokens" is 1.5'],
    [{ prompt_tokens: 1e15, completion_tokens: 2 }, '"usage.prompt_tokens" is 1000000000000000'],
    [{ prompt_tokens: '7', completion_tokens: 2 }, '"usage.prompt_tokens" is a string'],
    [
      { input_tokens: 1, output_tokens: 1, cache_creation: { ephemeral_1h_input_tokens: -3 } },
      '"usage.cache_creation.ephemeral_1h_input_tokens" is -3',
    ],
    [{ promptTokenCount: [], totalTokenCount: 3 }, '"usage.promptTokenCount" is a list'],
    [{ inputTokens: true, outputTokens: 3 }, '"usage.inputTokens" is a boolean'],
    [
      { inputTokens: 1, outputTokens: 3, cacheDetails: [{ ttl: '1h', inputTokens: 0.5 }] },
      '"usage.cacheDetails[0].inputTokens" is 0.5',
    ],
    [
      {
        promptTokenCount: 1,
        totalTokenCount: 3,
        promptTokensDetails: [{ modality: 'AUDIO', tokenCount: -1 }],
      },
      '"usage.promptTokensDetails[0].tokenCount" is -1',
    ],
  ])('with what is no count is told of, and read without it: %j', (raw, fault) => {
    expect(readUsage(raw).fault).toBe(`${fault}; expected a whole number from 0 to 1000000000`)
  })

  test('with a bill below 0 is told of', () => {
    expect(readUsage({ prompt_tokens: 1, completion_tokens: 1, cost: -0.5 }).fault).toBe(
      '"usage.cost" is -0.5; expected an amount from 0 up',
    )
  })

  test('that nests without end is read no deeper than vendors write', () => {
    let raw: object = { prompt_tokens: 1 }
    for (let depth = 0; depth < 20_000; depth += 1) raw = { usage: raw }
    expect(readUsage(raw)).toEqual({})
  })

  test('of anything never has a negative bucket, and keeps what it was read from', () => {
    const count = fc.oneof(fc.nat(1e9), fc.constantFrom(null, -1, 0.5, 'x', 1e300, true))
    const names = fc.constantFrom(
      ...`prompt_tokens completion_tokens total_tokens input_tokens output_tokens cached_tokens cache_read_input_tokens
      cache_creation_input_tokens promptTokenCount candidatesTokenCount thoughtsTokenCount totalTokenCount inputTokens
      cachedContentTokenCount outputTokens cacheReadInputTokens cacheWriteInputTokens prompt_cache_hit_tokens`.split(
        /\s+/,
      ),
    )
    const details = fc.dictionary(
      fc.constantFrom(
        'cached_tokens',
        'audio_tokens',
        'image_tokens',
        'reasoning_tokens',
        'cache_write_tokens',
      ),
      count,
    )
    const more = fc.record(
      { prompt_tokens_details: details, completion_tokens_details: details, input_tokens_details: details },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(fc.dictionary(names, count), more, (counts, extra) => {
        const raw = { ...counts, ...extra }
        const { usage } = readUsage(raw)
        if (usage === undefined) return
        const numbers = Object.values(usage).filter((each) => typeof each === 'number')
        expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0)
        expect(numbers.every(Number.isInteger)).toBe(true)
        expect(totalInputTokens(usage) + totalOutputTokens(usage)).toBeLessThanOrEqual(8e9)
        expect(usage.raw).toEqual(raw)
      }),
      { seed: 7, numRuns: 2_000 },
    )
  })
})

describe('what a stream says of its usage', () => {
  test('is merged field by field: the later one stands, null says nothing, and nothing is added up', () => {
    const first = { prompt_tokens: 10, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 4 } }
    const later = { completion_tokens: 3, prompt_tokens: null, prompt_tokens_details: { audio_tokens: 2 } }
    expect(mergeUsage(mergeUsage(undefined, first), later)).toEqual({
      prompt_tokens: 10,
      completion_tokens: 3,
      prompt_tokens_details: { cached_tokens: 4, audio_tokens: 2 },
    })
    expect(mergeUsage(first, null)).toBe(first)
    expect(mergeUsage(undefined, 'x')).toBeUndefined()
  })
})
