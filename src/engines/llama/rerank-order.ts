import type { RerankRequest, WireChange } from '../../core/conversation.ts'
import { MusivumError } from '../../core/errors.ts'
import type { RankedDocument } from '../../core/events.ts'
import { leftOut } from './model-orders.ts'
import type { RerankOrder } from './protocol.ts'

/** @throws MusivumError `request.invalid` */
export function rerankOrder({ query, documents }: RerankRequest): Omit<RerankOrder, 'id'> {
  if (documents.length === 0) throw invalid('documents is empty; at least one text is needed.')
  if (documents.length > MAX_DOCUMENTS)
    throw invalid(`documents has ${documents.length} texts; at most ${MAX_DOCUMENTS} fit one request.`)
  return { kind: 'rerank', query, documents }
}

// One slot reads all of them in turn; more would hold it for minutes, as with texts to embed.
const MAX_DOCUMENTS = 2048

/** Fields of other servers: `max_tokens_per_doc`, for one, would cut texts, and here none is cut. */
export function rerankChanges({ extra }: RerankRequest): readonly WireChange[] {
  return leftOut(Object.keys(extra).filter((name) => extra[name] !== null))
}

/** Of two with one score, the one that was sent first. */
export function bestFirst(scores: ArrayLike<number>, topN: number | undefined): readonly RankedDocument[] {
  return Array.from(scores, (score, index) => ({ index, score }))
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .slice(0, topN)
}

function invalid(message: string): MusivumError {
  return new MusivumError('request.invalid', message)
}
