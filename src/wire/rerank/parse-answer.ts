import { MusivumError } from '../../core/errors.ts'
import type { RankedDocument, RerankAnswer } from '../../core/events.ts'
import { isJsonArray, isJsonObject, type Json } from '../../core/json.ts'
import { noUsage, type Usage } from '../../core/usage.ts'
import { readUsage } from '../usage/read-usage.ts'

/**
 * The answer of a server, best document first. `count` is how many documents were sent. Throws `upstream.bad_answer` when
 * a document is named that was not sent, or twice.
 */
export function parseRerankAnswer(value: unknown, count: number): RerankAnswer {
  const results = isJsonObject(value) ? (value['results'] ?? value['data']) : undefined
  if (!isJsonArray(results)) throw badAnswer('it holds no "results"')
  const ranked = results.map((result) => rankedOf(result, count))
  if (new Set(ranked.map(({ index }) => index)).size < ranked.length)
    throw badAnswer('it ranks a document twice')
  return { ranked: ranked.toSorted((a, b) => b.score - a.score), usage: usageOf(value) }
}

function rankedOf(result: Json, count: number): RankedDocument {
  const { index, relevance_score, score } = isJsonObject(result) ? result : {}
  const given = relevance_score ?? score
  if (typeof index !== 'number' || !Number.isSafeInteger(index) || index < 0 || index >= count)
    throw badAnswer('it ranks a document that was not sent')
  if (typeof given !== 'number') throw badAnswer('it ranks a document without a score')
  return { index, score: given }
}

/** vLLM, llama-server and Jina count tokens; Cohere counts searches, which are no tokens. */
function usageOf(value: unknown): Usage {
  const { unknown: _, ...usage } = readUsage(value).usage ?? noUsage
  return usage
}

function badAnswer(why: string): MusivumError {
  return new MusivumError('upstream.bad_answer', `the server sent something that is not a ranking: ${why}`)
}
