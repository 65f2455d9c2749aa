import { createHash } from 'node:crypto'
import { z } from 'zod'
import { shapeOfHeader } from '../../catalog/fit/shape-of-header.ts'
import type { ModelShape } from '../../catalog/fit/model-shape.ts'
import { textOf, type GgufHeader, type GgufValue } from '../../catalog/gguf/header.ts'
import { MusivumError } from '../../core/errors.ts'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)

const dimensions = z.strictObject({
  architecture: z.string().max(200),
  layers: z.number(),
  width: z.number(),
  heads: z.number(),
  key_value_heads: z.string().max(20_000),
  feed_forward: z.number(),
  experts: z.number(),
  vocabulary: z.number(),
})

const schema = z.strictObject({
  /** Over every tensor's name and shape, sorted; not over types, so that quantisations of one model agree. */
  tensors: sha256,
  /** Over the kind, every token and every merge, in their order; null without a vocabulary. */
  tokenizer: sha256.nullable(),
  template: sha256.nullable(),
  dimensions: dimensions.nullable(),
})

/** What a model is built like. It says what it may have been made from, never who made it: shapes can be copied. */
export type Fingerprint = z.output<typeof schema>
export type Dimensions = z.output<typeof dimensions>

/** @param header with its vocabulary kept, else the tokenizer is null */
export function fingerprintOf(header: GgufHeader): Fingerprint {
  const tensors = header.tensors.map(({ name, shape }) => `${name} ${shape.join('x')}`).toSorted()
  const template = textOf(header, 'tokenizer.chat_template')
  return {
    tensors: digest(tensors.join('\n')),
    tokenizer: tokenizerDigest(header),
    template: template === null ? null : digest(template),
    dimensions: dimensionsOf(header),
  }
}

/** As a manifest keeps it; undefined where it has none or that of another version. */
export function keptFingerprint(value: unknown): Fingerprint | undefined {
  return schema.safeParse(value).data
}

function tokenizerDigest(header: GgufHeader): string | null {
  const tokens = itemsOf(header.metadata.get('tokenizer.ggml.tokens'))
  if (tokens === undefined) return null
  const merges = itemsOf(header.metadata.get('tokenizer.ggml.merges')) ?? []
  const kind = ['model', 'pre'].map((key) => textOf(header, `tokenizer.ggml.${key}`) ?? '')
  return digest(JSON.stringify([kind, tokens, merges]))
}

function itemsOf(value: GgufValue | undefined): readonly unknown[] | undefined {
  if (typeof value !== 'object') return undefined
  return value.items ?? (value.length === value.first.length ? value.first : undefined)
}

function dimensionsOf(header: GgufHeader): Dimensions | null {
  try {
    // The header of all parts of a split model still says that it is one of several.
    const metadata = new Map(header.metadata)
    metadata.delete('split.count')
    return dimensionsOfShape(shapeOfHeader({ ...header, metadata }, ''))
  } catch (thrown) {
    // An adapter, a projector: nothing to compare with a model.
    if (thrown instanceof MusivumError) return null
    throw thrown
  }
}

export function dimensionsOfShape(shape: ModelShape): Dimensions {
  const { architecture, layers, width, heads, kvHeads, feedForward, experts, vocabulary } = shape
  return {
    architecture,
    layers,
    width,
    heads,
    key_value_heads: typeof kvHeads === 'number' ? String(kvHeads) : kvHeads.join(','),
    feed_forward: feedForward,
    experts: experts?.count ?? 0,
    vocabulary,
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
