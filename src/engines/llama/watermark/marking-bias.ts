import type { LlamaModel, Token, TokenBias } from 'node-llama-cpp'
import { vocabularySize } from '../embedder.ts'
import type { AnswerOrder } from '../protocol.ts'
import { DELTA, greenList, type GreenList } from './green-list.ts'

type Marking = {
  readonly list: GreenList
  /** By bucket, without any bias of a client. */
  readonly biases: (TokenBias | undefined)[]
}

// A list of a vocabulary of 150,000 tokens is 38,000 entries of some 35 bytes, and there are 64: 85 MB once all are made. A key
// is changed once in years, so only the marks of the last one are kept.
const markings = new WeakMap<LlamaModel, { readonly key: string; readonly marking: Marking }>()

/**
 * The bias of each next token, chosen by the one before it: what the library asks for once for every token. `empty` makes a bias
 * for this model. The tokens that end an answer keep their own chances, as the library leaves them out.
 */
export function markingBias(
  model: LlamaModel,
  order: AnswerOrder & { readonly watermark: Uint8Array },
  written: readonly Token[],
  empty: () => TokenBias,
): () => TokenBias {
  const { logitBias } = order
  const { list, biases } = markingOf(model, order.watermark)
  // A client's own biases come on top: those lists are of this answer alone.
  const kept = logitBias.length === 0 ? biases : []
  const first = withClient(empty(), order)
  return () => {
    const previous = written.at(-1)
    if (previous === undefined) return first
    const bucket = list.bucketOf(previous)
    return (kept[bucket] ??= withClient(marked(model, list, bucket, empty()), order, (token) =>
      list.isGreen(bucket, token) ? DELTA : 0,
    ))
  }
}

function markingOf(model: LlamaModel, watermark: Uint8Array): Marking {
  const key = Buffer.from(watermark).toString('hex')
  const known = markings.get(model)
  if (known?.key === key) return known.marking
  const marking = { list: greenList(watermark, vocabularySize(model)), biases: [] }
  markings.set(model, { key, marking })
  return marking
}

function marked(model: LlamaModel, list: GreenList, bucket: number, bias: TokenBias): TokenBias {
  const tokens = Array.from({ length: vocabularySize(model) }, (_, token) => token as Token)
  // All at once: one by one takes ten times as long.
  return bias.set(
    tokens.filter((token) => list.isGreen(bucket, token)),
    { logit: DELTA },
  )
}

function withClient(
  bias: TokenBias,
  { logitBias }: AnswerOrder,
  markOf: (token: number) => number = () => 0,
): TokenBias {
  for (const [token, logit] of logitBias) bias.set(token as Token, { logit: logit + markOf(token) })
  return bias
}
