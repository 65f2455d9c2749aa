import type { Conversation } from '../../core/conversation.ts'
import type { JsonObject } from '../../core/json.ts'
import { noFields } from '../json-extra.ts'
import { fittingCallId, MAX_RESPONSES_CALL_ID } from '../openai-call-id.ts'
import {
  clientFields,
  createChangeLog,
  leaveOutFields,
  type ChangeLog,
  type ClientFields,
} from '../openai-changes.ts'

/** What a server takes beyond OpenAI's own words. */
export type ResponsesHabits = {
  /** `top_k`: vLLM. */
  readonly topK?: true
  /** The reasoning of earlier turns as plain text: vLLM, DeepSeek. */
  readonly reasoningText?: true
  /** Asked of every answer: a reasoning model of OpenAI, which keeps nothing for us. Its other models refuse it. */
  readonly encryptedReasoning?: true
}

/** How one conversation is put into the words of one server. */
export type ResponsesWording = {
  /** The client spoke this protocol too: what it said beyond typed fields goes back where it was. */
  readonly own: boolean
  readonly fromAnthropic: boolean
  readonly maker: string
  readonly habits: ResponsesHabits
  readonly fields: ClientFields
  readonly log: ChangeLog
}

export function responsesWording(
  conversation: Conversation,
  maker: string,
  habits: ResponsesHabits,
): ResponsesWording {
  return {
    own: conversation.dialect === 'openai-responses',
    fromAnthropic: conversation.dialect === 'anthropic-messages',
    maker,
    habits,
    fields: clientFields(conversation),
    log: createChangeLog(),
  }
}

/** The client's unknown fields where they mean something; elsewhere none, and each is noted as left out. */
export function ownFields(
  wording: ResponsesWording,
  extra: JsonObject | undefined,
  place: string,
): JsonObject {
  if (wording.own) return extra ?? noFields
  leaveOutFields(wording.log, extra, place)
  return noFields
}

/** A client of this protocol has the ids its servers gave it; those of other protocols may be longer than OpenAI takes. */
export function callIdFor({ own }: ResponsesWording, id: string): string {
  return own ? id : fittingCallId(id, MAX_RESPONSES_CALL_ID)
}
