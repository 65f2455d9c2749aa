import type { Conversation, Dialect, WireChange } from '../../core/conversation.ts'
import type { JsonObject } from '../../core/json.ts'
import { clientFields, createChangeLog, leaveOutFields } from '../openai-changes.ts'

/** What a renderer has to know of the protocol the client spoke, so that it can be told of changes in its own words. */
export type ClientWords = {
  /** The client spoke this protocol: `extra` is in our words. */
  readonly same: boolean
  /** Where the client wrote a field that we know under one name. */
  readonly pathOf: (field: TypedField) => string
  readonly pathOfMessage: (index: number) => string
  readonly leftOut: (path: string, why: string) => void
  readonly changed: (path: string, why: string) => void
  /** Unknown fields of another protocol, which mean nothing in this one. `place` '' is the body. */
  readonly leaveOut: (extra: JsonObject | undefined, place: string) => void
  readonly changes: () => readonly WireChange[]
}

export function clientWords(conversation: Conversation): ClientWords {
  const { dialect } = conversation
  const log = createChangeLog()
  const { messages } = clientFields(conversation)
  return {
    same: dialect === 'anthropic-messages',
    pathOf: (field) => FIELDS[dialect][field],
    // The items of a Responses request are not numbered as our messages are.
    pathOfMessage: (index) => (dialect === 'openai-responses' ? messages : `messages[${index}]`),
    leftOut: (path, why) => log.leftOut(withoutNumbers(path), why),
    changed: (path, why) => log.changed(withoutNumbers(path), why),
    leaveOut: (extra, place) => leaveOutFields(log, extra, withoutNumbers(place)),
    changes: log.all,
  }
}

/** A refusal names one block; a change names the place of the protocol, as the same one stands in every turn of an agent. */
function withoutNumbers(path: string): string {
  return path.replaceAll(/\[\d+\]/g, '[]')
}

export type TypedField =
  | 'limit'
  | 'effort'
  | 'budget'
  | 'summary'
  | 'format'
  | 'seed'
  | 'presencePenalty'
  | 'frequencyPenalty'
  | 'logitBias'
  | 'logprobs'
  | 'answerCount'

const CHAT: Readonly<Record<TypedField, string>> = {
  limit: 'max_tokens',
  effort: 'reasoning_effort',
  budget: 'reasoning.max_tokens',
  summary: 'reasoning.summary',
  format: 'response_format',
  seed: 'seed',
  presencePenalty: 'presence_penalty',
  frequencyPenalty: 'frequency_penalty',
  logitBias: 'logit_bias',
  logprobs: 'logprobs',
  answerCount: 'n',
}

const FIELDS: Readonly<Record<Dialect, Readonly<Record<TypedField, string>>>> = {
  'openai-chat': CHAT,
  'openai-responses': {
    ...CHAT,
    limit: 'max_output_tokens',
    effort: 'reasoning.effort',
    format: 'text.format',
    logprobs: 'top_logprobs',
  },
  'anthropic-messages': {
    ...CHAT,
    effort: 'output_config.effort',
    budget: 'thinking.budget_tokens',
    summary: 'thinking.display',
    format: 'output_config.format',
  },
}
