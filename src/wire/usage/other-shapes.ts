import type { JsonObject } from '../../core/json.ts'
import { Counts } from './counts.ts'
import { readingOf, type UsageReading } from './usage-reading.ts'

/** Cohere bills `billed_units`; its `tokens` hold what its own template adds to a prompt, for nothing. */
export function readCohereShape(raw: JsonObject): UsageReading {
  const counts = new Counts(raw)
  const billed = counts.in('billed_units')
  const units = billed.has('input_tokens') || billed.has('output_tokens') ? billed : counts.in('tokens')
  const input = units.of('input_tokens')
  const output = units.of('output_tokens')
  const rerankSearches = billed.of('search_units')
  const bySearch = rerankSearches !== undefined && input === undefined && output === undefined
  return readingOf(counts, raw, {
    input: bySearch ? { total: 0 } : input === undefined ? undefined : promptOf(counts, input),
    // Embeddings have no answer, and no word for its length.
    output:
      bySearch || (output === undefined && !billed.has('output_tokens')) ? { total: 0 } : sideOf(output),
    adds: true,
    ...(rerankSearches !== undefined && { more: { rerankSearches } }),
  })
}

/** Cached tokens are counted in `tokens`, of which only a part is billed. */
function promptOf(counts: Counts, total: number) {
  return { total, cacheRead: Math.min(counts.of('cached_tokens') ?? 0, total) }
}

/** Ollama's own protocol. It leaves the prompt's count out where it had the whole prompt in its cache. */
export function readOllamaShape(raw: JsonObject): UsageReading {
  const counts = new Counts(raw)
  return readingOf(counts, raw, {
    input: sideOf(counts.of('prompt_eval_count')),
    output: sideOf(counts.of('eval_count')),
    adds: true,
  })
}

/** llama-server's own protocol: `timings` split the prompt, `tokens_evaluated` do not. */
export function readLlamaServerShape(raw: JsonObject): UsageReading {
  const counts = new Counts(raw)
  const evaluated = counts.of('prompt_n')
  const cacheRead = counts.of('cache_n') ?? 0
  const prompt = evaluated === undefined ? counts.of('tokens_evaluated') : evaluated + cacheRead
  return readingOf(counts, raw, {
    input: prompt === undefined ? undefined : { total: prompt, cacheRead },
    output: sideOf(counts.of('predicted_n', 'tokens_predicted')),
    adds: true,
  })
}

function sideOf(total: number | undefined): { readonly total: number } | undefined {
  return total === undefined ? undefined : { total }
}
