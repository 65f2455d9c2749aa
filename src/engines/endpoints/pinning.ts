import type { Conversation, Message, Part, Signature } from '../../core/conversation.ts'
import type { AnswerEvent } from '../../core/events.ts'
import type { RelayOperation } from '../engine.ts'
import type { Endpoint } from './endpoint.ts'

/**
 * Keeps what an endpoint signed for that endpoint. Where a model has several with different fingerprints, the maker of
 * every signature is told with the fingerprint in front, `1a2b3c4d@openai-responses:api.openai.com`: no protocol takes that
 * for its own, so it travels wrapped and comes back with its name. The endpoint that made the newest signature of a
 * conversation is asked first. Any other gets the conversation without: its engine knows no such maker.
 */
export type Pinning<E extends Endpoint> = {
  /** What may pass through: not where a signature would then reach the client without the name of its maker. */
  readonly relays: (relays: ReadonlySet<RelayOperation>) => ReadonlySet<RelayOperation>
  readonly first: (conversation: Conversation) => E | undefined
  readonly sent: (conversation: Conversation, endpoint: E) => Conversation
  readonly received: (event: AnswerEvent, endpoint: E) => AnswerEvent
}

export function pinning<E extends Endpoint>(endpoints: readonly E[]): Pinning<E> {
  const several = new Set(endpoints.map(({ fingerprint }) => fingerprint)).size > 1
  return {
    relays: (relays) => (several ? new Set([...relays].filter((each) => !SIGNING.has(each))) : relays),
    first(conversation) {
      if (!several) return undefined
      const newestFirst = signaturesOf(conversation.messages.toReversed())
      const makers = newestFirst.map((signature) => endpoints.find((each) => isMadeAt(signature, each)))
      return makers.find((endpoint) => endpoint !== undefined)
    },
    sent(conversation, endpoint) {
      if (signaturesOf(conversation.messages).every((signature) => !isMadeAt(signature, endpoint)))
        return conversation
      const messages = conversation.messages.map((message) => withOwnMakers(message, endpoint))
      return { ...conversation, messages }
    },
    received: (event, endpoint) => (several ? named(event, endpoint) : event),
  }
}

/** Chat's own places for signatures are those of vendors who take them back whatever the key. */
const SIGNING: ReadonlySet<RelayOperation> = new Set(['openai-responses', 'anthropic-messages'])

function signaturesOf(messages: readonly Message[]): readonly Signature[] {
  return messages.flatMap(({ parts }) => parts.toReversed().flatMap((part) => signatureOf(part) ?? []))
}

function signatureOf(part: Part): Signature | undefined {
  return part.kind === 'reasoning' || part.kind === 'tool-call' ? part.signature : undefined
}

function isMadeAt({ maker }: Signature, { fingerprint }: Endpoint): boolean {
  return maker.startsWith(`${fingerprint}@`)
}

/** As the engine of the endpoint knows its own signatures. */
function withOwnMakers(message: Message, endpoint: Endpoint): Message {
  return { ...message, parts: message.parts.map((part) => withOwnMaker(part, endpoint)) }
}

function withOwnMaker(part: Part, endpoint: Endpoint): Part {
  if (part.kind !== 'reasoning' && part.kind !== 'tool-call') return part
  const { signature } = part
  if (signature === undefined || !isMadeAt(signature, endpoint)) return part
  const maker = signature.maker.slice(endpoint.fingerprint.length + 1)
  return { ...part, signature: { maker, value: signature.value } }
}

function named(event: AnswerEvent, { fingerprint }: Endpoint): AnswerEvent {
  if (event.kind !== 'reasoning-end' && event.kind !== 'tool-call-start') return event
  const { signature } = event
  if (signature === undefined) return event
  return { ...event, signature: { maker: `${fingerprint}@${signature.maker}`, value: signature.value } }
}
