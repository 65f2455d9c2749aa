import { writeFile } from 'node:fs/promises'
import {
  ggufHeaderBytes,
  type Written,
  type WrittenTensor,
} from '../../catalog/gguf/gguf-bytes.conformance.ts'

/** What differs from a sound cross-encoder. */
export type TinyRanker = {
  /** Default 64. */
  readonly contextTokens?: number
  /** Default 32. */
  readonly width?: number
  /** Default 2. */
  readonly layers?: number
  /** Default 2. */
  readonly heads?: number
  /** Default 1: how well the text answers. 0 leaves the classifier out; more is what sorts texts into classes. */
  readonly outputs?: number
  readonly metadata?: readonly (readonly [key: string, value: Written])[]
  /** Every number 0. */
  readonly empty?: true
}

/**
 * A cross-encoder as BERT's are, of noise: it puts texts in an order that means nothing, by the arithmetic of a real one.
 * The weights are the same on every machine.
 */
export async function writeTinyRanker(path: string, ranker: TinyRanker = {}): Promise<void> {
  const tensors = tensorsOf(ranker)
  const { header } = ggufHeaderBytes({ metadata: metadataOf(ranker), tensors })
  const draw = ranker.empty === true ? () => 0 : noise()
  // The lengths are multiples of 8 numbers of 4 bytes or padded to them: tensors begin at multiples of 32 bytes.
  const data = tensors.map(({ name, shape }) => {
    const count = shape.reduce((product, length) => product * length, 1)
    const values = new Float32Array(Math.ceil(count / 8) * 8)
    const middle = name.endsWith('norm.weight') ? 1 : 0
    for (let at = 0; at < count; at += 1) values[at] = middle + draw() * SPREAD
    return Buffer.from(values.buffer)
  })
  await writeFile(path, Buffer.concat([header, ...data]))
}

/** Wide enough that pairs differ in the first digits of their scores. */
const SPREAD = 0.8

/** xorshift32, from -1 to 1. */
function noise(): () => number {
  let state = 0x9e_37_79_b9
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state / 2 ** 31
  }
}

const SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]']
const WORDS = 'the a of what is mosaic stone glass tile wall floor bread river who made small pieces colour'
const ENDINGS = ['s', 'ed', 'ing', 'er']
const LETTERS = Array.from('abcdefghijklmnopqrstuvwxyz?.,')
/** Word pieces; the mark is the space before a word. */
const VOCABULARY = [
  ...SPECIAL,
  ...[...WORDS.split(' '), ...LETTERS].map((piece) => `\u2581${piece}`),
  ...ENDINGS,
  ...LETTERS,
].filter((piece, index, all) => all.indexOf(piece) === index)

function metadataOf({
  contextTokens = 64,
  width = 32,
  layers = 2,
  heads = 2,
  outputs = 1,
  metadata = [],
}: TinyRanker) {
  const written: readonly (readonly [string, Written])[] = [
    ['general.architecture', 'bert'],
    ['general.name', 'noise that ranks'],
    ['bert.context_length', contextTokens],
    ['bert.embedding_length', width],
    ['bert.block_count', layers],
    ['bert.feed_forward_length', width * 2],
    ['bert.attention.head_count', heads],
    ['bert.attention.layer_norm_epsilon', { kind: 'f32', value: 1e-12 }],
    ['bert.attention.causal', false],
    ['bert.pooling_type', outputs === 0 ? 2 : 4],
    ...(outputs > 1 ? [['bert.classifier.output_labels', labels(outputs)] as const] : []),
    ['tokenizer.ggml.model', 'bert'],
    ['tokenizer.ggml.tokens', { kind: 'array', of: 'text', items: VOCABULARY }],
    ['tokenizer.ggml.token_type', { kind: 'array', of: 'i32', items: VOCABULARY.map(kindOf) }],
    ['tokenizer.ggml.token_type_count', 2],
    ['tokenizer.ggml.padding_token_id', 0],
    ['tokenizer.ggml.unknown_token_id', 1],
    ['tokenizer.ggml.bos_token_id', 2],
    ['tokenizer.ggml.eos_token_id', 3],
    ['tokenizer.ggml.seperator_token_id', 3],
  ]
  return [...new Map([...written, ...metadata])]
}

/** `llama_token_type`: control, unknown and normal. */
function kindOf(piece: string): number {
  if (piece === '[UNK]') return 2
  return SPECIAL.includes(piece) ? 3 : 1
}

function labels(outputs: number): Written {
  return { kind: 'array', of: 'text', items: Array.from({ length: outputs }, (_, label) => `class ${label}`) }
}

function tensorsOf({ contextTokens = 64, width = 32, layers = 2, outputs = 1 }: TinyRanker): WrittenTensor[] {
  const plain = (name: string, ...shape: readonly number[]) => ({ name, shape, type: 'F32' })
  const norm = (name: string) => [plain(`${name}.weight`, width), plain(`${name}.bias`, width)]
  const matrix = (name: string, from: number, to: number) => [
    plain(`${name}.weight`, from, to),
    plain(`${name}.bias`, to),
  ]
  const layer = (index: number) => [
    ...['attn_q', 'attn_k', 'attn_v', 'attn_output'].flatMap((name) =>
      matrix(`blk.${index}.${name}`, width, width),
    ),
    ...norm(`blk.${index}.attn_output_norm`),
    ...matrix(`blk.${index}.ffn_up`, width, width * 2),
    ...matrix(`blk.${index}.ffn_down`, width * 2, width),
    ...norm(`blk.${index}.layer_output_norm`),
  ]
  return [
    plain('token_embd.weight', width, VOCABULARY.length),
    plain('token_types.weight', width, 2),
    plain('position_embd.weight', width, contextTokens),
    ...norm('token_embd_norm'),
    ...Array.from({ length: layers }, (_, index) => layer(index)).flat(),
    ...(outputs === 0 ? [] : [...matrix('cls', width, width), ...matrix('cls.output', width, outputs)]),
  ]
}
