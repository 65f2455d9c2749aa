import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { createSseParser, MAX_SSE_EVENT_CHARS } from './sse.ts'

const encoder = new TextEncoder()

/** The payloads of `bytes` when they arrive cut at `cuts`. */
function payloadsOf(bytes: Uint8Array, cuts: readonly number[] = []): readonly string[] {
  const parser = createSseParser()
  const edges = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]
  const chunks = edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge))
  return [...chunks.flatMap((chunk) => parser.push(chunk)), ...parser.end()]
}

describe('the parser of server-sent events', () => {
  test.each([
    ['data: a\n\ndata: b\n\n', ['a', 'b']],
    ['data: a\r\n\r\ndata: b\r\n\r\n', ['a', 'b']],
    ['data: a\r\rdata: b\r\r', ['a', 'b']],
    [': comment\n\nevent: x\nid: 1\nretry: 5\ndata: a\n\n', ['a']],
    ['data: a\ndata: b\ndata:\ndata\n\n', ['a\nb\n\n']],
    ['data:a\n\ndata:  a\n\n', ['a', ' a']],
    ['\ufeffdata: a\n\n', ['a']],
    ['database: a\n\ndata: b\n\n', ['b']],
    ['data: नमस्ते 👋\n\n', ['नमस्ते 👋']],
    ['data: a\u2028b\u0085c\n\n', ['a\u2028b\u0085c']],
  ])('reads %j', (text, payloads) => {
    expect(payloadsOf(encoder.encode(text))).toEqual(payloads)
  })

  test.each([
    ['data: whole, without the empty line\n', ['whole, without the empty line']],
    ['data: a\n\ndata: [DONE]', ['a', '[DONE]']],
    ['data: a\n\ndata: {"half', ['a']],
    ['data: first line\ndata: half a sec', []],
  ])('at the end of the connection keeps what is whole of %j', (text, payloads) => {
    expect(payloadsOf(encoder.encode(text))).toEqual(payloads)
  })

  test('gives the same events however the bytes are cut', () => {
    const line = fc.oneof(
      fc.string({ unit: 'grapheme' }).map((text) => `data: ${text.replaceAll(/[\r\n]/g, '')}`),
      fc.constantFrom('', '', ': ping', 'event: x', 'data'),
    )
    const stream = fc
      .array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r')), { maxLength: 20 })
      .map((lines) => encoder.encode(lines.flat().join('')))
    fc.assert(
      fc.property(stream, fc.array(fc.nat(), { maxLength: 12 }), (bytes, cuts) => {
        expect(payloadsOf(bytes, cuts)).toEqual(payloadsOf(bytes))
      }),
    )
  })

  test('gives the same events of a real stream byte by byte', () => {
    const bytes = readFileSync(new URL('../../fixtures/openai/openai-stream.events.txt', import.meta.url))
    const everywhere = Array.from({ length: bytes.length }, (_, index) => index)
    expect(payloadsOf(bytes, everywhere)).toEqual(payloadsOf(bytes))
    expect(payloadsOf(bytes).at(-1)).toBe('[DONE]')
    expect(payloadsOf(bytes)).toHaveLength(12)
  })

  test.each([
    ['one line that never ends', 'data: ', 'x'.repeat(65_536)],
    ['lines without an empty one between them', '', `data: ${'x'.repeat(65_536)}\n`],
  ])('refuses %s instead of filling the memory', (_what, start, repeated) => {
    const parser = createSseParser()
    const chunk = encoder.encode(repeated)
    const pushAll = () => {
      parser.push(encoder.encode(start))
      for (let chars = 0; chars <= MAX_SSE_EVENT_CHARS; chars += 65_536) parser.push(chunk)
    }
    expect(pushAll).toThrow(expect.objectContaining({ code: 'upstream.bad_answer' }))
  })
})
