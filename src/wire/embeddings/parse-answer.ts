import { MusivumError } from '../../core/errors.ts'
import type { EmbeddingAnswer } from '../../core/events.ts'
import { isJsonArray, isJsonObject, type Json } from '../../core/json.ts'
import { noUsage, type Usage } from '../../core/usage.ts'
import { parseOpenAiError } from '../openai-error.ts'
import { parseOpenAiUsage } from '../openai-usage.ts'
import { upstreamFailure } from '../upstream-failure.ts'
import { decodeVector } from './base64-vector.ts'

/**
 * A server's answer to `inputCount` inputs, in their order; reads numbers and base64 alike, as some servers ignore the
 * format they were asked for. Throws `upstream.bad_answer` when a vector is missing, not finite or of another length
 * than the rest: such vectors would be stored and compared without anyone noticing.
 */
export function parseEmbeddingAnswer(value: unknown, inputCount: number): EmbeddingAnswer {
  const failure = parseOpenAiError(value)
  if (failure !== undefined) throw upstreamFailure(failure)
  if (!isJsonObject(value) || !isJsonArray(value.data)) throw badAnswer('it holds no data')
  const vectors: (Float32Array | undefined)[] = Array.from({ length: inputCount }, () => undefined)
  for (const [position, entry] of value.data.entries()) {
    if (!isJsonObject(entry)) throw badAnswer('an entry is not an object')
    const index = typeof entry.index === 'number' ? entry.index : position
    if (!(index in vectors) || vectors[index] !== undefined)
      throw badAnswer('its indexes do not fit the inputs')
    vectors[index] = parseVector(entry.embedding)
  }
  return { vectors: completeVectors(vectors), usage: usageOf(value.usage) }
}

/** There is no answer in tokens, so that nobody who leaves out its count leaves anything open. */
function usageOf(value: Json | undefined): Usage {
  const { unknown, ...usage } = parseOpenAiUsage(value) ?? UNKNOWN_USAGE
  return unknown === 'input' ? { ...usage, unknown } : usage
}

// Zero, and marked as our guess: a server that counts nothing must not look like one that counted nothing.
const UNKNOWN_USAGE: Usage = { ...noUsage, source: 'estimated' }

function completeVectors(vectors: readonly (Float32Array | undefined)[]): readonly Float32Array[] {
  const whole = vectors.filter((vector) => vector !== undefined)
  if (whole.length !== vectors.length)
    throw badAnswer(`it holds ${whole.length} vectors for ${vectors.length} inputs`)
  if (whole.some((vector) => vector.length !== whole[0]?.length))
    throw badAnswer('its vectors differ in length')
  return whole
}

function parseVector(embedding: Json | undefined): Float32Array {
  const vector = typeof embedding === 'string' ? decodeVector(embedding) : numbersOf(embedding)
  if (vector === undefined || vector.length === 0 || !vector.every(Number.isFinite))
    throw badAnswer('an embedding is not a vector of finite numbers')
  return vector
}

function numbersOf(embedding: Json | undefined): Float32Array | undefined {
  if (!isJsonArray(embedding)) return undefined
  return embedding.every((value) => typeof value === 'number') ? Float32Array.from(embedding) : undefined
}

function badAnswer(why: string): MusivumError {
  return new MusivumError('upstream.bad_answer', `the server sent something that is not embeddings: ${why}`)
}
