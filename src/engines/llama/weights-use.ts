import { readsBothWays } from '../../catalog/fit/reads-both-ways.ts'
import { textOf, valuesOf, type GgufHeader } from '../../catalog/gguf/header.ts'
import { MusivumError } from '../../core/errors.ts'

/**
 * What weights are for: to write (and make vectors), to make vectors only, or to say how well a text answers a query. A process
 * of ours does one of these.
 */
export type WeightsUse = 'text' | OneUse

export type OneUse = 'embeddings' | 'rerank'

/** What the header says, before any native code sees the file. */
export function useOf(header: GgufHeader): WeightsUse {
  if (lacksForRanking(header) === undefined) return 'rerank'
  return readsBothWays(header) ? 'embeddings' : 'text'
}

/**
 * Why these weights cannot rank, as the end of a line that begins with the file; undefined when they can. What ranks is a cross-encoder: it reads query
 * and document together and ends in one number, which a classifier (`cls` in llama.cpp's src/llama-arch.cpp) computes. The
 * library looks only whether there is one, and would give the first of several numbers as the score.
 */
export function lacksForRanking(header: GgufHeader): string | undefined {
  const classifier = findTensor(header, 'cls.output.weight') ?? findTensor(header, 'cls.weight')
  if (classifier === undefined) return 'has no classifier (no tensor cls.output.weight)'
  const outputs = valuesOf(classifier) / (classifier.shape[0] ?? 1)
  // Of the two answers that Qwen3 rerankers weigh, the first is yes.
  const expected = PAIRED.has(architectureOf(header)) ? 2 : 1
  if (outputs !== expected)
    return `has a classifier with ${outputs} outputs, as what sorts texts into classes; expected ${expected}`
  return wrongTemplate(header)
}

/** `build_pooling` in src/llama-graph.cpp: the architectures whose two outputs go through a softmax. */
const PAIRED: ReadonlySet<string> = new Set(['qwen3', 'qwen3vl'])

/** Longer than any in use (Qwen3's has 400 characters). Each pair is laid out by it. */
const MAX_TEMPLATE_CHARS = 16_384

/** Without its `{query}` every query would get the same scores; with hundreds of `{document}` each would be read that often. */
function wrongTemplate(header: GgufHeader): string | undefined {
  const template = textOf(header, 'tokenizer.chat_template.rerank')
  if (template === null) return undefined
  const wrong = ['{query}', '{document}'].find((place) => template.split(place).length !== 2)
  if (wrong !== undefined)
    return `has ${template.split(wrong).length - 1} places for ${wrong} in its tokenizer.chat_template.rerank, expected 1`
  if (template.length <= MAX_TEMPLATE_CHARS) return undefined
  return `has a tokenizer.chat_template.rerank of ${template.length} characters, expected at most ${MAX_TEMPLATE_CHARS}`
}

function architectureOf(header: GgufHeader): string {
  return textOf(header, 'general.architecture') ?? ''
}

function findTensor({ tensors }: GgufHeader, name: string) {
  return tensors.find((tensor) => tensor.name === name)
}

/** What is said when weights of this one use are asked for another. */
export function otherUse(file: string, use: OneUse): MusivumError {
  const does =
    use === 'rerank'
      ? 'puts documents in order (POST /v1/rerank)'
      : 'makes vectors of texts (POST /v1/embeddings)'
  return new MusivumError('request.unsupported', `${file} ${does} and does nothing else; ask another model.`)
}

/** A request to rank, to weights that cannot. */
export function noRanking(name: string, file: string, lacks: string): MusivumError {
  const ask = 'ask a cross-encoder, such as a GGUF of bge-reranker, jina-reranker or Qwen3-Reranker'
  const why = `${name} does not put documents in order: ${file} ${lacks}; ${ask}.`
  return new MusivumError('request.unsupported', why, { param: 'model', model: name })
}
