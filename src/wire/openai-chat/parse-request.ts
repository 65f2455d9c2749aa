import type { Conversation, Message } from '../../core/conversation.ts'
import { MusivumError } from '../../core/errors.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import {
  describeValue,
  invalid,
  optionalBoolean,
  optionalInteger,
  optionalObject,
  requireName,
} from '../field-checks.ts'
import { parseJsonBody } from '../json-body.ts'
import { hasFields, setField, unknownFields } from '../json-extra.ts'
import { parseMessage } from './parse-message.ts'
import { parseReasoningOrder } from './parse-reasoning-order.ts'
import { parseSampling } from './parse-sampling.ts'
import { parseResponseFormat, parseToolChoice, parseTools } from './parse-tools.ts'

export type ParsedChatRequest = {
  readonly model: string
  readonly stream: boolean
  /** The client wants usage as the last event of its stream. */
  readonly includeUsage: boolean
  readonly conversation: Conversation
  /** The body as the client sent it. */
  readonly root: JsonObject
}

/**
 * A chat completion request of a client, checked. Throws `request.malformed_json`, `request.invalid` or
 * `request.unsupported` with the path of the field in `facts.param`, and never quotes the client's text.
 *
 * Fields we do not know stay in `extra` of the conversation, message, part or tool they came with. So does
 * `max_completion_tokens`, only to say by which of its two names the client set the limit.
 */
export function parseChatRequest(body: string): ParsedChatRequest {
  const root = parseJsonBody(body)
  refuseLegacyFunctions(root)
  refuseOtherProtocol(root)
  const model = requireName(root, 'model', '')
  const stream = optionalBoolean(root, 'stream', '') ?? false
  const streamOptions = parseStreamOptions(root, stream)
  const extra: Record<string, Json> = { ...unknownFields(root, KNOWN, '') }
  if (hasFields(streamOptions.extra)) setField(extra, 'stream_options', streamOptions.extra)
  return {
    model,
    stream,
    includeUsage: streamOptions.includeUsage,
    conversation: parseConversation(root, extra),
    root,
  }
}

const KNOWN: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'stream',
  'stream_options',
  'tools',
  'tool_choice',
  'response_format',
  'logprobs',
  'top_logprobs',
  'n',
  'seed',
  'stop',
  'temperature',
  'top_p',
  'max_tokens',
  'max_completion_tokens',
  'presence_penalty',
  'frequency_penalty',
  'logit_bias',
  'parallel_tool_calls',
  'reasoning_effort',
  'functions',
  'function_call',
])

/** What OpenAI documents. Above it a mistake is likelier than a wish. */
const MAX_ANSWERS = 128
const MAX_TOP_LOGPROBS = 20

function parseConversation(root: JsonObject, extra: Record<string, Json>): Conversation {
  const messages = parseMessages(root)
  const { tools, others } = parseTools(root)
  if (others.length > 0) setField(extra, 'tools', others)
  const toolChoice = parseToolChoice(root.tool_choice ?? undefined)
  const format = parseResponseFormat(optionalObject(root, 'response_format', ''))
  if (hasFields(format.extra)) setField(extra, 'response_format', format.extra)
  const topLogprobs = parseTopLogprobs(root)
  const parallelToolCalls = optionalBoolean(root, 'parallel_tool_calls', '')
  const reasoning = parseReasoningOrder(root, extra)
  return {
    dialect: 'openai-chat',
    messages,
    tools,
    ...(toolChoice === undefined ? {} : { toolChoice }),
    ...(parallelToolCalls === undefined ? {} : { parallelToolCalls }),
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(format.responseFormat === undefined ? {} : { responseFormat: format.responseFormat }),
    sampling: parseSampling(root, extra),
    answerCount: optionalInteger(root, 'n', '', { min: 1, max: MAX_ANSWERS }) ?? 1,
    ...(topLogprobs === undefined ? {} : { topLogprobs }),
    extra,
  }
}

function parseMessages(root: JsonObject): Conversation['messages'] {
  const messages = root.messages
  if (!isJsonArray(messages) || messages.length === 0)
    throw invalid('messages', 'an array with at least one message', describeValue(messages))
  const parsed = messages.map((message, index) => parseMessage(message, `messages[${index}]`))
  checkToolResults(parsed)
  return parsed
}

/** A result nobody asked for: OpenAI refuses it, and templates of local models put it anywhere. */
function checkToolResults(messages: readonly Message[]): void {
  const called = new Set<Json | undefined>()
  for (const [index, { parts, extra }] of messages.entries()) {
    for (const part of parts) {
      if (part.kind === 'tool-call') called.add(part.id)
      if (part.kind !== 'tool-result' || called.has(part.id)) continue
      throw invalid(`messages[${index}].tool_call_id`, 'the id of a call in a message before', 'another id')
    }
    // Calls of kinds we do not know are not parts.
    const others = isJsonArray(extra.tool_calls) ? extra.tool_calls : []
    for (const call of others) if (isJsonObject(call)) called.add(call.id)
  }
}

function parseTopLogprobs(root: JsonObject): number | undefined {
  const wanted = optionalBoolean(root, 'logprobs', '') ?? false
  const top = optionalInteger(root, 'top_logprobs', '', { min: 0, max: MAX_TOP_LOGPROBS })
  if (top !== undefined && !wanted)
    throw invalid('logprobs', 'true, as top_logprobs is set', describeValue(root.logprobs))
  return wanted ? (top ?? 0) : undefined
}

function parseStreamOptions(root: JsonObject, stream: boolean): { includeUsage: boolean; extra: JsonObject } {
  const options = optionalObject(root, 'stream_options', '')
  if (options === undefined) return { includeUsage: false, extra: {} }
  if (!stream)
    throw invalid('stream_options', '"stream" to be true where it is set', describeValue(root.stream))
  return {
    includeUsage: optionalBoolean(options, 'include_usage', 'stream_options') ?? false,
    extra: unknownFields(options, STREAM_OPTIONS, 'stream_options'),
  }
}

const STREAM_OPTIONS: ReadonlySet<string> = new Set(['include_usage'])

/** A body of another protocol on this path would otherwise be told about the first field it lacks. */
function refuseOtherProtocol(root: JsonObject): void {
  if (root.messages !== undefined || root.input === undefined) return
  throw invalid('messages', 'the messages of a chat completion', '"input", which belongs to /v1/responses')
}

/** OpenAI's form before `tools`. Half of it cannot be said in a conversation, so none of it is taken. */
function refuseLegacyFunctions(root: JsonObject): void {
  for (const [key, instead] of [
    ['functions', 'tools'],
    ['function_call', 'tool_choice'],
  ] as const) {
    if ((root[key] ?? undefined) === undefined) continue
    throw new MusivumError(
      'request.unsupported',
      `${key}: the form before tools; send "${instead}" instead`,
      {
        param: key,
      },
    )
  }
}
