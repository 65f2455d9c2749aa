import { MusivumError } from '../../core/errors.ts'
import type { AnswerEvent } from '../../core/events.ts'
import type { Conversation, EmbeddingRequest, RerankRequest } from '../../core/conversation.ts'
import type { CallContext, Engine } from '../../engines/engine.ts'
import type { Permit } from '../../policy/permit.ts'
import {
  findUnmaskable,
  maskConversation,
  maskEmbedding,
  maskRerank,
} from '../../privacy/masked-call/mask-conversation.ts'
import { createAnswerRestorer } from '../../privacy/masked-call/restore-answer.ts'
import { pseudonyms, type Pseudonyms } from '../../privacy/pseudonyms/pseudonyms.ts'
import type { Recognise } from '../../privacy/recognise/recognise.ts'
import type { Masked } from '../../routing/decide.ts'
import type { ScopeHash } from '../../store/scope-key.ts'

export type MaskParts = {
  readonly recognise: Recognise
  /** Of whoever asks: the same value has the same stand-in in all their requests. */
  readonly hmac: ScopeHash
  /** What was done, for the decision: kinds and numbers, never a value. */
  readonly onMasked?: (masked: Masked) => void
}

/**
 * The engine as a permit with the duty `mask` lets it be used: it sees stand-ins, and whoever asked gets the values back. Bytes
 * do not pass through. Where the duty cannot be done, whatever the reason, the model is not asked.
 */
export function maskedEngine(engine: Engine, parts: MaskParts): Engine {
  return {
    model: engine.model,
    capabilities: engine.capabilities,
    answer: (permit, conversation, context) => answerMasked(engine, parts, { permit, conversation, context }),
    async embed(permit, request, context) {
      const masking = begin(parts, request)
      return engine.embed(
        permit,
        masking.run(() => maskEmbedding(request, masking.mask)),
        context,
      )
    },
    ...(engine.rerank && {
      async rerank(permit: Permit, request: RerankRequest, context: CallContext) {
        const masking = begin(parts, request)
        const masked = masking.run(() => maskRerank(request, masking.mask))
        return engine.rerank?.(permit, masked, context) ?? gone()
      },
    }),
    ...(engine.countTokens && {
      async countTokens(permit: Permit, conversation: Conversation, context: CallContext) {
        const masking = begin(parts, conversation)
        const masked = masking.run(() => maskConversation(conversation, masking.mask))
        return engine.countTokens?.(permit, masked, context) ?? gone()
      },
    }),
    relays: new Set(),
    state: () => engine.state(),
    close: () => engine.close(),
  }
}

type Call = {
  readonly permit: Permit
  readonly conversation: Conversation
  readonly context: CallContext
}

async function* answerMasked(
  engine: Engine,
  parts: MaskParts,
  { permit, conversation, context }: Call,
): AsyncIterable<AnswerEvent> {
  const masking = begin(parts, conversation)
  const masked = masking.run(() => maskConversation(conversation, masking.mask))
  if (conversation.topLogprobs !== undefined) context.onChanged?.([NO_LOGPROBS])
  const restorer = createAnswerRestorer(masking.scope.replaced)
  try {
    for await (const event of engine.answer(permit, masked, context)) yield* restorer.push(event)
  } finally {
    parts.onMasked?.({
      replaced: countsOf(masking.scope.replaced),
      restored: restorer.restored(),
      unknown: restorer.unknown().length,
    })
  }
}

const NO_LOGPROBS = {
  kind: 'left-out',
  path: 'logprobs',
  why: 'they are of stand-ins that the client does not see',
} as const

type Masking = {
  readonly scope: Pseudonyms
  readonly mask: (text: string) => string
  readonly run: <T>(work: () => T) => T
}

function begin(
  { recognise, hmac }: MaskParts,
  request: Conversation | EmbeddingRequest | RerankRequest,
): Masking {
  const unmaskable = findUnmaskable(request)
  if (unmaskable !== undefined) {
    const words = `a rule obliges to mask personal data, and the request holds what nobody can look into: ${unmaskable}`
    throw new MusivumError('privacy.not_maskable', `${words}.`, { holds: unmaskable })
  }
  const said = sayings(request)
  const scope = pseudonyms({ hmac, isTaken: (standIn) => said().includes(standIn) })
  return {
    scope,
    mask: (text) => (text === '' ? text : scope.mask(text, recognise(text))),
    run(work) {
      try {
        return work()
      } catch (cause) {
        const words = 'the personal data of the request could not be masked, so the model was not asked'
        throw new MusivumError('privacy.mask_failed', words, {}, { cause })
      }
    },
  }
}

/** The request as text, made when a stand-in is first looked for in it. */
function sayings(request: object): () => string {
  let text: string | undefined
  return () => (text ??= JSON.stringify(request))
}

function countsOf(replaced: ReadonlyMap<string, string>): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const standIn of replaced.keys()) {
    const entity = /^⟦(.+)_/.exec(standIn)?.[1] ?? 'OTHER'
    counts[entity] = (counts[entity] ?? 0) + 1
  }
  return counts
}

function gone(): never {
  throw new TypeError('a method of an engine went away while it was wrapped')
}
