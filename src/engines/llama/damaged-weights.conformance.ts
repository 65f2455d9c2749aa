import { readFileSync } from 'node:fs'
import { parseGgufHeader } from '../../catalog/gguf/parse-header.ts'
import { STARTER_S1 } from './starter-engine.conformance.ts'

/** A way to spoil good weights, and what the one line about it must say. */
export type Damage = readonly [name: string, spoil: (bytes: Buffer) => Buffer, line: RegExp]

const good = readFileSync(STARTER_S1)
const { dataStart } = headerOf(good)

function headerOf(bytes: Buffer) {
  const parsed = parseGgufHeader(bytes, bytes.length, { name: 'good' })
  if (parsed.kind !== 'whole') throw new TypeError('the starter weights are whole')
  return parsed.header
}

export function spoiled(spoil: Damage[1]): Buffer {
  return spoil(Buffer.from(good))
}

/** Found by reading the header: no process is started for these. */
export const HEADER_DAMAGES: readonly Damage[] = [
  ['an empty file', () => Buffer.alloc(0), /the file is empty/],
  [
    'a file of another kind',
    (bytes) => overwrite(bytes, 0, 'PK\u0003\u0004'),
    /not a GGUF file: it starts with 504b0304/,
  ],
  ['a web page', () => Buffer.from('<!DOCTYPE html><title>404</title>'), /not a GGUF file/],
  ['a header that ends early', (bytes) => bytes.subarray(0, 700), /wants \d+ bytes|ends inside its header/],
  [
    'data that end early',
    (bytes) => bytes.subarray(0, 600_000),
    /has 600000 bytes but its tensors need|starts at byte/,
  ],
  ['the last byte missing', (bytes) => bytes.subarray(0, -1), /its tensors need \d+: the copy is incomplete/],
  ['an absurd number of tensors', (bytes) => writeU64(bytes, 8, 2n ** 40n), /claims 1099511627776 tensors/],
  [
    'an absurd number of metadata entries',
    (bytes) => writeU64(bytes, 16, 2n ** 40n),
    /claims 1099511627776 metadata entries/,
  ],
  ['no tensors', (bytes) => writeU64(bytes, 8, 0n), /there are no tensors in it/],
  [
    'a version from the future',
    (bytes) => writeU32(bytes, 4, 99),
    /GGUF version 99; this engine reads versions 2 and 3/,
  ],
  ['a version from the past', (bytes) => writeU32(bytes, 4, 1), /GGUF version 1, from before August 2023/],
  [
    'numbers of another byte order',
    (bytes) => writeU32(bytes, 4, 0x03_00_00_00),
    /big-endian|claims \d+ tensors/,
  ],
  ['flipped metadata', (bytes) => flip(bytes, 24, 400), /claims|type|wants/],
  ['a key twice', (bytes) => withEntries(bytes, ['x.y', 1], ['x.y', 2]), /the metadata key x\.y comes again/],
  [
    'a key that is no text',
    (bytes) => withEntries(bytes, ['\u00ff', 1]),
    /a metadata key is not valid UTF-8/,
  ],
  [
    'a value of no type',
    (bytes) => writeU32(bytes, 24 + 8 + bytes.readUInt32LE(24), 77),
    /a value of type 77/,
  ],
  ['arrays inside arrays', (bytes) => withEntries(bytes, ['x.y', 'nested']), /an array inside an array/],
  [
    'an alignment of nothing',
    (bytes) => withEntries(bytes, ['general.alignment', 0]),
    /general\.alignment is 0/,
  ],
  [
    'a tensor that lies outside the file',
    (bytes) => writeU64(bytes, afterShape(bytes, 'output_norm.weight') + 4, 1n << 40n),
    /the tensor \S+ starts at byte \d+, but the file has/,
  ],
  [
    'a tensor inside another one',
    (bytes) => writeU64(bytes, afterShape(bytes, 'output_norm.weight') + 4, 0n),
    /begins inside/,
  ],
  [
    'a tensor between two places',
    (bytes) => writeU64(bytes, afterShape(bytes, 'output_norm.weight') + 4, 7n),
    /has the offset 7, expected a multiple of 32/,
  ],
  [
    'a tensor of a type nobody knows',
    (bytes) => writeU32(bytes, afterShape(bytes, 'output_norm.weight'), 4711),
    /expected one of ggml's types/,
  ],
  ['a tensor of five dimensions', (bytes) => writeU32(bytes, dimensionsAt(bytes), 5), /has 5 dimensions/],
  [
    'a tensor without length',
    (bytes) => writeU64(bytes, dimensionsAt(bytes) + 4, 0n),
    /the impossible shape 0/,
  ],
  [
    'a tensor longer than any memory',
    (bytes) => writeU64(bytes, dimensionsAt(bytes) + 4, 2n ** 62n),
    /the impossible shape/,
  ],
  [
    'two tensors of one name',
    (bytes) => replaceText(bytes, 'blk.1.attn_norm.weight', 'blk.0.attn_norm.weight'),
    /the tensor blk\.0\.attn_norm\.weight comes again/,
  ],
  [
    'no architecture',
    (bytes) => replaceText(bytes, 'general.architecture', 'general.architectxxx'),
    /no general\.architecture/,
  ],
  ['seven heads', set('attention.head_count', 7), /7 attention heads do not divide the width 128/],
  ['zero heads', set('attention.head_count', 0), /head_count is 0; a model with attention has at least 1/],
  [
    'zero heads of keys',
    set('attention.head_count_kv', 0),
    /head_count_kv is 0, expected a number that divides/,
  ],
  [
    'three heads of keys',
    set('attention.head_count_kv', 3),
    /head_count_kv is 3, expected a number that divides/,
  ],
  ['no layers', set('block_count', 0), /block_count is 0; a file with \d+ tensors has from 1/],
  ['two thousand million layers', set('block_count', 2 ** 31), /block_count is 2147483648; a file with \d+/],
  ['another width', set('embedding_length', 4096), /4096, but token_embd\.weight has rows of 128/],
  ['no width', set('embedding_length', 0), /embedding_length is 0, expected a whole number from 1/],
  ['no context', set('context_length', 0), /context_length is 0, expected a whole number from 1/],
  [
    'more experts at work than there are',
    (bytes) => withEntries(bytes, ['llama.expert_count', 2], ['llama.expert_used_count', 9]),
    /expert_used_count is 9, but there are 2 experts/,
  ],
  [
    'a vocabulary of another model',
    (bytes) => writeU64(bytes, dimensionsAt(bytes, 'token_embd.weight') + 12, 5n),
    /tokens, but token_embd\.weight has 5 rows/,
  ],
  [
    'no table of tokens',
    (bytes) => replaceText(bytes, 'token_embd.weight', 'token_xxxx.weight'),
    /no tensor token_embd\.weight/,
  ],
  [
    'the second of three parts',
    (bytes) => withEntries(bytes, ['split.count', 3], ['split.no', 1]),
    /this is part 2 of 3; give the first part/,
  ],
  [
    'an adapter',
    (bytes) => withEntries(renamed(bytes, 'general.type'), ['general.type', 'adapter']),
    /this is an adapter, not a model/,
  ],
  [
    'a reader of images',
    (bytes) => withEntries(renamed(bytes, 'general.type'), ['general.type', 'mmproj']),
    /this reads images for another model/,
  ],
  [
    'a template that loops for ever',
    (bytes) => withTemplate(bytes, 'Hi\n{% for i in range(1000000000000) %}x{% endfor %}'),
    /line 2 of its chat template is a loop of a hundred thousand rounds or more/,
  ],
]

