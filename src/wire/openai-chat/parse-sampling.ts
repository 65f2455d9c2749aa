import type { Sampling } from '../../core/conversation.ts'
import { isJsonArray, type Json, type JsonObject } from '../../core/json.ts'
import {
  describeValue,
  invalid,
  optionalInteger,
  optionalNumber,
  optionalObject,
  type Range,
} from '../field-checks.ts'

// What OpenAI documents.
const TEMPERATURE: Range = { min: 0, max: 2 }
const PROBABILITY: Range = { min: 0, max: 1 }
const PENALTY: Range = { min: -2, max: 2 }
const BIAS: Range = { min: -100, max: 100 }
const ANY_WHOLE: Range = { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }
const AT_LEAST_ONE: Range = { min: 1, max: Number.MAX_SAFE_INTEGER }

type Writable<T> = { -readonly [Key in keyof T]: T[Key] }

/** How tokens are picked, and where to stop. Notes in `extra` by which of its two names the limit came. */
export function parseSampling(root: JsonObject, extra: Record<string, Json>): Sampling {
  const sampling: Writable<Sampling> = {}
  const maxOutputTokens = parseMaxTokens(root, extra)
  if (maxOutputTokens !== undefined) sampling.maxOutputTokens = maxOutputTokens
  const temperature = optionalNumber(root, 'temperature', '', TEMPERATURE)
  if (temperature !== undefined) sampling.temperature = temperature
  const topP = optionalNumber(root, 'top_p', '', PROBABILITY)
  if (topP !== undefined) sampling.topP = topP
  const topK = parseTopK(root, extra)
  if (topK !== undefined) sampling.topK = topK
  const seed = optionalInteger(root, 'seed', '', ANY_WHOLE)
  if (seed !== undefined) sampling.seed = seed
  const stop = parseStop(root.stop ?? undefined)
  if (stop !== undefined) sampling.stop = stop
  const presencePenalty = optionalNumber(root, 'presence_penalty', '', PENALTY)
  if (presencePenalty !== undefined) sampling.presencePenalty = presencePenalty
  const frequencyPenalty = optionalNumber(root, 'frequency_penalty', '', PENALTY)
  if (frequencyPenalty !== undefined) sampling.frequencyPenalty = frequencyPenalty
  const logitBias = parseLogitBias(optionalObject(root, 'logit_bias', ''))
  if (logitBias !== undefined) sampling.logitBias = logitBias
  return sampling
}

/** Both names mean the same; a body that gives them different numbers would get another limit from every server. */
function parseMaxTokens(root: JsonObject, extra: Record<string, Json>): number | undefined {
  const older = optionalInteger(root, 'max_tokens', '', AT_LEAST_ONE)
  const newer = optionalInteger(root, 'max_completion_tokens', '', AT_LEAST_ONE)
  if (newer === undefined) return older
  if (older !== undefined && older !== newer)
    throw invalid('max_tokens', `the number of max_completion_tokens, or only one of them`, String(older))
  extra['max_completion_tokens'] = newer
  return newer
}

/** No field of OpenAI's. vLLM takes -1 for "off", llama-server 0: only they know that, so those stay in `extra`. */
function parseTopK(root: JsonObject, extra: Record<string, Json>): number | undefined {
  const topK = optionalInteger(root, 'top_k', '', { min: -1, max: Number.MAX_SAFE_INTEGER })
  if (topK === undefined || topK < 1) return undefined
  delete extra['top_k']
  return topK
}

function parseStop(stop: Json | undefined): readonly string[] | undefined {
  if (stop === undefined) return undefined
  if (typeof stop === 'string') return [stopText(stop, 'stop')]
  if (!isJsonArray(stop)) throw invalid('stop', 'a string or an array of strings', describeValue(stop))
  return stop.length === 0 ? undefined : stop.map((text, index) => stopText(text, `stop[${index}]`))
}

function stopText(text: Json, path: string): string {
  if (typeof text !== 'string' || text === '') throw invalid(path, 'a non-empty string', describeValue(text))
  return text
}

function parseLogitBias(bias: JsonObject | undefined): Readonly<Record<string, number>> | undefined {
  if (bias === undefined) return undefined
  const checked: Record<string, number> = {}
  for (const token of Object.keys(bias)) {
    if (!/^\d{1,10}$/.test(token))
      throw invalid('logit_bias', 'token ids (whole numbers) as keys', 'another key')
    checked[token] = optionalNumber(bias, token, 'logit_bias', BIAS) ?? 0
  }
  return checked
}
