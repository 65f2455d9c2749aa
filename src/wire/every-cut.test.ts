import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { createSseParser } from './sse.ts'

const FIXTURES = fileURLToPath(new URL('../../fixtures/', import.meta.url))
const STREAMS = globSync('*/*.events.txt', { cwd: FIXTURES })

test('there are streams of four protocols', () => {
  expect(new Set(STREAMS.map((name) => name.split('/')[0])).size).toBeGreaterThanOrEqual(4)
  expect(STREAMS.length).toBeGreaterThan(60)
})

// Readers of a protocol take whole payloads, one after the other: equal payloads are equal events.
describe.each(STREAMS)('%s', (name) => {
  const bytes = readFileSync(FIXTURES + name)
  const uncut = payloads([bytes])

  test('holds events', () => expect(uncut.length).toBeGreaterThan(0))

  test('cut in two at every byte, it says the same', () => {
    for (let cut = 1; cut < bytes.length; cut += 1) {
      const said = payloads([bytes.subarray(0, cut), bytes.subarray(cut)])
      if (said.join('\0') !== uncut.join('\0')) expect({ cut, said }).toEqual({ cut, said: uncut })
    }
  })

  test.each([1, 2, 3, 7])('in pieces of %i bytes, it says the same', (size) => {
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size),
    )
    expect(payloads(pieces)).toEqual(uncut)
  })

  test('with CRLF at the end of its lines, cut at every byte, it says the same', () => {
    const crlf = Buffer.from(bytes.toString().replaceAll('\n', '\r\n'))
    for (let cut = 1; cut < crlf.length; cut += 1) {
      const said = payloads([crlf.subarray(0, cut), crlf.subarray(cut)])
      if (said.join('\0') !== uncut.join('\0')) expect({ cut, said }).toEqual({ cut, said: uncut })
    }
  })
})

function payloads(pieces: readonly Uint8Array[]): readonly string[] {
  const sse = createSseParser()
  return [...pieces.flatMap((piece) => sse.push(piece)), ...sse.end()]
}
