import type { Conversation, Message, Sampling } from '../../core/conversation.ts'
import { isJsonArray, type Json, type JsonObject } from '../../core/json.ts'
import {
  describeValue,
  invalid,
  optionalArray,
  optionalBoolean,
  optionalInteger,
  optionalNumber,
  requireName,
  type Range,
} from '../field-checks.ts'
import { parseJsonBody } from '../json-body.ts'
import { noFields, setField, unknownFields } from '../json-extra.ts'
import { BILLING_HEADER, splitBillingHeader } from './billing-header.ts'
import { parseMessage, parseSystem } from './parse-message.ts'
import { parseOutputOrders } from './parse-reasoning.ts'
import { parseToolChoice, parseTools } from './parse-tools.ts'

export type ParsedMessagesRequest = {
  readonly model: string
  readonly stream: boolean
  readonly conversation: Conversation
  /** The body as the client sent it. */
  readonly root: JsonObject
}

/**
 * A request to `/v1/messages`, checked. Throws `request.malformed_json`, `request.invalid` or `request.unsupported` with the
 * path of the field in `facts.param`, and never quotes the client's text.
 *
 * Fields we do not know stay in `extra` of the conversation, message, part or tool they came with. So does Claude Code's
 * billing header, which is no part of the prompt (see billing-header.ts).
 */
export function parseMessagesRequest(body: string): ParsedMessagesRequest {
  return parseRequest(body, (root) => ({ ...parseSampling(root), maxOutputTokens: requireLimit(root) }))
}

/** A request to `/v1/messages/count_tokens`: the same without a limit. */
export function parseCountTokensRequest(body: string): ParsedMessagesRequest {
  return parseRequest(body, parseSampling)
}

function parseRequest(body: string, samplingOf: (root: JsonObject) => Sampling): ParsedMessagesRequest {
  const root = parseJsonBody(body)
  refuseOtherProtocol(root)
  return {
    model: requireName(root, 'model', ''),
    stream: optionalBoolean(root, 'stream', '') ?? false,
    conversation: parseConversation(root, samplingOf(root)),
    root,
  }
}

/** A body of another protocol on this path would otherwise be told about the first field it lacks. */
function refuseOtherProtocol(root: JsonObject): void {
  if (root.messages !== undefined || root.input === undefined) return
  throw invalid('messages', 'the messages of this protocol', '"input", which belongs to /v1/responses')
}

const KNOWN: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'system',
  'stream',
  'max_tokens',
  'stop_sequences',
  'temperature',
  'top_p',
  'top_k',
  'tools',
  'tool_choice',
  'thinking',
  'output_config',
  'output_format',
])

/** What Anthropic documents; its newest models take none of the three. */
const TEMPERATURE: Range = { min: 0, max: 1 }
const PROBABILITY: Range = { min: 0, max: 1 }
const TOP_K: Range = { min: 0, max: Number.MAX_SAFE_INTEGER }
const LIMIT: Range = { min: 0, max: Number.MAX_SAFE_INTEGER }

function parseConversation(root: JsonObject, sampling: Sampling): Conversation {
  const extra: Record<string, Json> = { ...unknownFields(root, KNOWN, '') }
  const { system, header } = splitBillingHeader(root.system ?? undefined)
  if (header !== undefined) setField(extra, BILLING_HEADER, header)
  const { tools, others } = parseTools(root)
  if (others.length > 0) setField(extra, 'tools', others)
  // Zero only fills the vendor's cache. Another's engine might take it for no limit at all, so it is told to say one token.
  const fillsCache = sampling.maxOutputTokens === 0
  if (fillsCache) setField(extra, 'max_tokens', 0)
  return {
    dialect: 'anthropic-messages',
    messages: [...systemMessages(system), ...parseMessages(root)],
    tools,
    ...parseToolChoice(root.tool_choice),
    ...parseOutputOrders(root, extra),
    sampling: fillsCache ? { ...sampling, maxOutputTokens: 1 } : sampling,
    answerCount: 1,
    extra,
  }
}

function systemMessages(system: Json | undefined): readonly Message[] {
  const parts = system === undefined ? [] : parseSystem(system, 'system')
  const said = parts.some((part) => part.kind !== 'text' || part.text !== '')
  return said ? [{ role: 'system', parts, extra: noFields }] : []
}

function parseMessages(root: JsonObject): readonly Message[] {
  const { messages } = root
  if (!isJsonArray(messages) || messages.length === 0)
    throw invalid('messages', 'an array with at least one message', describeValue(messages))
  const calls = new Set<string>()
  return messages.flatMap((message, index) => {
    const path = `messages[${index}]`
    const parsed = parseMessage(message, path)
    checkResults(parsed, calls, `${path}.content`)
    return parsed
  })
}

/** A result nobody asked for: Anthropic refuses it, and templates of local models put it anywhere. */
function checkResults(messages: readonly Message[], calls: Set<string>, path: string): void {
  for (const part of messages.flatMap(({ parts }) => parts)) {
    if (part.kind === 'tool-call') calls.add(part.id)
    if (part.kind === 'tool-result' && !calls.has(part.id))
      throw invalid(path, 'results of tools that a message before calls', 'another one')
  }
}

function requireLimit(root: JsonObject): number {
  const limit = optionalInteger(root, 'max_tokens', '', LIMIT)
  if (limit === undefined)
    throw invalid(
      'max_tokens',
      'a whole number, which this protocol requires',
      describeValue(root.max_tokens),
    )
  return limit
}

function parseSampling(root: JsonObject): Sampling {
  const temperature = optionalNumber(root, 'temperature', '', TEMPERATURE)
  const topP = optionalNumber(root, 'top_p', '', PROBABILITY)
  const topK = optionalInteger(root, 'top_k', '', TOP_K)
  const stop = parseStop(root)
  return {
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { topP }),
    ...(topK === undefined ? {} : { topK }),
    ...(stop === undefined ? {} : { stop }),
  }
}

function parseStop(root: JsonObject): readonly string[] | undefined {
  const stop = optionalArray(root, 'stop_sequences', '')
  if (stop === undefined || stop.length === 0) return undefined
  return stop.map((text, index) => {
    if (typeof text === 'string' && text !== '') return text
    throw invalid(`stop_sequences[${index}]`, 'a non-empty string', describeValue(text))
  })
}
