import type { Conversation, ResponseFormat, Sampling, Tool, ToolChoice } from '../../core/conversation.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { hasFields, nestedExtra } from '../json-extra.ts'
import { renderCacheMark } from '../openai-cache-mark.ts'
import { unsayable } from '../openai-changes.ts'
import type { RenderedRequest } from '../rendered-request.ts'
import { chatWording, ownFields, type ChatHabits, type ChatWording } from './chat-wording.ts'
import { renderMessages } from './render-message.ts'
import { renderReasoningOrder } from './render-reasoning-order.ts'

export type ChatRequestOptions = {
  /** The name the server knows the model by. */
  readonly model: string
  readonly stream: boolean
  /** Ask for usage as the last event; only with `stream`. */
  readonly includeUsage: boolean
  /** Wire and host of the server, as its answers are stamped: only signatures it made are sent. */
  readonly maker: string
  readonly habits?: ChatHabits
}

/**
 * A conversation as the body of a chat completion request. What `parseChatRequest` carried in `extra` stands again
 * where it was; tools of kinds we do not know come after the functions. A conversation of another protocol is said in
 * OpenAI's words as far as they go: `changes` names the rest, and `request.unsupported` what cannot do without.
 */
export function renderChatRequest(conversation: Conversation, options: ChatRequestOptions): RenderedRequest {
  const wording = chatWording(conversation, options.maker, options.habits ?? {})
  const { tools: otherTools, ...extra } = topLevelFields(conversation, wording)
  const { toolChoice, topLogprobs, parallelToolCalls } = conversation
  const tools = [...conversation.tools.map((tool) => renderTool(tool, wording)), ...arrayOf(otherTools)]
  const responseFormat = renderResponseFormat(conversation.responseFormat, extra)
  const streamOptions = renderStreamOptions(options, extra)
  const body = {
    ...unknownOnly(extra),
    model: options.model,
    messages: renderMessages(conversation.messages, wording),
    ...(tools.length === 0 ? {} : { tools }),
    ...(toolChoice === undefined ? {} : { tool_choice: renderToolChoice(toolChoice, tools, wording) }),
    ...(parallelToolCalls === undefined ? {} : { parallel_tool_calls: parallelToolCalls }),
    ...(responseFormat === undefined ? {} : { response_format: responseFormat }),
    ...renderReasoningOrder(conversation.reasoning, extra, wording),
    ...renderSampling(conversation.sampling, extra, wording),
    ...(conversation.answerCount === 1 ? {} : { n: conversation.answerCount }),
    ...(topLogprobs === undefined ? {} : { logprobs: true }),
    ...(topLogprobs === undefined || topLogprobs === 0 ? {} : { top_logprobs: topLogprobs }),
    ...(options.stream ? { stream: true } : {}),
    ...(streamOptions === undefined ? {} : { stream_options: streamOptions }),
  }
  return { body, changes: wording.log.all() }
}

/** Fields of the body in the client's own dialect; those of another are noted, and refused where they are the question. */
function topLevelFields({ extra }: Conversation, wording: ChatWording): JsonObject {
  if (!wording.own && extra.prompt !== undefined)
    throw unsayable('prompt', 'this template lies with another vendor; send its text')
  return ownFields(wording, extra, '')
}

/** Without what `parseChatRequest` put there to say where typed fields stood. */
function unknownOnly(extra: JsonObject): JsonObject {
  const {
    stream_options: _streamOptions,
    response_format: _format,
    max_completion_tokens: _limit,
    reasoning_effort: _effort,
    ...unknown
  } = extra
  if (!isJsonObject(unknown.reasoning)) return unknown
  const { reasoning: _reasoning, ...others } = unknown
  return others
}

function arrayOf(value: Json | undefined): readonly Json[] {
  return isJsonArray(value) ? value : []
}

function renderTool(tool: Tool, wording: ChatWording): JsonObject {
  const { name, description, parameters, strict } = tool
  const extra = ownFields(wording, tool.extra, 'tools[]')
  return {
    ...extra,
    ...renderToolMark(tool, wording),
    type: 'function',
    function: {
      ...nestedExtra(extra, 'function'),
      name,
      ...(description === undefined ? {} : { description }),
      ...(parameters === undefined ? {} : { parameters }),
      ...(strict === undefined ? {} : { strict }),
    },
  }
}

function renderToolMark({ cacheMark }: Tool, wording: ChatWording): JsonObject {
  if (cacheMark === undefined) return {}
  if (wording.own || wording.habits.cacheMarks === true) return renderCacheMark(cacheMark)
  wording.log.leftOut('tools[].cache_control', 'the server takes no cache marks')
  return {}
}

function renderToolChoice(choice: ToolChoice, tools: readonly Json[], wording: ChatWording): Json {
  if (!wording.own && tools.length === 0 && choice.kind !== 'auto' && choice.kind !== 'none')
    throw unsayable('tool_choice', 'chat completions have no words for the tools it wants')
  switch (choice.kind) {
    case 'auto':
    case 'none':
    case 'required':
      return choice.kind
    case 'tool':
      return { type: 'function', function: { name: choice.name } }
    case 'other':
      if (wording.own) return choice.value
      throw unsayable('tool_choice', 'chat completions have no words for this choice')
    default:
      return choice satisfies never
  }
}

function renderResponseFormat(format: ResponseFormat | undefined, extra: JsonObject): JsonObject | undefined {
  const carried = nestedExtra(extra, 'response_format')
  switch (format?.kind) {
    case undefined:
      return hasFields(carried) ? carried : undefined
    case 'text':
      return { ...carried, type: 'text' }
    case 'json':
      return { ...carried, type: 'json_object' }
    case 'json-schema': {
      const { kind: _kind, ...schema } = format
      return {
        ...carried,
        type: 'json_schema',
        json_schema: { ...nestedExtra(carried, 'json_schema'), ...schema },
      }
    }
    default:
      return format satisfies never
  }
}

function renderSampling(sampling: Sampling, extra: JsonObject, wording: ChatWording): JsonObject {
  const { maxOutputTokens, temperature, topP, seed, stop, presencePenalty, frequencyPenalty, logitBias } =
    sampling
  return {
    ...(maxOutputTokens === undefined ? {} : { [limitField(extra, wording)]: maxOutputTokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...renderTopK(sampling.topK, wording),
    ...(seed === undefined ? {} : { seed }),
    ...(stop === undefined ? {} : { stop }),
    ...(presencePenalty === undefined ? {} : { presence_penalty: presencePenalty }),
    ...(frequencyPenalty === undefined ? {} : { frequency_penalty: frequencyPenalty }),
    ...(logitBias === undefined ? {} : { logit_bias: logitBias }),
  }
}

/** OpenAI's reasoning models take only the newer name, small local servers know only the older one. */
function limitField(extra: JsonObject, { own, habits }: ChatWording): string {
  const newer = own ? 'max_completion_tokens' in extra : habits.newerTokenLimit === true
  return newer ? 'max_completion_tokens' : 'max_tokens'
}

function renderTopK(topK: number | undefined, { own, habits, log }: ChatWording): JsonObject {
  if (topK === undefined) return {}
  if (own || habits.topK === true) return { top_k: topK }
  log.leftOut('top_k', 'the server takes no such field')
  return {}
}

function renderStreamOptions(options: ChatRequestOptions, extra: JsonObject): JsonObject | undefined {
  if (!options.stream) return undefined
  const carried = nestedExtra(extra, 'stream_options')
  if (options.includeUsage) return { ...carried, include_usage: true }
  return hasFields(carried) ? carried : undefined
}
