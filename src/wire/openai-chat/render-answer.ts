import type { Json, JsonObject } from '../../core/json.ts'
import { renderOpenAiUsage } from '../openai-usage.ts'
import { chatCompletionId, renderFinishReason } from './answer-words.ts'
import { extraContent, signedReasoningDetail } from './carried-signature.ts'
import type { BlockOf, CollectedAnswer, CollectedChoice } from '../collect-answer.ts'
import { renderLogprobs } from './render-logprobs.ts'

export type ChatAnswerOptions = {
  readonly requestId: string
  /** Seconds since the Unix epoch. */
  readonly created: number
  /** The name the client is told. */
  readonly model: string
  /** What we know of the answer and OpenAI has no field for. */
  readonly musivum?: JsonObject
}

/** A whole answer as a chat completion. */
export function renderChatCompletion(answer: CollectedAnswer, options: ChatAnswerOptions): JsonObject {
  return {
    ...answer.extra,
    id: chatCompletionId(options.requestId),
    object: 'chat.completion',
    created: options.created,
    model: options.model,
    choices: answer.choices.map(renderChoice),
    ...(answer.usage === undefined ? {} : { usage: renderOpenAiUsage(answer.usage) }),
    ...(options.musivum === undefined ? {} : { musivum: options.musivum }),
  }
}

function renderChoice(choice: CollectedChoice): JsonObject {
  return {
    index: choice.index,
    message: renderMessage(choice),
    logprobs: choice.logprobs.length === 0 ? null : renderLogprobs(choice.logprobs),
    finish_reason: renderFinishReason(choice.finishReason),
    ...(choice.stopSequence === undefined ? {} : { stop_reason: choice.stopSequence }),
  }
}

function renderMessage({ text, reasoning, refusal, toolCalls, blocks }: CollectedChoice): JsonObject {
  const thoughts = blocks.filter((block) => block.kind === 'reasoning')
  const signed = thoughts.some((thought) => thought.signature !== undefined)
  // Null says "something else than text was answered"; an answer of nothing at all is an empty text.
  const content: Json = text === '' && (toolCalls.length > 0 || refusal !== '') ? null : text
  return {
    role: 'assistant',
    content,
    refusal: refusal === '' ? null : refusal,
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
    ...(signed ? { reasoning_details: thoughts.map(renderThought) } : {}),
    ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls.map(renderToolCall) }),
  }
}

/** All of them once one is signed, so that a client hands back each with what belongs to it. */
function renderThought({ text, signature }: BlockOf<'reasoning'>, index: number): JsonObject {
  return signedReasoningDetail(text, signature, index)
}

function renderToolCall({ id, name, arguments: text, signature }: BlockOf<'tool-call'>): JsonObject {
  const carried = signature === undefined ? {} : { extra_content: extraContent(signature) }
  return { id, type: 'function', function: { name, arguments: text }, ...carried }
}
