import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { MusivumError } from '../../core/errors.ts'
import { createAnswerCollector, type CollectedAnswer } from '../collect-answer.ts'
import { createSseParser } from '../sse.ts'
import { createChatStreamParser } from './parse-answer.ts'

/**
 * Every kind of stream from every vendor of this wire: which file shows it, or why there is none. Anthropic, Gemini, Bedrock,
 * Cohere and OpenAI's Responses have folders of their own, with a file for each kind.
 */
const NO_REFUSAL = 'this server filters nothing: a refusal is text like any other'
const NO_CACHE_COUNT = 'it reuses prefixes and does not count them on this wire'
const streams = {
  openai: {
    plain: 'openai-stream',
    tool: 'openai-tool-call',
    parallel: 'openai-tool-call',
    reasoning: 'openai-reasoning',
    cached: 'openai-stream',
    refusal: 'openai-refusal',
    error: 'openai-error-in-stream',
    cut: 'openai-cut-in-stream',
  },
  azure: {
    plain: 'azure-stream',
    tool: 'azure-tool-call',
    parallel: 'azure-parallel-tool-calls',
    reasoning: 'azure-reasoning',
    cached: 'azure-stream',
    refusal: 'azure-content-filter',
    error: 'azure-error-in-stream',
    cut: 'azure-cut-in-stream',
  },
  deepseek: {
    plain: 'deepseek-stream',
    tool: 'deepseek-tool-call',
    parallel: 'deepseek-tool-call',
    reasoning: 'deepseek-reasoning',
    cached: 'deepseek-cached',
    refusal: 'deepseek-refusal',
    error: 'deepseek-error-in-stream',
    cut: 'deepseek-cut-in-stream',
  },
  mistral: {
    plain: 'mistral-stream',
    tool: 'mistral-tool-call',
    parallel: 'mistral-tool-call',
    reasoning: 'mistral-thinking',
    cached: 'mistral-cached',
    refusal: [NO_REFUSAL],
    error: 'mistral-error-in-stream',
    cut: 'mistral-cut-in-stream',
  },
  vllm: {
    plain: 'vllm-stream',
    tool: 'vllm-tool-call',
    parallel: 'vllm-parallel-tool-calls',
    reasoning: 'vllm-reasoning',
    cached: 'vllm-cached',
    refusal: [NO_REFUSAL],
    error: 'vllm-error-in-stream',
    cut: 'vllm-cut-in-stream',
  },
  ollama: {
    plain: 'ollama-stream',
    tool: 'ollama-tool-call',
    parallel: 'ollama-parallel-tool-calls',
    reasoning: 'ollama-reasoning',
    cached: [NO_CACHE_COUNT],
    refusal: [NO_REFUSAL],
    error: 'ollama-error-in-stream',
    cut: 'ollama-cut-in-stream',
  },
  'llama-server': {
    plain: 'llama-server-stream',
    tool: 'llama-server-tool-call',
    parallel: 'llama-server-parallel-tool-calls',
    reasoning: 'llama-server-stream',
    cached: 'llama-server-cached',
    refusal: [NO_REFUSAL],
    error: 'llama-server-error-in-stream',
    cut: 'llama-server-cut-in-stream',
  },
} as const satisfies Record<string, Record<Kind, string | readonly [string]>>

type Kind = 'plain' | 'tool' | 'parallel' | 'reasoning' | 'cached' | 'refusal' | 'error' | 'cut'

const shows: Readonly<Record<Kind, (name: string) => void>> = {
  plain(name) {
    const { choices, usage } = answer(name)
    expect(choices[0]?.text).not.toBe('')
    expect(choices[0]?.finishReason).toBe('stop')
    expect(usage?.outputTokens).toBeGreaterThan(0)
  },
  tool(name) {
    const [call] = answer(name).choices[0]?.toolCalls ?? []
    expect(call?.name).toBe('get_weather')
    expect(JSON.parse(call?.arguments ?? '')).toMatchObject({ city: expect.any(String) })
  },
  parallel(name) {
    const choice = answer(name).choices[0]
    const cities = choice?.toolCalls.map((call) => (JSON.parse(call.arguments) as { city: string }).city)
    expect(new Set(cities).size).toBe(2)
    expect(new Set(choice?.toolCalls.map((call) => call.id)).size).toBe(2)
    expect(choice?.finishReason).toBe('tool-calls')
  },
  reasoning(name) {
    const { choices, usage } = answer(name)
    // OpenAI and Azure keep the thoughts to themselves and say what they cost.
    const thought = choices[0]?.reasoning !== undefined && choices[0].reasoning !== ''
    expect(thought || (usage?.reasoningTokens ?? 0) > 0).toBe(true)
  },
  cached: (name) => expect(answer(name).usage?.cacheReadTokens).toBeGreaterThan(0),
  refusal(name) {
    const { refusal, finishReason } = answer(name).choices[0] ?? {}
    expect(finishReason === 'content-filter' || (refusal ?? '') !== '').toBe(true)
  },
  error: (name) => expect(failure(name).code).toMatch(/^upstream\.(?:failed|overloaded)$/),
  cut: (name) => expect(failure(name).code).toBe('upstream.cut'),
}

describe.each(Object.entries(streams))('%s', (_vendor, kinds) => {
  test.each(Object.entries(kinds).filter(([, file]) => typeof file === 'string'))(
    'shows %s in %s',
    (kind, file) => shows[kind as Kind](file as string),
  )
})

// These reach us through provider packages, which test/e2e/ai-sdk-providers.test.ts runs over the same files.
test.each(['anthropic', 'gemini', 'bedrock'])('%s has a file for every kind', (folder) => {
  const form = folder === 'bedrock' ? 'frames.jsonl' : 'events.txt'
  const kinds = ['plain', 'tool-call', 'parallel-tools', 'cached-prompt', 'refusal', 'cut']
  const missing = kinds.filter((kind) => !existsSync(fixture(`${folder}/${kind}.${form}`)))
  expect(missing).toEqual([])
})

function fixture(name: string): URL {
  return new URL(`../../../fixtures/${name}`, import.meta.url)
}

function answer(name: string): CollectedAnswer {
  const sse = createSseParser()
  const parser = createChatStreamParser()
  const collector = createAnswerCollector()
  const payloads = [...sse.push(readFileSync(fixture(`openai/${name}.events.txt`))), ...sse.end()]
  for (const event of [...payloads.flatMap((payload) => parser.push(payload)), ...parser.end()])
    collector.add(event)
  return collector.answer()
}

function failure(name: string): MusivumError {
  try {
    answer(name)
  } catch (error) {
    return error as MusivumError
  }
  throw new Error(`${name} did not fail`)
}
