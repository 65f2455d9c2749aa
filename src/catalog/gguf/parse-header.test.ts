import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { MusivumError } from '../../core/errors.ts'
import { ggufHeaderBytes, type WrittenFile } from './gguf-bytes.conformance.ts'
import { mutated, seededDraw } from './mutate.conformance.ts'
import { parseGgufHeader } from './parse-header.ts'
import { readGgufHeaderFrom } from './read-header.ts'

const STARTER = readFileSync(
  fileURLToPath(new URL('../../../models/starter/starter-s1-q8_0.gguf', import.meta.url)),
)

const SMALL: WrittenFile = {
  metadata: [
    ['general.architecture', 'llama'],
    ['llama.block_count', 2],
    ['llama.rope.freq_base', { kind: 'f64', value: 10_000.5 }],
    ['general.seed', { kind: 'u64', value: 7_000_000_000 }],
    ['general.shift', { kind: 'i32', value: -3 }],
    ['general.scale', { kind: 'f32', value: 0.5 }],
    ['tokenizer.ggml.add_bos_token', true],
    ['tokenizer.ggml.tokens', { kind: 'array', of: 'text', items: ['a', 'né', '\u2581the'] }],
    ['llama.attention.head_count_kv', { kind: 'array', of: 'u32', items: [4, 0] }],
  ],
  tensors: [
    { name: 'token_embd.weight', shape: [256, 3], type: 'Q4_K' },
    { name: 'output_norm.weight', shape: [256], type: 'F32' },
  ],
}

function parse(file: WrittenFile, change: (bytes: Buffer) => void = () => undefined, lost = 0) {
  const { header, fileBytes } = ggufHeaderBytes(file)
  change(header)
  const parsed = parseGgufHeader(header, fileBytes - lost, { name: 'x.gguf' })
  if (parsed.kind === 'more') throw new TypeError(`wants ${parsed.bytes} bytes`)
  return parsed.header
}

describe.each([false, true])('a header, big-endian %s', (bigEndian) => {
  test.each([2, 3])('of version %s is read as it was written', (version) => {
    const header = parse({ ...SMALL, version, bigEndian })
    expect(header).toMatchObject({ version, endian: bigEndian ? 'big' : 'little', alignment: 32 })
    expect(Object.fromEntries(header.metadata)).toEqual({
      'general.architecture': 'llama',
      'llama.block_count': 2,
      'llama.rope.freq_base': 10_000.5,
      'general.seed': 7_000_000_000,
      'general.shift': -3,
      'general.scale': 0.5,
      'tokenizer.ggml.add_bos_token': true,
      'tokenizer.ggml.tokens': { itemType: 'text', length: 3, first: ['a', 'né', '\u2581the'] },
      'llama.attention.head_count_kv': { itemType: 'u32', length: 2, first: [4, 0], items: [4, 0] },
    })
    expect(header.tensors.map(({ name, type, offset, bytes }) => [name, type.name, offset, bytes])).toEqual([
      ['token_embd.weight', 'Q4_K', 0, 432],
      ['output_norm.weight', 'F32', 448, 1024],
    ])
    expect(header.dataStart % 32).toBe(0)
  })
})

