import type { LlamaModel, Token } from 'node-llama-cpp'

/**
 * The number of threads that writes fastest on this machine right now, at most `most`. More is often slower: a tiny
 * model spends its time waking threads, and on a busy machine each token waits for the thread that is not running
 * (measured: 1,693 tokens a second with one thread, 6 with two).
 */
export async function fastestThreads(model: LlamaModel, most: number): Promise<number> {
  if (most === 1 || model.size < TINY_MODEL_BYTES) return 1
  // Fewer first: on a busy machine more can be a hundred times slower, and then get no more time than fewer took.
  const fewer = model.size < SMALL_MODEL_BYTES ? 1 : Math.ceil(most / 2)
  const fewerMs = await timeTokens(model, fewer, Infinity)
  const mostMs = await timeTokens(model, most, fewerMs * CLEARLY_FASTER)
  return mostMs < fewerMs * CLEARLY_FASTER ? most : fewer
}

/** For models that cannot write: all that may be used, as a batch gives each enough to do. */
export function threadsForReading(model: LlamaModel, most: number): number {
  return model.size < TINY_MODEL_BYTES ? 1 : most
}

/** Below this a second thread never won, and measuring it on a busy machine takes longer than loading. */
const TINY_MODEL_BYTES = 16 * 1024 * 1024
const SMALL_MODEL_BYTES = 100 * 1024 * 1024
const TIMED_TOKENS = 8
/** More threads must win by a tenth, since they take processors from everybody else. */
const CLEARLY_FASTER = 0.9

/** Milliseconds for `TIMED_TOKENS` tokens, or Infinity once it takes longer than `giveUpMs`. */
async function timeTokens(model: LlamaModel, threads: number, giveUpMs: number): Promise<number> {
  const context = await model.createContext({ sequences: 1, contextSize: 256, threads })
  try {
    const start = [model.tokens.bos ?? (0 as Token)]
    const tokens = context.getSequence().evaluate(start, { temperature: 0, yieldEogToken: true })
    // The first token pays for reading the weights from disk.
    await tokens.next()
    const from = performance.now()
    for (let count = 0; count < TIMED_TOKENS; count += 1) {
      await tokens.next()
      if (performance.now() - from > giveUpMs) break
    }
    const elapsed = performance.now() - from
    await tokens.return()
    return elapsed > giveUpMs ? Infinity : elapsed
  } finally {
    await context.dispose()
  }
}
