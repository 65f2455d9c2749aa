import type { Conversation, ResponseFormat, Sampling, Tool, ToolChoice } from '../../core/conversation.ts'
import { isJsonArray, type Json, type JsonObject } from '../../core/json.ts'
import { hasFields, nestedExtra } from '../json-extra.ts'
import { renderMessages } from './render-message.ts'

export type ChatRequestOptions = {
  /** The name the server knows the model by. */
  readonly model: string
  readonly stream: boolean
  /** Ask for usage as the last event; only with `stream`. */
  readonly includeUsage: boolean
}

/**
 * A conversation as the body of a chat completion request. What `parseChatRequest` carried in `extra` stands again
 * where it was; tools of kinds we do not know come after the functions.
 */
export function renderChatRequest(conversation: Conversation, options: ChatRequestOptions): JsonObject {
  const { extra, toolChoice, topLogprobs } = conversation
  const tools = renderTools(conversation)
  const responseFormat = renderResponseFormat(conversation.responseFormat, extra)
  const streamOptions = renderStreamOptions(options, extra)
  const {
    tools: _tools,
    stream_options: _streamOptions,
    response_format: _format,
    max_completion_tokens: _limit,
    ...unknown
  } = extra
  return {
    ...unknown,
    model: options.model,
    messages: renderMessages(conversation.messages),
    ...(tools.length === 0 ? {} : { tools }),
    ...(toolChoice === undefined ? {} : { tool_choice: renderToolChoice(toolChoice) }),
    ...(responseFormat === undefined ? {} : { response_format: responseFormat }),
    ...renderSampling(conversation.sampling, extra),
    ...(conversation.answerCount === 1 ? {} : { n: conversation.answerCount }),
    ...(topLogprobs === undefined ? {} : { logprobs: true }),
    ...(topLogprobs === undefined || topLogprobs === 0 ? {} : { top_logprobs: topLogprobs }),
    ...(options.stream ? { stream: true } : {}),
    ...(streamOptions === undefined ? {} : { stream_options: streamOptions }),
  }
}

function renderTools({ tools, extra }: Conversation): readonly Json[] {
  const others = isJsonArray(extra.tools) ? extra.tools : []
  return [...tools.map(renderTool), ...others]
}

function renderTool(tool: Tool): JsonObject {
  const { name, description, parameters, strict, extra } = tool
  return {
    ...extra,
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

function renderToolChoice(choice: ToolChoice): Json {
  switch (choice.kind) {
    case 'auto':
    case 'none':
    case 'required':
      return choice.kind
    case 'tool':
      return { type: 'function', function: { name: choice.name } }
    case 'other':
      return choice.value
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

function renderSampling(sampling: Sampling, extra: JsonObject): JsonObject {
  const { maxOutputTokens, temperature, topP, seed, stop, presencePenalty, frequencyPenalty, logitBias } =
    sampling
  // OpenAI's reasoning models take only the newer name, small local servers know only the older one.
  const limit = 'max_completion_tokens' in extra ? 'max_completion_tokens' : 'max_tokens'
  return {
    ...(maxOutputTokens === undefined ? {} : { [limit]: maxOutputTokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(seed === undefined ? {} : { seed }),
    ...(stop === undefined ? {} : { stop }),
    ...(presencePenalty === undefined ? {} : { presence_penalty: presencePenalty }),
    ...(frequencyPenalty === undefined ? {} : { frequency_penalty: frequencyPenalty }),
    ...(logitBias === undefined ? {} : { logit_bias: logitBias }),
  }
}

function renderStreamOptions(options: ChatRequestOptions, extra: JsonObject): JsonObject | undefined {
  if (!options.stream) return undefined
  const carried = nestedExtra(extra, 'stream_options')
  if (options.includeUsage) return { ...carried, include_usage: true }
  return hasFields(carried) ? carried : undefined
}