describe('what is wrong is said with its place and what was expected', () => {
  const tensors = (...all: NonNullable<WrittenFile['tensors']>): WrittenFile => ({ tensors: all })
  test.each<readonly [string, WrittenFile, RegExp]>([
    [
      'the first version',
      { version: 1 },
      /GGUF version 1, from before August 2023.* reads versions 2 and 3\.$/,
    ],
    [
      'a key twice',
      {
        metadata: [
          ['a', 1],
          ['a', 2],
        ],
      },
      /at byte 41 the metadata key a comes again/,
    ],
    [
      'an alignment of 24',
      { metadata: [['general.alignment', 24]] },
      /general\.alignment is 24, expected a power of two/,
    ],
    [
      'an alignment of 0',
      { metadata: [['general.alignment', 0]] },
      /is 0, expected a power of two from 1 to 65536/,
    ],
    ['a text for an alignment', { metadata: [['general.alignment', '32']] }, /expected a power of two/],
    [
      'a tensor twice',
      tensors({ name: 'a', shape: [1], type: 'F32' }, { name: 'a', shape: [1], type: 'F32' }),
      /the tensor a comes again/,
    ],
    [
      'a long tensor name',
      tensors({ name: 'n'.repeat(64), shape: [1], type: 'F32' }),
      /a tensor name claims 64 bytes, expected at most 63/,
    ],
    [
      'five dimensions',
      tensors({ name: 'a', shape: [1, 1, 1, 1, 1], type: 'F32' }),
      /has 5 dimensions, expected 1 to 4/,
    ],
    ['no dimensions', tensors({ name: 'a', shape: [], type: 'F32' }), /has 0 dimensions/],
    ['a length of 0', tensors({ name: 'a', shape: [32, 0], type: 'F32' }), /impossible shape 32 x 0/],
    [
      'half a block',
      tensors({ name: 'a', shape: [48], type: 'Q8_0' }),
      /rows of 48 values, expected a multiple of 32 for Q8_0/,
    ],
  ])('%s', (_name, file, line) => {
    expect(() => parse(file)).toThrow(line)
    expect(() => parse(file)).toThrow(MusivumError)
  })

  const at = (bytes: Buffer, text: string) => bytes.indexOf(text) + text.length
  test.each<readonly [string, (bytes: Buffer) => void, RegExp]>([
    [
      'an array inside an array',
      (b) => b.writeUInt32LE(9, at(b, 'ggml.tokens') + 4),
      /tokens has an array inside an array/,
    ],
    [
      'a value of no type',
      (b) => b.writeUInt32LE(13, at(b, 'block_count')),
      /a value of type 13, expected one of the types 0 to 12/,
    ],
    [
      'a truth value of 7',
      (b) => b.writeUInt8(7, at(b, 'add_bos_token') + 4),
      /a truth value is 7, expected 0 or 1/,
    ],
    [
      'a key that is no UTF-8',
      (b) => b.writeUInt8(0xff, b.indexOf('llama.block')),
      /a metadata key is not valid UTF-8/,
    ],
    [
      'items without end',
      (b) => b.writeUInt32LE(9e8, at(b, 'ggml.tokens') + 8),
      /claims 900000000 items of tokenizer\.ggml\.tokens, expected at most/,
    ],
    [
      'a text longer than the file',
      (b) => b.writeUInt32LE(1e6, at(b, 'architecture') + 4),
      /claims 1000000 bytes, expected at most/,
    ],
    [
      'a removed type',
      (b) => b.writeUInt32LE(4, at(b, 'token_embd.weight') + 20),
      /type 4 \(Q4_2, which engines no longer read\), expected one of/,
    ],
    [
      'an unknown type',
      (b) => b.writeUInt32LE(99, at(b, 'token_embd.weight') + 20),
      /has type 99, expected one of ggml's types 0 to 42/,
    ],
    [
      'an offset between two places',
      (b) => b.writeUInt32LE(16, at(b, 'token_embd.weight') + 24),
      /has the offset 16, expected a multiple of 32/,
    ],
    [
      'a tensor on another',
      (b) => b.writeUInt32LE(416, at(b, 'output_norm.weight') + 16),
      /output_norm\.weight begins inside token_embd\.weight/,
    ],
    [
      'a tensor behind the end',
      (b) => b.writeUInt32LE(32_000, at(b, 'output_norm.weight') + 16),
      /output_norm\.weight starts at byte \d+, but the file has/,
    ],
    [
      'lengths whose product overflows',
      (b) => b.writeBigUInt64LE(2n ** 62n, at(b, 'token_embd.weight') + 4),
      /impossible shape/,
    ],
  ])('%s', (_name, change, line) => {
    expect(() => parse(SMALL, change)).toThrow(line)
  })

  test('a copy that lacks its last byte', () => {
    expect(() => parse(SMALL, undefined, 32)).toThrow(
      /bytes but its tensors need \d+: the copy is incomplete/,
    )
  })
})

