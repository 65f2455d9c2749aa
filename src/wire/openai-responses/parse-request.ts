import type { Conversation, Message, ReasoningOrder, Sampling } from '../../core/conversation.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import {
  describeValue,
  invalid,
  optionalArray,
  optionalBoolean,
  optionalInteger,
  optionalNumber,
  optionalObject,
  optionalString,
  requireName,
  type Range,
} from '../field-checks.ts'
import { parseJsonBody } from '../json-body.ts'
import { hasFields, setField, unknownFields } from '../json-extra.ts'
import { unsayable } from '../openai-changes.ts'
import { findOrphan, parseItems, referencesIn } from './parse-items.ts'
import { parseText, parseToolChoice, parseTools } from './parse-tools.ts'

export type ParsedResponsesRequest = {
  readonly model: string
  readonly stream: boolean
  /** Whether the response is to be kept, for `previous_response_id`. OpenAI's default is yes. */
  readonly store: boolean
  /** The stored response that `input` goes on from: its items come before, see `resumeConversation`. */
  readonly previousResponseId?: string
  /** Ids of stored items that `input` names in place of the items themselves. */
  readonly references: readonly string[]
  /** `input` as items, as they are stored. */
  readonly inputItems: readonly Json[]
  /** Of `input` alone: references are parts of kind `other`, which no other protocol can say. */
  readonly conversation: Conversation
  /** The body as the client sent it. */
  readonly root: JsonObject
}

/** What a store knows of the past. */
export type StoredItems = {
  /** Input and output of the previous responses, oldest first. */
  readonly previous: readonly Json[]
  readonly byId: ReadonlyMap<string, Json>
}

/**
 * A request of OpenAI's Responses protocol, checked. Throws `request.malformed_json`, `request.invalid` or
 * `request.unsupported` with the path of the field in `facts.param`, and never quotes the client's text.
 *
 * Fields we do not know stay in `extra` of the conversation, message, part or tool they came with. `instructions` is the
 * first message.
 */
export function parseResponsesRequest(body: string): ParsedResponsesRequest {
  const root = parseJsonBody(body)
  refuseOtherProtocol(root)
  refuseState(root)
  const model = requireName(root, 'model', '')
  const previousResponseId = optionalString(root, 'previous_response_id', '')
  const inputItems = parseInput(root, previousResponseId !== undefined)
  const references = referencesIn(inputItems)
  // The call of a result may be in the store.
  if (previousResponseId === undefined && references.length === 0) checkResults(inputItems, ownPath)
  return {
    model,
    stream: optionalBoolean(root, 'stream', '') ?? false,
    store: optionalBoolean(root, 'store', '') ?? true,
    ...(previousResponseId === undefined ? {} : { previousResponseId }),
    references,
    inputItems,
    conversation: parseConversation(root, inputItems),
    root,
  }
}

/** The conversation with what came before it. Throws `request.invalid` for an item that the store does not hold. */
export function resumeConversation(parsed: ParsedResponsesRequest, stored: StoredItems): Conversation {
  const { previous, byId } = stored
  const pathAt = (index: number): string =>
    index < previous.length ? 'previous_response_id' : ownPath(index - previous.length)
  const input = parsed.inputItems.map((item, index) => resolved(item, byId, ownPath(index)))
  const items = [...previous, ...input]
  checkResults(items, pathAt)
  const { instructions } = parsed.root
  return { ...parsed.conversation, messages: parseMessages(instructions, items, pathAt) }
}

function resolved(item: Json, byId: StoredItems['byId'], path: string): Json {
  const [id] = referencesIn([item])
  if (id === undefined) return item
  const found = byId.get(id)
  if (found === undefined) throw invalid(`${path}.id`, 'the id of a stored item', 'another id')
  return found
}

function ownPath(index: number): string {
  return `input[${index}]`
}

const KNOWN: ReadonlySet<string> = new Set([
  'model',
  'input',
  'instructions',
  'stream',
  'store',
  'previous_response_id',
  'background',
  'conversation',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'text',
  'reasoning',
  'include',
  'max_output_tokens',
  'temperature',
  'top_p',
  'top_k',
  'top_logprobs',
])

/** What OpenAI documents. Above it a mistake is likelier than a wish. */
const MAX_TOP_LOGPROBS = 20
const TEMPERATURE: Range = { min: 0, max: 2 }
const PROBABILITY: Range = { min: 0, max: 1 }
const AT_LEAST_ONE: Range = { min: 1, max: Number.MAX_SAFE_INTEGER }