/** Only the engine can tell, in the process of the model. */
export const CHILD_DAMAGES: readonly Damage[] = [
  [
    'an architecture nobody knows',
    (bytes) => overwrite(bytes, bytes.indexOf('llama', bytes.indexOf('general.architecture')), 'lamma'),
    /unknown model architecture: 'lamma'/,
  ],
  [
    'a tensor that is missing',
    (bytes) => replaceText(bytes, 'output_norm.weight', 'output_xxxx.weight'),
    /the engine cannot load it: missing tensor 'output_norm\.weight'/,
  ],
  ['weights that are all zero', (bytes) => bytes.fill(0, dataStart), /every token is equally likely/],
  ['weights that are not numbers', notNumbers, /the engine cannot load it|not numbers/],
]

/** Found when the first conversation is written down; the model itself is loaded and whole. */
export const TEMPLATE_DAMAGES: readonly Damage[] = [
  [
    'a template whose loops are within loops',
    (bytes) => withTemplate(bytes, `${'{% for i in range(9999) %}'.repeat(4)}${'{% endfor %}'.repeat(4)}`),
    /chat template/,
  ],
  [
    'a template that is not one',
    (bytes) => withTemplate(bytes, '{% for %}{{'),
    /chat template .* cannot be read/,
  ],
]