describe('reading as much as is needed', () => {
  test('a source is asked for every byte once, and for none of the weights', async () => {
    const items = Array.from({ length: 60_000 }, (_, index) => `token ${index}`)
    const { header, fileBytes } = ggufHeaderBytes({ metadata: [['t', { kind: 'array', of: 'text', items }]] })
    const asked: [number, number][] = []
    const read = (offset: number, length: number) => {
      asked.push([offset, length])
      // As a socket gives it: less than was asked for.
      return Promise.resolve(header.subarray(offset, offset + Math.min(length, 100_000)))
    }
    const parsed = await readGgufHeaderFrom(
      { size: fileBytes + 4e10, read },
      { name: 'x.gguf', keep: new Set(['t']) },
    )
    expect(parsed.metadata.get('t')).toMatchObject({
      length: 60_000,
      items: expect.arrayContaining(['token 59999']) as string[],
    })
    expect(asked.every(([offset], place) => place === 0 || offset > (asked[place - 1]?.[0] ?? 0))).toBe(true)
  })

  test('a source that ends early says so', async () => {
    const source = { size: 1_000_000, read: (from: number) => Promise.resolve(STARTER.subarray(from, 1_000)) }
    await expect(readGgufHeaderFrom(source, { name: 'x.gguf' })).rejects.toThrow(
      /ends inside its header, at byte 1000/,
    )
  })

  test('whatever the header is cut to, what is missing is asked for and nothing else happens', () => {
    for (let length = 0; length < 20_000; length += 97) {
      const parsed = parseGgufHeader(STARTER.subarray(0, length), STARTER.length, { name: 'x.gguf' })
      expect(parsed.kind === 'more' && parsed.bytes).toBeGreaterThan(length)
    }
  })
})

describe('bytes that nobody wrote on purpose', () => {
  test('any bytes are refused in one line or read', () => {
    const bytes = fc
      .uint8Array({ maxLength: 400 })
      .map((tail) => Buffer.concat([STARTER.subarray(0, 24), tail]))
    fc.assert(
      fc.property(bytes, (all) => outcomeOf(all) !== 'crash'),
      { seed: 7, numRuns: 3_000 },
    )
  })

  test('twenty thousand damaged headers are refused in one line or read, each within 50 ms', () => {
    const draw = seededDraw(20_261_123)
    const originals = [ggufHeaderBytes(SMALL).header, ggufHeaderBytes({ ...SMALL, bigEndian: true }).header]
    const outcomes = { read: 0, refused: 0, more: 0, crash: 0 }
    let slowestMs = 0
    for (let round = 0; round < 20_000; round += 1) {
      const bytes = mutated(originals[round % 2] ?? STARTER, draw)
      const started = performance.now()
      outcomes[outcomeOf(bytes)] += 1
      slowestMs = Math.max(slowestMs, performance.now() - started)
    }
    expect(outcomes.crash).toBe(0)
    expect(outcomes.refused).toBeGreaterThan(5_000)
    expect(outcomes.read).toBeGreaterThan(100)
    // Twenty times the bar: other work on this machine must not fail it. `bench/gguf-fuzz.ts` holds to the bar.
    expect(slowestMs).toBeLessThan(1_000)
  })
})

/** `crash` is anything but our own one line. */
function outcomeOf(bytes: Uint8Array): 'read' | 'refused' | 'more' | 'crash' {
  try {
    const parsed = parseGgufHeader(bytes, bytes.length + 4096, { name: 'x.gguf' })
    return parsed.kind === 'whole' ? 'read' : 'more'
  } catch (thrown) {
    const known = thrown instanceof MusivumError && thrown.code === 'engine.weights_damaged'
    return known && !thrown.message.includes('\n') ? 'refused' : 'crash'
  }
}
