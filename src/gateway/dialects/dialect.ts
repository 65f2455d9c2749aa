import type { Conversation, Dialect } from '../../core/conversation.ts'
import type { AnswerEvent } from '../../core/events.ts'
import type { JsonObject } from '../../core/json.ts'
import type { CollectedAnswer } from '../../wire/collect-answer.ts'
import type { ParsedRequest, Past } from '../operation.ts'
import type { ErrorWords } from './error-words.ts'

/** How one protocol is spoken with a client. Nothing else of the gateway knows which protocols there are. */
export type SpokenDialect = {
  readonly name: Dialect
  readonly errors: ErrorWords
  /** Throws `request.*`. */
  readonly parse: (body: string, past: Past) => ParsedRequest<Conversation>
  readonly renderWhole: (
    answer: CollectedAnswer,
    identity: AnswerIdentity,
    request: ParsedRequest<Conversation>,
  ) => string
  readonly streamRenderer: (request: ParsedRequest<Conversation>, identity: AnswerIdentity) => StreamRenderer
}

export type AnswerIdentity = {
  readonly requestId: string
  /** Seconds since the Unix epoch. */
  readonly created: number
  /** The name the client is told. */
  readonly model: string
  /** What we know of the answer and no protocol has a field for. */
  readonly musivum: JsonObject
}

export type StreamRenderer = {
  /** Server-sent events, '' when there is nothing to send yet. */
  readonly render: (event: AnswerEvent) => string
  readonly end: () => string
  /** After the end, for protocols that keep answers: the whole one in JSON. */
  readonly response?: () => string | undefined
}
