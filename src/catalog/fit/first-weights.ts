import { activeBytes } from './active-bytes.ts'
import { findModel } from './find-model.ts'
import { fit } from './fit.ts'

/** Weights that somebody without any can begin with. */
export type FirstWeights = {
  readonly name: string
  /** What `models pull` takes. */
  readonly source: string
  readonly downloadBytes: number
  /** With one conversation of `FIRST_CONTEXT` tokens. */
  readonly memoryBytes: number
  /** No conversation can be faster here. */
  readonly tokensPerSecondBound: number
}

export type Room = {
  /** What a model may use of the memory, and of the disk where weights are kept. */
  readonly memoryBytes: number
  readonly diskBytes: number
  /** Bytes of memory read per second. */
  readonly bandwidth: number
}

/** Enough for a long document. */
export const FIRST_CONTEXT = 8192
/** As fast as somebody reads aloud. */
const COMFORTABLE_TOKENS_PER_SECOND = 3

/**
 * The strongest open model that this machine can hold and that still writes as fast as people read aloud; where none is that
 * fast, the fastest that it can hold. Undefined: not even the smallest fits.
 */
export function firstWeights(room: Room): FirstWeights | undefined {
  const fitting = OFFERS.map((offer) => weightsOf(offer, room)).filter(
    ({ memoryBytes, downloadBytes }) => memoryBytes <= room.memoryBytes && downloadBytes <= room.diskBytes,
  )
  const fast = fitting.find(
    ({ tokensPerSecondBound }) => tokensPerSecondBound >= COMFORTABLE_TOKENS_PER_SECOND,
  )
  return fast ?? fitting.toSorted((a, b) => b.tokensPerSecondBound - a.tokensPerSecondBound)[0]
}

/** The least that any of them needs, for saying what is missing. */
export function leastMemoryBytes(): number {
  const room = { memoryBytes: 0, diskBytes: 0, bandwidth: 1 }
  return Math.min(...OFFERS.map((offer) => weightsOf(offer, room).memoryBytes))
}

type Offer = { readonly model: string; readonly source: string }

/**
 * By strength, the strongest first. All under Apache-2.0 and given away as GGUF by their makers or by llama.cpp's own
 * people, so that nobody has to accept terms or trust a stranger's conversion.
 */
const OFFERS: readonly Offer[] = [
  { model: 'gpt-oss-120b', source: 'hf:ggml-org/gpt-oss-120b-GGUF:MXFP4' },
  { model: 'qwen-3-32b', source: 'hf:Qwen/Qwen3-32B-GGUF:Q4_K_M' },
  { model: 'qwen-3-30b-a3b', source: 'hf:Qwen/Qwen3-30B-A3B-GGUF:Q4_K_M' },
  { model: 'gpt-oss-20b', source: 'hf:ggml-org/gpt-oss-20b-GGUF:MXFP4' },
  { model: 'qwen-3-14b', source: 'hf:Qwen/Qwen3-14B-GGUF:Q4_K_M' },
  { model: 'qwen-3-8b', source: 'hf:Qwen/Qwen3-8B-GGUF:Q4_K_M' },
  { model: 'qwen-3-4b', source: 'hf:Qwen/Qwen3-4B-GGUF:Q4_K_M' },
  { model: 'qwen-3-1.7b', source: 'hf:Qwen/Qwen3-1.7B-GGUF:Q8_0' },
  { model: 'qwen-3-0.6b', source: 'hf:Qwen/Qwen3-0.6B-GGUF:Q8_0' },
]

function weightsOf({ model, source }: Offer, { bandwidth }: Room): FirstWeights {
  const form = source.slice(source.lastIndexOf(':') + 1)
  const { name, ...facts } = findModel(`${model}:${form}`)
  const { weights_bytes, total_bytes } = fit({
    facts,
    contextTokens: FIRST_CONTEXT,
    sequences: 1,
    cacheType: 'f16',
  })
  return {
    name,
    source,
    downloadBytes: weights_bytes,
    memoryBytes: total_bytes,
    tokensPerSecondBound: bandwidth / activeBytes(facts.tensors, facts.shape),
  }
}