function parseConversation(root: JsonObject, items: readonly Json[]): Conversation {
  const extra: Record<string, Json> = { ...unknownFields(root, KNOWN, '') }
  const { tools, others } = parseTools(root)
  if (others.length > 0) setField(extra, 'tools', others)
  const toolChoice = parseToolChoice(root.tool_choice ?? undefined)
  const parallelToolCalls = optionalBoolean(root, 'parallel_tool_calls', '')
  const text = parseText(optionalObject(root, 'text', ''))
  if (hasFields(text.extra)) setField(extra, 'text', text.extra)
  const reasoning = parseReasoning(root, extra)
  const topLogprobs = parseInclude(root, extra)
  return {
    dialect: 'openai-responses',
    messages: parseMessages(root.instructions, items, ownPath),
    tools,
    ...(toolChoice === undefined ? {} : { toolChoice }),
    ...(parallelToolCalls === undefined ? {} : { parallelToolCalls }),
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(text.responseFormat === undefined ? {} : { responseFormat: text.responseFormat }),
    sampling: parseSampling(root, extra),
    answerCount: 1,
    ...(topLogprobs === undefined ? {} : { topLogprobs }),
    extra,
  }
}

function parseInput(root: JsonObject, goesOn: boolean): readonly Json[] {
  const { input } = root
  if (typeof input === 'string') return [{ type: 'message', role: 'user', content: input }]
  if (isJsonArray(input) && (input.length > 0 || goesOn)) return input
  const optional = goesOn || root.prompt !== undefined
  if ((input ?? undefined) === undefined && optional) return []
  throw invalid('input', 'a string or an array with at least one item', describeValue(input))
}

function parseMessages(
  instructions: Json | undefined,
  items: readonly Json[],
  pathAt: (index: number) => string,
): readonly Message[] {
  const messages = parseItems(items, pathAt)
  if (instructions === undefined || instructions === null) return messages
  // OpenAI's own answers show instructions as items; requests hold them as text.
  if (typeof instructions !== 'string') throw invalid('instructions', 'a string', describeValue(instructions))
  return [{ role: 'system', parts: [{ kind: 'text', text: instructions }], extra: {} }, ...messages]
}

function checkResults(items: readonly Json[], pathAt: (index: number) => string): void {
  const orphan = findOrphan(items)
  if (orphan === -1) return
  throw invalid(`${pathAt(orphan)}.call_id`, 'the call_id of a function_call before it', 'another id')
}

function parseReasoning(root: JsonObject, extra: Record<string, Json>): ReasoningOrder | undefined {
  const given = optionalObject(root, 'reasoning', '')
  if (given === undefined) return undefined
  const effort = optionalString(given, 'effort', 'reasoning')
  const summary = optionalString(given, 'summary', 'reasoning')
  const others = unknownFields(given, REASONING, 'reasoning')
  if (hasFields(others)) setField(extra, 'reasoning', others)
  return { ...(effort === undefined ? {} : { effort }), ...(summary === undefined ? {} : { summary }) }
}

const REASONING: ReadonlySet<string> = new Set(['effort', 'summary'])
export const INCLUDE_LOGPROBS = 'message.output_text.logprobs'

/** Log-probabilities are wanted by a word in `include`, or by how many alternatives there should be. */
function parseInclude(root: JsonObject, extra: Record<string, Json>): number | undefined {
  const include = optionalArray(root, 'include', '') ?? []
  const wrong = include.findIndex((word) => typeof word !== 'string')
  if (wrong !== -1) throw invalid(`include[${wrong}]`, 'a string', describeValue(include[wrong]))
  const others = include.filter((word) => word !== INCLUDE_LOGPROBS)
  if (others.length > 0) setField(extra, 'include', others)
  const top = optionalInteger(root, 'top_logprobs', '', { min: 0, max: MAX_TOP_LOGPROBS }) ?? 0
  return others.length < include.length || top > 0 ? top : undefined
}

function parseSampling(root: JsonObject, extra: Record<string, Json>): Sampling {
  const maxOutputTokens = optionalInteger(root, 'max_output_tokens', '', AT_LEAST_ONE)
  const temperature = optionalNumber(root, 'temperature', '', TEMPERATURE)
  const topP = optionalNumber(root, 'top_p', '', PROBABILITY)
  const topK = optionalInteger(root, 'top_k', '', { min: -1, max: Number.MAX_SAFE_INTEGER })
  // vLLM takes -1 for "off", llama-server 0: only they know that.
  if (topK !== undefined && topK < 1) extra['top_k'] = topK
  return {
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { topP }),
    ...(topK === undefined || topK < 1 ? {} : { topK }),
  }
}

/** A body of another protocol on this path would otherwise be told about the first field it lacks. */
function refuseOtherProtocol(root: JsonObject): void {
  if (root.input !== undefined || root.messages === undefined) return
  throw invalid('input', 'the input of a response', '"messages", which belong to /v1/chat/completions')
}

/** What would need a server that goes on working, or keeps conversations, after the answer. */
function refuseState(root: JsonObject): void {
  if (optionalBoolean(root, 'background', '') === true)
    throw unsayable('background', 'answers are made while the client waits; stream the answer instead')
  const { conversation } = root
  if (typeof conversation === 'string' || isJsonObject(conversation))
    throw unsayable('conversation', 'conversations are not kept here; send previous_response_id instead')
}
