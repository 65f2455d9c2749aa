import { MusivumError } from '../../core/errors.ts'
import type { AnswerEvent } from '../../core/events.ts'
import type { Conversation, EmbeddingRequest, RerankRequest } from '../../core/conversation.ts'
import type { CallContext, Engine } from '../../engines/engine.ts'
import type { Permit } from '../../policy/permit.ts'
import { labelsOf } from '../../privacy/label.ts'
import {
  findUnmaskable,
  maskConversation,
  maskEmbedding,
  maskRerank,
} from '../../privacy/masked-call/mask-conversation.ts'
import type { Mask } from '../../privacy/masked-call/mask-json.ts'
import { createAnswerRestorer } from '../../privacy/masked-call/restore-answer.ts'
import { withNames } from '../../privacy/names/with-names.ts'
import { pseudonyms } from '../../privacy/pseudonyms/pseudonyms.ts'
import { recogniseOnce } from '../../privacy/recognise-once.ts'
import type { Recognise } from '../../privacy/recognise/recognise.ts'
import type { Masked } from '../../routing/decide.ts'
import type { ScopeHash } from '../../store/scope-key.ts'
import type { NameReading } from '../names/names-tier.ts'

export type MaskParts = {
  readonly recognise: Recognise
  /** Who looks for names; undefined: nobody does. Where they cannot be told, the model is not asked. */
  readonly names?: NameReading | undefined
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
      const { masked, replaced } = await maskWhole(parts, request, (mask) => maskEmbedding(request, mask))
      noteOneWay(parts, replaced)
      return engine.embed(permit, masked, context)
    },
    ...(engine.rerank && {
      async rerank(permit: Permit, request: RerankRequest, context: CallContext) {
        const { masked, replaced } = await maskWhole(parts, request, (mask) => maskRerank(request, mask))
        noteOneWay(parts, replaced)
        return engine.rerank?.(permit, masked, context) ?? gone()
      },
    }),
    ...(engine.countTokens && {
      async countTokens(permit: Permit, conversation: Conversation, context: CallContext) {
        const { masked, replaced } = await maskWhole(parts, conversation, (mask) =>
          maskConversation(conversation, mask),
        )
        noteOneWay(parts, replaced)
        return engine.countTokens?.(permit, masked, context) ?? gone()
      },
    }),
    relays: new Set(),
    state: () => engine.state(),
    close: () => engine.close(),
  }
}

/** Numbers come back and no words, so there is nothing to restore. */
function noteOneWay({ onMasked }: MaskParts, replaced: ReadonlyMap<string, string>): void {
  onMasked?.({ replaced: countsOf(replaced), restored: 0, unknown: 0 })
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
  const { masked, replaced } = await maskWhole(parts, conversation, (mask) =>
    maskConversation(conversation, mask),
  )
  if (conversation.topLogprobs !== undefined) context.onChanged?.([NO_LOGPROBS])
  const restorer = createAnswerRestorer(replaced)
  try {
    for await (const event of engine.answer(permit, masked, context)) yield* restorer.push(event)
  } finally {
    parts.onMasked?.({
      replaced: countsOf(replaced),
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

type MaskableRequest = Conversation | EmbeddingRequest | RerankRequest

type MaskedWhole<Content> = {
  readonly masked: Content
  /** Stand-in to value. */
  readonly replaced: ReadonlyMap<string, string>
}

/** The request as the model may see it. `masks` puts every text of it through what it is given. */
async function maskWhole<Content extends MaskableRequest>(
  { hmac, ...tiers }: MaskParts,
  request: Content,
  masks: (mask: Mask) => Content,
): Promise<MaskedWhole<Content>> {
  refuseUnmaskable(request)
  const once = { ...tiers, recognise: recogniseOnce(tiers.recognise, request) }
  const recognise = await recogniserFor(once, masks)
  const said = sayings(request)
  const scope = pseudonyms({ hmac, isTaken: (standIn) => said().includes(standIn) })
  try {
    const masked = masks((text) => (text === '' ? text : scope.mask(text, recognise(text))))
    return { masked, replaced: scope.replaced }
  } catch (cause) {
    const words = 'the personal data of the request could not be masked, so the model was not asked'
    throw new MusivumError('privacy.mask_failed', words, {}, { cause })
  }
}

function refuseUnmaskable(request: MaskableRequest): void {
  const unmaskable = findUnmaskable(request)
  if (unmaskable === undefined) return
  const words = `a rule obliges to mask personal data, and the request holds what nobody can look into: ${unmaskable}`
  throw new MusivumError('privacy.not_maskable', `${words}.`, { holds: unmaskable })
}

/** Both tiers, the second for exactly what is about to be masked: a guard may have changed it since it was labelled. */
async function recogniserFor(
  { recognise, names }: Pick<MaskParts, 'recognise' | 'names'>,
  masks: (mask: Mask) => unknown,
): Promise<Recognise> {
  if (names === undefined) return recognise
  const texts = new Set<string>()
  masks((text) => {
    texts.add(text)
    return text
  })
  const labels = labelsOf([...texts].flatMap((text) => recognise(text)))
  return withNames(recognise, await names.read([...texts], labels))
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
