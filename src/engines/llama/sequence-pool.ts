import type { LlamaContextSequence } from 'node-llama-cpp'

export type SequencePool = {
  /** Runs `work` with a sequence of its own, empty. The gateway sends no more orders than there are sequences. */
  readonly use: <T>(work: (sequence: LlamaContextSequence) => Promise<T>) => Promise<T>
}

export function sequencePool(sequences: readonly LlamaContextSequence[]): SequencePool {
  const free = [...sequences]
  const waiting: ((sequence: LlamaContextSequence) => void)[] = []

  function take(): Promise<LlamaContextSequence> {
    const sequence = free.pop()
    return sequence === undefined
      ? new Promise((resolve) => waiting.push(resolve))
      : Promise.resolve(sequence)
  }

  async function give(sequence: LlamaContextSequence): Promise<void> {
    // Nothing of one request may be seen by the next, so each begins with an empty sequence. Done here rather than
    // before, because clearing waits for the batch that is running and would delay a first token.
    await sequence.clearHistory()
    const next = waiting.shift()
    if (next === undefined) free.push(sequence)
    else next(sequence)
  }

  return {
    async use(work) {
      const sequence = await take()
      try {
        return await work(sequence)
      } finally {
        void give(sequence)
      }
    },
  }
}
