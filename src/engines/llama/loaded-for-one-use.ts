import { basename } from 'node:path'
import type { LlamaModel } from 'node-llama-cpp'
import { MusivumError } from '../../core/errors.ts'
import { embedder } from './embedder.ts'
import type { LoadOrder } from './protocol.ts'
import { openRanker } from './ranker.ts'
import { fastestThreads, threadsForReading } from './thread-probe.ts'
import type { Library } from './token-sampling.ts'
import { otherUse, type OneUse } from './weights-use.ts'

/**
 * Weights that rank or make vectors and nothing else. No context to write in is made beside: models that see a text in both
 * directions cannot write, and a ranker that could was trained not to.
 */
export async function loadedForOneUse(library: Library, model: LlamaModel, order: LoadOrder, use: OneUse) {
  const { slots, contextTokens } = order
  const threads = await threadsFor(model, order)
  const refuse = (): never => {
    throw otherUse(basename(order.weights), use)
  }
  const rank = use === 'rerank' ? await ranker(library, model, order, threads) : refuse
  const embed = use === 'embeddings' ? embedder(model, { contextTokens, threads }) : refuse
  return {
    // What is asked at the same time takes turns by pairs or texts: slots cost no memory here.
    ready: { slots, contextTokens, threads, residentBytes: process.memoryUsage.rss() },
    write: refuse,
    embed,
    rank,
    count: refuse,
    tokenise: (text: string) => Uint32Array.from(model.tokenize(text, false)),
  }
}

function threadsFor(model: LlamaModel, { threads: { kind, count }, bothWays }: LoadOrder): Promise<number> {
  if (kind === 'fixed') return Promise.resolve(count)
  // Which count is fastest is measured by writing, which these cannot; reading a whole batch gains from each.
  return bothWays ? Promise.resolve(threadsForReading(model, count)) : fastestThreads(model, count)
}

async function ranker(library: Library, model: LlamaModel, order: LoadOrder, threads: number) {
  const { contextTokens, bothWays, weights } = order
  const file = basename(weights)
  try {
    return await openRanker(model, { contextTokens, threads, bothWays }, file)
  } catch (cause) {
    if (cause instanceof MusivumError) throw cause
    if (cause instanceof library.InsufficientMemoryError) {
      const why = `${file} does not fit the free memory; use a smaller quantization or a shorter context.`
      throw new MusivumError('engine.out_of_memory', why, { file }, { cause })
    }
    const why = `${file}: the engine cannot rank with it: ${String(cause)}`
    throw new MusivumError('engine.failed', why, { file }, { cause })
  }
}
