import { damaged } from '../../catalog/gguf/byte-cursor.ts'
import { numberOf, textOf, type GgufHeader, type GgufTensor } from '../../catalog/gguf/header.ts'
import { templateFacts } from '../../catalog/gguf/template-flags.ts'

/**
 * What a header says is something that the engine can compute with. The reader has checked each value by itself; these
 * are the ones that contradict each other, which native code meets with an assertion, a division by zero or a request
 * for all memory.
 *
 * @returns the architecture
 * @throws MusivumError `engine.weights_damaged`, one line saying what is wrong
 */
export function checkWeights(header: GgufHeader, fileName: string): string {
  const architecture = textOf(header, 'general.architecture')
  if (architecture === null) throw damaged(fileName, 'the metadata has no general.architecture.')
  const wrong = CHECKS.map((check) => check(header, architecture)).find((found) => found !== undefined)
  if (wrong !== undefined) throw damaged(fileName, wrong)
  return architecture
}

export function isAdapter(header: GgufHeader): boolean {
  return textOf(header, 'general.type') === 'adapter'
}

/** What is wrong, as the end of a line; undefined when nothing is. */
type Check = (header: GgufHeader, architecture: string) => string | undefined

const CHECKS: readonly Check[] = [
  kind,
  parts,
  tensors,
  layers,
  heads,
  keyValueHeads,
  positive('embedding_length'),
  positive('context_length'),
  embedding,
  vocabulary,
  experts,
  chatTemplate,
]

function kind(header: GgufHeader, architecture: string): string | undefined {
  if (isAdapter(header)) return 'this is an adapter, not a model; give it as `adapter` beside its weights.'
  if (architecture === 'clip' || textOf(header, 'general.type') === 'mmproj')
    return 'this reads images for another model and does not write text itself.'
  return undefined
}

/** The engine finds the others by their names when it is given the first. */
function parts(header: GgufHeader): string | undefined {
  const number = numberOf(header, 'split.no') ?? 0
  if (!isPart(header) || number === 0) return undefined
  return `this is part ${number + 1} of ${numberOf(header, 'split.count')}; give the first part, whose name ends in -00001-of-….`
}

export function isPart(header: GgufHeader): boolean {
  return (numberOf(header, 'split.count') ?? 1) > 1
}

function tensors(header: GgufHeader): string | undefined {
  return header.tensors.length === 0 ? 'there are no tensors in it.' : undefined
}

/** No layers abort the engine; more layers than tensors make it ask for memory that no machine has. */
function layers(header: GgufHeader, architecture: string): string | undefined {
  const count = numberOf(header, `${architecture}.block_count`)
  if (count === null || (count >= 1 && (count <= header.tensors.length || isPart(header)))) return undefined
  return `${architecture}.block_count is ${count}; a file with ${header.tensors.length} tensors has from 1 to that many layers.`
}

/** Zero heads divide by zero inside the engine and abort its process; other counts fail later and less clearly. */
function heads(header: GgufHeader, architecture: string): string | undefined {
  if (!hasAttention(header)) return undefined
  const count = header.metadata.get(`${architecture}.attention.head_count`)
  if (typeof count !== 'number') return undefined
  if (!isCount(count))
    return `${architecture}.attention.head_count is ${count}; a model with attention has at least 1.`
  const width = numberOf(header, `${architecture}.embedding_length`)
  const ownLength = numberOf(header, `${architecture}.attention.key_length`)
  if (width === null || ownLength !== null || width % count === 0) return undefined
  return `${count} attention heads do not divide the width ${width}.`
}

/** Several heads share the keys and values of one, each of them of the same. */
function keyValueHeads(header: GgufHeader, architecture: string): string | undefined {
  const count = numberOf(header, `${architecture}.attention.head_count`)
  const shared = numberOf(header, `${architecture}.attention.head_count_kv`)
  if (count === null || shared === null || !hasAttention(header)) return undefined
  if (isCount(shared) && count % shared === 0) return undefined
  return `${architecture}.attention.head_count_kv is ${shared}, expected a number that divides the ${count} heads.`
}

function hasAttention({ tensors }: GgufHeader): boolean {
  return tensors.some(({ name }) => /^blk\.\d+\.attn_(q|k|qkv)\.weight$/.test(name))
}

function positive(key: string): Check {
  return (header, architecture) => {
    const value = numberOf(header, `${architecture}.${key}`)
    return value === null || isCount(value)
      ? undefined
      : `${architecture}.${key} is ${value}, expected a whole number from 1 up.`
  }
}

/** Every model that writes begins by looking its tokens up in this table. */
function embedding(header: GgufHeader, architecture: string): string | undefined {
  const table = tableOf(header)
  if (table === undefined)
    return isPart(header)
      ? undefined
      : 'there is no tensor token_embd.weight in it, which every language model has.'
  const width = numberOf(header, `${architecture}.embedding_length`)
  if (width === null || table.shape[0] === width) return undefined
  return `${architecture}.embedding_length is ${width}, but token_embd.weight has rows of ${table.shape[0]}.`
}

/** A token beyond the table reads memory that is not its own. */
function vocabulary(header: GgufHeader): string | undefined {
  const tokens = listedTokens(header)
  const rows = tableOf(header)?.shape[1] ?? 1
  if (tokens === undefined || tokens === rows) return undefined
  return `tokenizer.ggml.tokens has ${tokens} tokens, but token_embd.weight has ${rows} rows.`
}

function experts(header: GgufHeader, architecture: string): string | undefined {
  const count = numberOf(header, `${architecture}.expert_count`) ?? 0
  const used = numberOf(header, `${architecture}.expert_used_count`) ?? 0
  if (used <= count) return undefined
  return `${architecture}.expert_used_count is ${used}, but there are ${count} experts.`
}

/** It would run for every request, and nothing that an honest template does takes a hundred thousand rounds. */
function chatTemplate(header: GgufHeader): string | undefined {
  const template = textOf(header, 'tokenizer.chat_template')
  if (template === null) return undefined
  if (template.length > MAX_TEMPLATE_CHARS)
    return `its chat template has ${template.length} characters, expected at most ${MAX_TEMPLATE_CHARS}.`
  const endless = templateFacts(template).flags.find((flag) => flag.kind === 'endless-loop')
  return endless === undefined ? undefined : `line ${endless.line} of its chat template is ${endless.why}.`
}

/** The longest of the models in use has 20,000. */
const MAX_TEMPLATE_CHARS = 1024 * 1024

function tableOf({ tensors }: GgufHeader): GgufTensor | undefined {
  return tensors.find(({ name }) => name === 'token_embd.weight')
}

function listedTokens(header: GgufHeader): number | undefined {
  const tokens = header.metadata.get('tokenizer.ggml.tokens')
  return typeof tokens === 'object' ? tokens.length : undefined
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 1
}
