import { numberOf, textOf, valuesOf, type GgufHeader, type GgufScalar, type GgufValue } from './header.ts'
import { templateFacts, type TemplateFacts } from './template-flags.ts'
import { fileTypeName } from './tensor-types.ts'

/** Everything a header says, for people and for JSON; null where it says nothing. */
export type HeaderReport = {
  readonly format: { readonly version: number; readonly endian: 'little' | 'big'; readonly alignment: number }
  readonly architecture: string | null
  readonly kind: string
  readonly name: string | null
  readonly parameters: number
  readonly bits_per_weight: number
  /** As the file calls itself, such as Q4_K_M. */
  readonly quantisation: string | null
  /** What its tensors really are, the largest share first. */
  readonly mix: readonly MixPart[]
  readonly context_tokens: number | null
  readonly tokenizer: TokenizerReport
  readonly licence: LicenceReport
  readonly template: TemplateFacts | null
  readonly tensors: readonly TensorReport[]
  readonly metadata: Readonly<Record<string, GgufScalar | MetadataSummary>>
}

/** Of a list its length and first items; of a long text its length and start. */
export type MetadataSummary =
  | { readonly items: number; readonly type: string; readonly first: readonly GgufScalar[] }
  | { readonly chars: number; readonly begins: string }

type MixPart = {
  readonly type: string
  readonly tensors: number
  readonly parameters: number
  readonly bytes: number
}

type TensorReport = {
  readonly name: string
  readonly shape: readonly number[]
  readonly type: string
  readonly bytes: number
  /** From the start of the file. */
  readonly at: number
}

type TokenizerReport = {
  readonly model: string | null
  readonly pre: string | null
  readonly tokens: number | null
  readonly merges: number | null
  readonly bos: number | null
  readonly eos: number | null
}

/** What the file declares of itself: labels, which are often wrong, and never proof. */
type LicenceReport = {
  readonly id: string | null
  readonly name: string | null
  readonly link: string | null
  readonly author: string | null
  readonly organization: string | null
  readonly source: string | null
  readonly base_models: readonly string[]
}

export function headerReport(header: GgufHeader): HeaderReport {
  const architecture = textOf(header, 'general.architecture')
  const template = textOf(header, 'tokenizer.chat_template')
  const parameters = header.tensors.reduce((sum, tensor) => sum + valuesOf(tensor), 0)
  const bytes = header.tensors.reduce((sum, tensor) => sum + tensor.bytes, 0)
  return {
    format: { version: header.version, endian: header.endian, alignment: header.alignment },
    architecture,
    kind: textOf(header, 'general.type') ?? 'model',
    name: textOf(header, 'general.name'),
    parameters,
    bits_per_weight: parameters === 0 ? 0 : Math.round((bytes * 800) / parameters) / 100,
    quantisation: fileTypeName(numberOf(header, 'general.file_type') ?? -1) ?? null,
    mix: mixOf(header),
    context_tokens: architecture === null ? null : numberOf(header, `${architecture}.context_length`),
    tokenizer: tokenizerOf(header),
    licence: licenceOf(header),
    template: template === null ? null : templateFacts(template),
    tensors: header.tensors.map(({ name, shape, type, bytes, offset }) => {
      return { name, shape, type: type.name, bytes, at: header.dataStart + offset }
    }),
    metadata: Object.fromEntries(Array.from(header.metadata, ([key, value]) => [key, summary(key, value)])),
  }
}

function mixOf({ tensors }: GgufHeader): readonly MixPart[] {
  const parts = new Map<string, MixPart>()
  for (const tensor of tensors) {
    const { name: type } = tensor.type
    const before = parts.get(type) ?? { type, tensors: 0, parameters: 0, bytes: 0 }
    parts.set(type, {
      type,
      tensors: before.tensors + 1,
      parameters: before.parameters + valuesOf(tensor),
      bytes: before.bytes + tensor.bytes,
    })
  }
  return Array.from(parts.values()).toSorted((a, b) => b.bytes - a.bytes)
}

function tokenizerOf(header: GgufHeader): TokenizerReport {
  const ggml = (key: string) => `tokenizer.ggml.${key}`
  return {
    model: textOf(header, ggml('model')),
    pre: textOf(header, ggml('pre')),
    tokens: lengthOf(header.metadata.get(ggml('tokens'))),
    merges: lengthOf(header.metadata.get(ggml('merges'))),
    bos: numberOf(header, ggml('bos_token_id')),
    eos: numberOf(header, ggml('eos_token_id')),
  }
}

function lengthOf(value: GgufValue | undefined): number | null {
  return typeof value === 'object' ? value.length : null
}

function licenceOf(header: GgufHeader): LicenceReport {
  const general = (key: string) => textOf(header, `general.${key}`)
  const count = Math.min(MAX_BASE_MODELS, numberOf(header, 'general.base_model.count') ?? 0)
  const bases = Array.from({ length: Math.max(0, Math.floor(count)) }, (_, place) => {
    return general(`base_model.${place}.repo_url`) ?? general(`base_model.${place}.name`)
  })
  return {
    id: general('license'),
    name: general('license.name'),
    link: general('license.link'),
    author: general('author'),
    organization: general('organization'),
    source: general('source.url') ?? general('url'),
    base_models: bases.filter((base) => base !== null),
  }
}

/** Merges of models name two to a dozen; a header may claim a thousand million. */
const MAX_BASE_MODELS = 64

/** A template that is longer than a line is code: it is said by its hash, not by its start. */
function summary(key: string, value: GgufValue): GgufScalar | MetadataSummary {
  if (typeof value === 'object') return { items: value.length, type: value.itemType, first: value.first }
  if (typeof value !== 'string' || value.length <= MAX_SHOWN) return value
  const begins = key.startsWith('tokenizer.chat_template') ? '' : value.slice(0, MAX_SHOWN)
  return { chars: value.length, begins }
}

const MAX_SHOWN = 200
