import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { errors, MusivumError, type ErrorCode } from '../core/errors.ts'
import { parseOpenAiError, renderOpenAiError } from './openai-error.ts'

function fixture(name: string): unknown {
  return JSON.parse(
    readFileSync(new URL(`../../fixtures/openai/${name}.response.json`, import.meta.url), 'utf8'),
  )
}

describe('renderOpenAiError', () => {
  test('has the shape of OpenAI, our code and the id that finds the request in the log', () => {
    const error = new MusivumError('request.invalid', 'n: expected 1, got 2', { param: 'n' })
    expect(renderOpenAiError(error, '0190')).toEqual({
      error: {
        message: 'n: expected 1, got 2',
        type: 'invalid_request_error',
        param: 'n',
        code: 'request.invalid',
        request_id: '0190',
      },
    })
  })

  test('leaves out what is not known', () => {
    const error = new MusivumError('internal', 'x', { param: 5, secret: 'y' })
    expect(renderOpenAiError(error, '')).toEqual({
      error: { message: 'x', type: 'server_error', param: null, code: 'internal' },
    })
  })

  test.each([
    ['model.not_found', 'invalid_request_error'],
    ['budget.exhausted', 'insufficient_quota'],
    ['policy.forbidden', 'permission_error'],
    ['engine.busy', 'rate_limit_error'],
    ['upstream.failed', 'server_error'],
  ] as const)('says the type of OpenAI that fits %s: %s', (code, type) => {
    expect(renderOpenAiError(new MusivumError(code, 'x'), '')).toMatchObject({ error: { type, code } })
  })

  test('is read back by our own reader, whatever the code', () => {
    for (const code of Object.keys(errors) as ErrorCode[])
      expect(parseOpenAiError(renderOpenAiError(new MusivumError(code, 'why'), ''))).toMatchObject({
        code,
        message: 'why',
      })
  })
})

describe('parseOpenAiError', () => {
  test.each([
    ['openai-error', { code: 'model_not_found', type: 'invalid_request_error' }],
    ['openai-rate-limit-error', { code: 'rate_limit_exceeded', type: 'tokens' }],
    ['vllm-error', { code: '404', type: 'NotFoundError' }],
    ['vllm-older-error', { code: '400', type: 'BadRequestError' }],
    ['vllm-fastapi-error', { code: '', type: 'missing', message: 'Field required' }],
    ['ollama-error', { code: '', type: 'api_error' }],
    ['ollama-own-error', { message: "model 'nope' not found" }],
    ['llama-server-error', { code: '400', type: 'exceed_context_size_error' }],
    ['llama-server-loading-error', { code: '503', type: 'unavailable_error' }],
    ['gemini-error', { code: '400', message: 'API key not valid. Please pass a valid API key.' }],
  ])('reads %s', (name, expected) => {
    const error = parseOpenAiError(fixture(name))
    expect(error).toMatchObject(expected)
    expect(error?.message).not.toBe('')
  })

  test('reads the two forms of a detail', () => {
    expect(parseOpenAiError({ detail: 'Not Found' })).toEqual({ message: 'Not Found', code: '', type: '' })
    expect(parseOpenAiError({ detail: { message: 'no' } })).toEqual({ message: 'no', code: '', type: '' })
  })

  test.each(['openai-chat', 'openai-embeddings', 'openai-models', 'llama-server-chat'])(
    'takes no answer for an error: %s',
    (name) => {
      expect(parseOpenAiError(fixture(name))).toBeUndefined()
    },
  )

  test.each([
    null,
    'text',
    5,
    [],
    {},
    { error: null, choices: [] },
    { error: '' },
    { detail: [] },
    { message: 5 },
  ])('finds no error in %j', (value) => {
    expect(parseOpenAiError(value)).toBeUndefined()
  })
})