/** Another value of a 32-bit number. */
export function set(key: string, value: number): Damage[1] {
  return (bytes) => writeU32(bytes, bytes.indexOf(`llama.${key}`) + `llama.${key}`.length + 4, value)
}

function overwrite(bytes: Buffer, at: number, text: string): Buffer {
  bytes.write(text, at, 'latin1')
  return bytes
}

function writeU32(bytes: Buffer, at: number, value: number): Buffer {
  bytes.writeUInt32LE(value, at)
  return bytes
}

function writeU64(bytes: Buffer, at: number, value: bigint): Buffer {
  bytes.writeBigUInt64LE(value, at)
  return bytes
}

export function flip(bytes: Buffer, from: number, to: number): Buffer {
  for (let at = from; at < to; at += 1) bytes.writeUInt8((bytes.readUInt8(at) ^ 0xff) & 0xff, at)
  return bytes
}

/** Of the same length, so that nothing else moves. */
function replaceText(bytes: Buffer, from: string, to: string): Buffer {
  return overwrite(bytes, bytes.indexOf(from), to)
}

function renamed(bytes: Buffer, key: string): Buffer {
  return bytes.includes(key) ? replaceText(bytes, key, key.replace(/.$/, 'X')) : bytes
}

/** A tensor is described by name, dimensions, shape, type, offset. */
function dimensionsAt(bytes: Buffer, name = 'output_norm.weight'): number {
  return bytes.indexOf(name) + name.length
}

function afterShape(bytes: Buffer, name: string): number {
  const at = dimensionsAt(bytes, name)
  return at + 4 + bytes.readUInt32LE(at) * 8
}

/** 0x7e00 is NaN in 16 bits; every block of Q8_0 begins with its scale. */
function notNumbers(bytes: Buffer): Buffer {
  for (let at = dataStart; at + 2 <= bytes.length; at += 2) bytes.writeUInt16LE(0x7e00, at)
  return bytes
}

function withTemplate(bytes: Buffer, template: string): Buffer {
  return withEntries(renamed(bytes, 'tokenizer.chat_template'), ['tokenizer.chat_template', template])
}

type Entry = readonly [key: string, value: string | number]

/** More metadata, before the rest. What follows moves by whole blocks, so that tensors stay where offsets expect them. */
function withEntries(bytes: Buffer, ...entries: readonly Entry[]): Buffer {
  const own = Buffer.concat(entries.map(entryBytes))
  const filler = entryBytes(['filler', ' '.repeat(31 - ((own.length + FILLER_BYTES - 1) % 32))])
  const more = Buffer.concat([own, filler])
  writeU64(bytes, 16, bytes.readBigUInt64LE(16) + BigInt(entries.length + 1))
  return Buffer.concat([bytes.subarray(0, 24), more, bytes.subarray(24)])
}

const FILLER_BYTES = entryBytes(['filler', '']).length

function entryBytes([key, value]: Entry): Buffer {
  const type = value === 'nested' ? 9 : typeof value === 'number' ? 4 : 8
  return Buffer.concat([lengthAnd(key), u32(type), valueBytes(value)])
}

function valueBytes(value: string | number): Buffer {
  if (value === 'nested') return Buffer.concat([u32(9), Buffer.alloc(8)])
  return typeof value === 'number' ? u32(value) : lengthAnd(value)
}

function lengthAnd(text: string): Buffer {
  return Buffer.concat([writeU64(Buffer.alloc(8), 0, BigInt(text.length)), Buffer.from(text, 'latin1')])
}

function u32(value: number): Buffer {
  return writeU32(Buffer.alloc(4), 0, value)
}
