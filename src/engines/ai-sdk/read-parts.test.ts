import { describe, expect, test } from 'vitest'
import type { AnswerEvent } from '../../core/events.ts'
import { createPartReader } from './read-parts.ts'
import type { StreamPart } from './spec.ts'

const MAKER = 'ai-sdk:@acme/provider'
const USAGE = { inputTokens: { total: 9, noCache: 9 }, outputTokens: { total: 4, text: 4 } }
const FINISH: StreamPart = { type: 'finish', finishReason: { unified: 'stop', raw: 'STOP' }, usage: USAGE }

describe('the parts of a provider stream as events', () => {
  test('text and thoughts that interleave are blocks one after the other', () => {
    const events = read([
      { type: 'reasoning-start', id: 'r' },
      { type: 'text-start', id: 't' },
      { type: 'reasoning-delta', id: 'r', delta: 'hm' },
      { type: 'text-delta', id: 't', delta: 'a' },
      { type: 'reasoning-end', id: 'r', providerMetadata: { acme: { signature: 's' } } },
      { type: 'text-delta', id: 't', delta: 'b' },
      { type: 'text-end', id: 't' },
      FINISH,
    ])
    expect(said(events)).toEqual([
      'reasoning-start',
      'reasoning-delta hm',
      'reasoning-end',
      'text-start',
      'text-delta a',
      'text-end',
      'reasoning-start',
      'reasoning-end {"acme":{"signature":"s"}}',
      'text-start',
      'text-delta b',
      'text-end',
      'usage',
      'finish stop',
    ])
  })

  test('a block without a piece is no block, unless the vendor wants its signature back', () => {
    const empty = (kind: string, fields = {}) => [
      { type: `${kind}-start`, id: '0', ...fields },
      { type: `${kind}-delta`, id: '0', delta: '' },
      { type: `${kind}-end`, id: '0' },
    ]
    const signed = { providerMetadata: { acme: { redacted: 'x' } } }
    expect(
      said(read([...empty('text'), ...empty('reasoning'), ...empty('reasoning', signed), FINISH])),
    ).toEqual(['reasoning-start', 'reasoning-end {"acme":{"redacted":"x"}}', 'usage', 'finish stop'])
  })

  test('a call arrives in pieces, in one piece, or with no piece and its input at the end', () => {
    const start = (id: string) => ({
      type: 'tool-input-start',
      id,
      toolName: 'now',
      providerMetadata: signedAs(id),
    })
    const call = (id: string) => ({ type: 'tool-call', toolCallId: id, toolName: 'now', input: '{}' })
    const events = read([
      start('a'),
      { type: 'tool-input-delta', id: 'a', delta: '{' },
      { type: 'tool-input-delta', id: 'a', delta: '}' },
      { type: 'tool-input-end', id: 'a' },
      call('a'),
      start('b'),
      { type: 'tool-input-end', id: 'b' },
      call('b'),
      call('c'),
      { ...call('searched'), providerExecuted: true },
      FINISH,
    ])
    expect(said(events)).toEqual([
      'tool-call-start a {"acme":{"sig":"a"}}',
      'tool-call-delta {',
      'tool-call-delta }',
      'tool-call-end',
      'tool-call-start b {"acme":{"sig":"b"}}',
      'tool-call-delta {}',
      'tool-call-end',
      'tool-call-start c',
      'tool-call-delta {}',
      'tool-call-end',
      'usage',
      'finish stop',
    ])
  })

  test('usage is taken apart into buckets that add up', () => {
    const usage = {
      inputTokens: { total: 2188, noCache: 12, cacheRead: 2048, cacheWrite: 128 },
      outputTokens: { total: 44, text: 4, reasoning: 40 },
    }
    expect(read([{ ...FINISH, usage }])).toContainEqual({
      kind: 'usage',
      usage: {
        inputTokens: 12,
        cacheReadTokens: 2048,
        cacheWriteTokens: 128,
        outputTokens: 4,
        reasoningTokens: 40,
        source: 'counted',
        raw: usage,
      },
    })
    expect(read([{ ...FINISH, usage: undefined }]).some(({ kind }) => kind === 'usage')).toBe(false)
  })

  test('sources and pictures are kept for whoever looks', () => {
    const source = { type: 'source', sourceType: 'url', id: '1', url: 'https://a.example/', title: 'A' }
    const file = { type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'AAAA' } }
    expect(read([source, file, FINISH])).toContainEqual({
      kind: 'extra',
      fields: {
        sources: [{ url: 'https://a.example/', title: 'A' }],
        files: [{ media_type: 'image/png', data: 'AAAA' }],
      },
    })
  })

  test.each([
    [{ unified: 'other', raw: undefined }, 'upstream.cut'],
    [{ unified: 'interrupted', raw: undefined }, 'upstream.cut'],
    ['unknown', undefined],
    [{ unified: 'other', raw: 'LANGUAGE' }, undefined],
    [{ unified: 'error', raw: 'MALFORMED_FUNCTION_CALL' }, 'upstream.failed'],
  ])('the end %o, which a package may have made up, is %s', (finishReason, code) => {
    const end = () => read([{ ...FINISH, finishReason }])
    if (code === undefined) expect(said(end()).at(-1)).toBe('finish other')
    else expect(end).toThrow(expect.objectContaining({ code }))
  })
})

function read(parts: readonly StreamPart[]): AnswerEvent[] {
  const reader = createPartReader(MAKER)
  return parts.flatMap((part) => reader.read(part))
}

function signedAs(id: string) {
  return { acme: { sig: id } }
}

function said(events: readonly AnswerEvent[]): readonly string[] {
  return events.map((event) => {
    const words: string[] = [event.kind]
    if (event.kind === 'tool-call-start') words.push(event.id)
    if ('text' in event) words.push(event.text)
    if (event.kind === 'tool-call-delta') words.push(event.arguments)
    if (event.kind === 'finish') words.push(event.reason)
    if ('signature' in event && event.signature !== undefined) {
      expect(event.signature.maker).toBe(MAKER)
      words.push(JSON.stringify(event.signature.value))
    }
    return words.join(' ')
  })
}
