import type { Conversation, Dialect } from '../../core/conversation.ts'
import type { JsonObject } from '../../core/json.ts'
import { noFields } from '../json-extra.ts'
import { fittingCallId, MAX_CHAT_CALL_ID } from '../openai-call-id.ts'
import {
  clientFields,
  createChangeLog,
  leaveOutFields,
  type ChangeLog,
  type ClientFields,
} from '../openai-changes.ts'
import type { ReasoningTextField } from './parse-reasoning.ts'

/** What a server takes beyond OpenAI's own words. OpenAI itself refuses a request for a field it does not know. */
export type ChatHabits = {
  /** `top_k`: vLLM, SGLang, llama-server, OpenRouter. */
  readonly topK?: true
  /** `cache_control` on parts and tools: OpenRouter. */
  readonly cacheMarks?: true
  /** Where it takes back the reasoning of earlier turns; DeepSeek refuses a tool turn without it. */
  readonly reasoningText?: ReasoningTextField
  /** `max_completion_tokens`: OpenAI's reasoning models refuse the older name, small servers know no other. */
  readonly newerTokenLimit?: true
}

/** How one conversation is put into the words of one server. */
export type ChatWording = {
  /** The client spoke chat too: what it said beyond typed fields goes back where it was. */
  readonly own: boolean
  readonly dialect: Dialect
  readonly maker: string
  readonly habits: ChatHabits
  readonly fields: ClientFields
  readonly log: ChangeLog
}

export function chatWording(conversation: Conversation, maker: string, habits: ChatHabits): ChatWording {
  return {
    own: conversation.dialect === 'openai-chat',
    dialect: conversation.dialect,
    maker,
    habits,
    fields: clientFields(conversation),
    log: createChangeLog(),
  }
}

/** The client's unknown fields where they mean something; elsewhere none, and each is noted as left out. */
export function ownFields(wording: ChatWording, extra: JsonObject | undefined, place: string): JsonObject {
  if (wording.own) return extra ?? noFields
  leaveOutFields(wording.log, extra, place)
  return noFields
}

/** A client of chat has the ids its servers gave it; those of other protocols may be longer than OpenAI takes. */
export function callIdFor({ own }: ChatWording, id: string): string {
  return own ? id : fittingCallId(id, MAX_CHAT_CALL_ID)
}
