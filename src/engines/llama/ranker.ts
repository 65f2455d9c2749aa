import { setImmediate } from 'node:timers/promises'
import type { LlamaModel, LlamaRankingContext, Token } from 'node-llama-cpp'
import { MusivumError } from '../../core/errors.ts'
import type { Cancellation } from './cancellation.ts'
import type { RankedReport, RerankOrder } from './protocol.ts'

/**
 * One score per document, in the order of the documents: how likely it is, to the model, that the document answers the query,
 * from 0 to 1. For models with one output it is the sigmoid of that, for Qwen3's the share of `yes`; both are monotone in what
 * other servers give (llama-server: the output itself), so the order is the same and the numbers are not.
 */
export type Ranker = (order: RerankOrder, cancellation: Cancellation) => Promise<RankedReport>

export type RankerLimits = {
  readonly contextTokens: number
  readonly threads: number
  /** It sees every token from every other: a pair has to be read in one batch, or the score is that of its last piece. */
  readonly bothWays: boolean
}

/** @throws MusivumError `engine.weights_damaged` when every pair gets the same score */
export async function openRanker(model: LlamaModel, limits: RankerLimits, file: string): Promise<Ranker> {
  const { contextTokens, threads, bothWays } = limits
  const context = await model.createRankingContext({
    contextSize: contextTokens,
    threads,
    ...(bothWays && { batchSize: contextTokens }),
  })
  await refuseEmptyWeights(model, context, file)
  return async ({ id, query, documents }, cancellation) => {
    const asked = tokensOf(model, query)
    if (asked.length === 0) throw noQuery()
    const pairs: Token[][] = []
    let tokens = 0
    // All are measured before the first is read: what cannot be answered whole costs nothing.
    for (const [index, document] of documents.entries()) {
      const pair = tokensOf(model, document)
      tokens += checkedLength(context, asked, pair, index, contextTokens)
      pairs.push(pair)
      // Two thousand long texts take seconds, in which others want their turn, or this one not to go on.
      await setImmediate()
      refuseCancelled(cancellation)
    }
    const scores = new Float64Array(pairs.length)
    for (const [index, pair] of pairs.entries()) {
      scores[index] = await context.rank(asked, pair)
      refuseCancelled(cancellation)
    }
    return { kind: 'ranked', id, scores, tokens }
  }
}

/** As the library reads a text; what looks like a control token in it is text. */
function tokensOf(model: LlamaModel, text: string): Token[] {
  return model.tokenize(text, false, 'trimLeadingSpace')
}

function refuseCancelled({ cancelled }: Cancellation): void {
  if (cancelled) throw new MusivumError('request.cancelled', 'The client went away.')
}

function checkedLength(
  context: LlamaRankingContext,
  query: Token[],
  document: Token[],
  index: number,
  contextTokens: number,
): number {
  const length = context.calculateInputLength(query, document)
  if (length < contextTokens) return length
  throw new MusivumError(
    'context_length_exceeded',
    `documents[${index}] and the query are ${length} tokens together; this model reads at most ${contextTokens - 1} at once.`,
    { index, tokens: length, contextTokens },
  )
}

function noQuery(): MusivumError {
  return new MusivumError('request.invalid', 'query has no token of this model; there is nothing to rank by.')
}

const PROBES = 4

/** Zeroed weights give every pair the same score, and what is not a number comes back from the library as 0. */
async function refuseEmptyWeights(model: LlamaModel, context: LlamaRankingContext, file: string) {
  const tokens = [...model.iterateAllTokens()]
  const probes = Array.from(
    { length: PROBES },
    (_, probe) => tokens[Math.floor((tokens.length * (probe + 1)) / (PROBES + 1))],
  ).filter((token) => token !== undefined)
  const scores = new Set<number>()
  for (const token of probes) scores.add(await context.rank(probes.slice(0, 1), [token]))
  if (scores.size > 1) return
  const why = 'it loads, but every text gets the same score: its weights are empty or not numbers.'
  throw new MusivumError('engine.weights_damaged', `${file}: ${why}`, { file })
}
