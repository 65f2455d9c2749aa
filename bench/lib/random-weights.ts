import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { ModelShape } from '../../src/catalog/fit/model-shape.ts'
import { tensorsOf } from '../../src/catalog/fit/tensors-of.ts'
import { ggufHeaderBytes, type Written } from '../../src/catalog/gguf/gguf-bytes.conformance.ts'
import type { GgufValue } from '../../src/catalog/gguf/header.ts'
import { readGgufHeader } from '../../src/engines/llama/gguf.ts'
import { root } from './gateway-process.ts'

const TOKENIZER = ['tokens', 'token_type', 'merges'].map((name) => `tokenizer.ggml.${name}`)
/** About 0.0003 in 16 bits: with whole numbers up to 127 beside it, weights are of the size that training gives them. */
const SCALE = 0x0c_ed
const Q8_BLOCK_BYTES = 34

/**
 * A model of noise with the tokenizer of a starter: it writes nonsense as fast as a real one of its size writes sense.
 *
 * @param size of the eight layers: a width of 1024 makes 94 MiB
 */
export async function writeRandomWeights(path: string, width: number): Promise<void> {
  const shape: ModelShape = {
    architecture: 'llama',
    layers: 8,
    width,
    vocabulary: 1280,
    contextTokens: 2048,
    heads: width / 64,
    kvHeads: width / 128,
    keyLength: 64,
    valueLength: 64,
    feedForward: width * 3,
    tied: true,
  }
  const tensors = tensorsOf(shape).map((tensor) => ({
    ...tensor,
    type: tensor.shape.length > 1 ? 'Q8_0' : 'F32',
  }))
  const { header } = ggufHeaderBytes({ metadata: await metadataOf(shape), tensors })
  const file = openSync(path, 'w')
  writeSync(file, header)
  for (const tensor of tensors) {
    const bytes = valuesOf(tensor)
    // Tensors begin at multiples of 32 bytes.
    writeSync(file, Buffer.concat([bytes, Buffer.alloc((32 - (bytes.length % 32)) % 32)]))
  }
  closeSync(file)
}

function valuesOf({ shape, type }: { readonly shape: readonly number[]; readonly type: string }): Buffer {
  const values = shape.reduce((product, length) => product * length, 1)
  if (type === 'F32') return Buffer.from(new Float32Array(values).fill(1).buffer)
  const bytes = Buffer.alloc((values / 32) * Q8_BLOCK_BYTES)
  let state = 0x9e_37_79_b9
  for (let at = 0; at < bytes.length; at += 1) {
    // xorshift32: the same weights on every machine.
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    bytes[at] = state & 0xff
  }
  for (let at = 0; at < bytes.length; at += Q8_BLOCK_BYTES) bytes.writeUInt16LE(SCALE, at)
  return bytes
}

async function metadataOf(shape: ModelShape): Promise<readonly (readonly [string, Written])[]> {
  const starter = await readGgufHeader(join(root, 'models/starter/starter-l-q8_0.gguf'), TOKENIZER)
  const tokenizer = [...starter.metadata].filter(([key]) => key.startsWith('tokenizer.'))
  return [
    ['general.architecture', 'llama'],
    ['general.name', 'noise'],
    ['llama.context_length', shape.contextTokens ?? 0],
    ['llama.embedding_length', shape.width],
    ['llama.block_count', shape.layers],
    ['llama.feed_forward_length', shape.feedForward],
    ['llama.attention.head_count', shape.heads],
    ['llama.attention.head_count_kv', Number(shape.kvHeads)],
    ['llama.attention.layer_norm_rms_epsilon', { kind: 'f32', value: 1e-5 }],
    ...tokenizer.map(([key, value]) => [key, written(value)] as const),
  ]
}

function written(value: GgufValue): Written {
  if (typeof value !== 'object') return value
  const items = value.items ?? []
  if (items.every((item) => typeof item === 'string')) return { kind: 'array', of: 'text', items }
  // The kinds of tokens: the engine wants numbers with a sign.
  return { kind: 'array', of: 'i32', items: items.map(Number) }
}
