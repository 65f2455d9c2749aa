import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sseParser } from './sse-parser.ts'

describe('the parser of server-sent events', () => {
  test('gives whole events only, with their names, without comments and ids', () => {
    const parser = sseParser()
    expect(parser.push(': hello\nevent: x\nid: 1\ndata: {"a"')).toEqual([])
    expect(parser.push(':1}\n')).toEqual([])
    expect(parser.push('\ndata: [DONE]\n\n')).toEqual([
      { event: 'x', data: '{"a":1}' },
      { event: '', data: '[DONE]' },
    ])
  })

  test('joins several data lines with a line end and keeps all but one leading space', () => {
    expect(sseParser().push('data: a\ndata:  b\ndata\n\n')).toEqual([{ event: '', data: 'a\n b\n' }])
  })

  test('gives the same events wherever the text is cut and whichever line end is used', () => {
    const payloads = ['{"delta":"नमस्ते"}', 'مرحبا', '[DONE]']
    for (const end of ['\n', '\r\n', '\r']) {
      const wire = payloads.map((payload) => `: c${end}data: ${payload}${end}${end}`).join('')
      fc.assert(
        fc.property(fc.array(fc.nat(wire.length), { maxLength: 12 }), (cuts) => {
          const parser = sseParser()
          const at = [0, ...cuts.sort((a, b) => a - b), wire.length]
          const events = at.flatMap((from, index) => parser.push(wire.slice(from, at[index + 1] ?? from)))
          expect(events.map(({ data }) => data)).toEqual(payloads)
        }),
        { numRuns: 100 },
      )
    }
  })

  test('refuses an event that never ends', () => {
    const parser = sseParser()
    expect(() => {
      for (let index = 0; index < 5; index += 1) parser.push(`data: ${'x'.repeat(1024 * 1024)}`)
    }).toThrow(RangeError)
  })
})
