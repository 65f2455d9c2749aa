import type { Conversation, Sampling } from '../../core/conversation.ts'
import { MusivumError } from '../../core/errors.ts'
import { isJsonArray, type Json, type JsonObject } from '../../core/json.ts'
import {
  describeValue,
  invalid,
  optionalBoolean,
  optionalInteger,
  optionalNumber,
  optionalObject,
  requireName,
  type Range,
} from '../field-checks.ts'
import { parseJsonBody } from '../json-body.ts'
import { hasFields, setField, unknownFields } from '../json-extra.ts'
import { parseMessage } from './parse-message.ts'
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
  'functions',
  'function_call',
])

/** What OpenAI documents. Above it a mistake is likelier than a wish. */
const MAX_ANSWERS = 128
const MAX_TOP_LOGPROBS = 20
const TEMPERATURE: Range = { min: 0, max: 2 }
const PROBABILITY: Range = { min: 0, max: 1 }
const PENALTY: Range = { min: -2, max: 2 }
const BIAS: Range = { min: -100, max: 100 }
const ANY_WHOLE: Range = { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }
const AT_LEAST_ONE: Range = { min: 1, max: Number.MAX_SAFE_INTEGER }

function parseConversation(root: JsonObject, extra: Record<string, Json>): Conversation {
  const messages = parseMessages(root)
  const { tools, others } = parseTools(root)
  if (others.length > 0) setField(extra, 'tools', others)
  const toolChoice = parseToolChoice(root.tool_choice ?? undefined)
  const format = parseResponseFormat(optionalObject(root, 'response_format', ''))
  if (hasFields(format.extra)) setField(extra, 'response_format', format.extra)
  const topLogprobs = parseTopLogprobs(root)
  return {
    dialect: 'openai-chat',
    messages,
    tools,
    ...(toolChoice === undefined ? {} : { toolChoice }),
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
  return messages.map((message, index) => parseMessage(message, `messages[${index}]`))
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] }

function parseSampling(root: JsonObject, extra: Record<string, Json>): Sampling {
  const sampling: Writable<Sampling> = {}
  const maxOutputTokens = parseMaxTokens(root, extra)
  if (maxOutputTokens !== undefined) sampling.maxOutputTokens = maxOutputTokens
  const temperature = optionalNumber(root, 'temperature', '', TEMPERATURE)
  if (temperature !== undefined) sampling.temperature = temperature
  const topP = optionalNumber(root, 'top_p', '', PROBABILITY)
  if (topP !== undefined) sampling.topP = topP
  const seed = optionalInteger(root, 'seed', '', ANY_WHOLE)
  if (seed !== undefined) sampling.seed = seed
  const stop = parseStop(root.stop ?? undefined)
  if (stop !== undefined) sampling.stop = stop
  const presencePenalty = optionalNumber(root, 'presence_penalty', '', PENALTY)
  if (presencePenalty !== undefined) sampling.presencePenalty = presencePenalty
  const frequencyPenalty = optionalNumber(root, 'frequency_penalty', '', PENALTY)
  if (frequencyPenalty !== undefined) sampling.frequencyPenalty = frequencyPenalty
  const logitBias = parseLogitBias(optionalObject(root, 'logit_bias', ''))
  if (logitBias !== undefined) sampling.logitBias = logitBias
  return sampling
}

/** Both names mean the same; a body that gives them different numbers would get another limit from every server. */
function parseMaxTokens(root: JsonObject, extra: Record<string, Json>): number | undefined {
  const older = optionalInteger(root, 'max_tokens', '', AT_LEAST_ONE)
  const newer = optionalInteger(root, 'max_completion_tokens', '', AT_LEAST_ONE)
  if (newer === undefined) return older
  if (older !== undefined && older !== newer)
    throw invalid('max_tokens', `the number of max_completion_tokens, or only one of them`, String(older))
  extra['max_completion_tokens'] = newer
  return newer
}

function parseStop(stop: Json | undefined): readonly string[] | undefined {
  if (stop === undefined) return undefined
  if (typeof stop === 'string') return [stopText(stop, 'stop')]
  if (!isJsonArray(stop)) throw invalid('stop', 'a string or an array of strings', describeValue(stop))
  return stop.length === 0 ? undefined : stop.map((text, index) => stopText(text, `stop[${index}]`))
}

function stopText(text: Json, path: string): string {
  if (typeof text !== 'string' || text === '') throw invalid(path, 'a non-empty string', describeValue(text))
  return text
}

function parseLogitBias(bias: JsonObject | undefined): Readonly<Record<string, number>> | undefined {
  if (bias === undefined) return undefined
  const checked: Record<string, number> = {}
  for (const token of Object.keys(bias)) {
    if (!/^\d{1,10}$/.test(token))
      throw invalid('logit_bias', 'token ids (whole numbers) as keys', 'another key')
    checked[token] = optionalNumber(bias, token, 'logit_bias', BIAS) ?? 0
  }
  return checked
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
