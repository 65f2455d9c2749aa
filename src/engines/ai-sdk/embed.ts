import type { EmbeddingRequest } from '../../core/conversation.ts'
import { MusivumError } from '../../core/errors.ts'
import type { EmbeddingAnswer } from '../../core/events.ts'
import { noUsage } from '../../core/usage.ts'
import { createChangeLog, leaveOutFields } from '../../wire/openai-changes.ts'
import type { CallContext } from '../engine.ts'
import type { ProviderCall } from './provider-calls.ts'
import type { EmbeddingModel, EmbedResult } from './spec.ts'
import { warningChanges } from './warning-changes.ts'

/** One vector per text, in the order of the texts, in as many calls as the provider needs for them. */
export async function embedValues(
  name: string,
  model: EmbeddingModel | undefined,
  request: EmbeddingRequest,
  call: ProviderCall,
  context: CallContext,
): Promise<EmbeddingAnswer> {
  if (model === undefined) throw unsupported(name, 'makes no embeddings')
  const values = request.inputs.map((input) => {
    if (typeof input === 'string') return input
    throw unsupported(name, 'takes texts, and tokens of another vocabulary mean nothing to it')
  })
  noteChanges(model, request, context)
  const size = (await model.maxEmbeddingsPerCall) ?? values.length
  const vectors: Float32Array[] = []
  let inputTokens = 0
  let counted = true
  for (let at = 0; at < values.length; at += size) {
    const batch = values.slice(at, at + size)
    const answer = await call.until(call.run(() => model.doEmbed(optionsOf(model, batch, request, call))))
    vectors.push(...vectorsOf(name, answer, batch.length))
    counted &&= answer.usage !== undefined
    inputTokens += answer.usage?.tokens ?? estimatedTokens(batch)
    const changes = warningChanges(answer.warnings)
    if (changes.length > 0) context.onChanged?.(changes)
  }
  return { vectors, usage: { ...noUsage, inputTokens, source: counted ? 'counted' : 'estimated' } }
}

// English prose has four bytes of UTF-8 to a token, Hindi and Arabic about as many in the vocabularies of 2026.
const BYTES_PER_TOKEN = 4

/** Gemini's package tells no usage of embeddings; a bill of nothing would be wrong every time. */
function estimatedTokens(values: readonly string[]): number {
  return values.reduce((sum, value) => sum + Math.ceil(Buffer.byteLength(value) / BYTES_PER_TOKEN), 0)
}

function optionsOf(
  { specificationVersion }: EmbeddingModel,
  values: readonly string[],
  { dimensions }: EmbeddingRequest,
  { signal }: ProviderCall,
) {
  const takesSize = dimensions !== undefined && specificationVersion !== 'v3'
  return { values, ...(takesSize && { dimensions }), abortSignal: signal }
}

function noteChanges(
  { specificationVersion }: EmbeddingModel,
  { dimensions, extra }: EmbeddingRequest,
  context: CallContext,
): void {
  const log = createChangeLog()
  leaveOutFields(log, extra, '')
  if (dimensions !== undefined && specificationVersion === 'v3')
    log.leftOut('dimensions', 'the provider package is too old to be told a size')
  if (log.all().length > 0) context.onChanged?.(log.all())
}

function vectorsOf(name: string, { embeddings }: EmbedResult, wanted: number): readonly Float32Array[] {
  if (embeddings.length === wanted) return embeddings.map((vector) => Float32Array.from(vector))
  const message = `The server behind ${name} sent ${embeddings.length} vectors for ${wanted} texts.`
  throw new MusivumError('upstream.bad_answer', message)
}

function unsupported(name: string, what: string): MusivumError {
  return new MusivumError('request.unsupported', `The provider of ${name} ${what}.`, { param: 'input' })
}
