import type { LlamaContextSequence, Token } from 'node-llama-cpp'
import type { SharedBatches } from './shared-batches.ts'

export type SequencePool = {
  /**
   * Runs `work` with a sequence that holds a beginning of the prompt, never all of it, and nothing else. The gateway
   * sends no more orders than there are sequences.
   */
  readonly use: <T>(reader: Reader, work: (sequence: LlamaContextSequence) => Promise<T>) => Promise<T>
}

export type Reader = {
  readonly prompt: Token[]
  /** Without one, nothing is kept for or taken from anybody. */
  readonly tenant?: string
}

/** A sequence and whose text it holds; undefined: it is empty. */
type Kept = { readonly sequence: LlamaContextSequence; readonly tenant: string | undefined }

/**
 * Sequences keep what they have read, so that the next turn of a conversation is evaluated from where it is new. What
 * one tenant left is never looked at for another, not even to compare: how long an answer takes would tell what the
 * other had asked.
 */
export function sequencePool(
  sequences: readonly LlamaContextSequence[],
  { between }: Pick<SharedBatches, 'between'>,
): SequencePool {
  // The one used longest ago comes first.
  const free: Kept[] = sequences.map((sequence) => ({ sequence, tenant: undefined }))
  const waiting: ((kept: Kept) => void)[] = []

  function take(reader: Reader): Promise<Kept> {
    const kept = bestFor(reader, free)
    if (kept === undefined) return new Promise((resolve) => waiting.push(resolve))
    free.splice(free.indexOf(kept), 1)
    return Promise.resolve(kept)
  }

  function give(kept: Kept): void {
    const next = waiting.shift()
    if (next === undefined) free.push(kept)
    else next(kept)
  }

  /** Emptied here rather than before its next use, because clearing waits for the batch that is running and would delay a first token. */
  async function giveEmpty({ sequence }: Kept): Promise<void> {
    await between(() => sequence.clearHistory())
    give({ sequence, tenant: undefined })
  }

  /** Leaves in a sequence the longest beginning of `wanted` that it has read. */
  async function keepBeginning(sequence: LlamaContextSequence, wanted: Token[]): Promise<void> {
    const common = commonLength(sequence, wanted)
    if (common === sequence.nextTokenIndex) return
    // Without shifting: tokens moved to other positions would answer differently from ones read there.
    const goesBack = common > 0 && hasWindow(sequence, common)
    await between(() => (goesBack ? sequence.adaptStateToTokens(wanted, false) : sequence.clearHistory()))
  }

  return {
    async use(reader, work) {
      const { tenant, prompt } = reader
      const kept = await take(reader)
      const { sequence } = kept
      try {
        const own = tenant !== undefined && kept.tenant === tenant
        await keepBeginning(sequence, own ? prompt.slice(0, -1) : [])
        const result = await work(sequence)
        if (tenant === undefined) void giveEmpty(kept)
        else give({ sequence, tenant })
        return result
      } catch (thrown) {
        // What a failed evaluation left behind is not known.
        void giveEmpty(kept)
        throw thrown
      }
    },
  }
}

/** Its own with the longest common beginning, if that is worth what is lost behind it; else an empty one; else the oldest. */
function bestFor({ tenant, prompt }: Reader, free: readonly Kept[]): Kept | undefined {
  const own = tenant === undefined ? [] : free.filter((kept) => kept.tenant === tenant)
  const [best] = own
    .map((kept) => ({ kept, common: commonLength(kept.sequence, prompt) }))
    .filter(({ kept, common }) => common * 2 >= Math.min(prompt.length, kept.sequence.nextTokenIndex))
    .toSorted((a, b) => b.common - a.common)
  return best?.kept ?? free.find((kept) => kept.tenant === undefined) ?? free[0]
}

function commonLength(sequence: LlamaContextSequence, tokens: Token[]): number {
  return sequence.compareContextTokens(tokens).firstDifferentIndex
}

/**
 * Whether going on after `length` tokens finds what it looks back at. A model with a sliding window forgets what has
 * left it, and the library checks only that something is left. A model whose state cannot go back (recurrent ones) has
 * its last position only; there the library goes back to a checkpoint or begins anew.
 */
function hasWindow(sequence: LlamaContextSequence, length: number): boolean {
  const { swaSize } = sequence.model.fileInsights
  if (swaSize === undefined || !sequence.needsCheckpoints) return true
  const start = sequence.stateCellsStartIndex
  return length <= start || start <= Math.max(0, length - swaSize)
}
