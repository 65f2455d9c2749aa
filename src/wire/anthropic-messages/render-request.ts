import type { Conversation, Sampling } from '../../core/conversation.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { hasFields, nestedExtra, noFields } from '../json-extra.ts'
import { unsayable } from '../openai-changes.ts'
import type { RenderedRequest } from '../rendered-request.ts'
import { BILLING_HEADER, joinBillingHeader } from './billing-header.ts'
import { clientWords, type ClientWords } from './client-words.ts'
import { renderMessages } from './render-message.ts'
import {
  renderForeignReasoning,
  renderOwnReasoning,
  type ReasoningStyle,
  type RenderedReasoning,
} from './render-reasoning.ts'
import { renderToolChoice, renderTools } from './render-tools.ts'

export type MessagesRequestOptions = {
  /** The name the server knows the model by. */
  readonly model: string
  readonly stream: boolean
  /** Wire and host of the server: signatures go to whom they came from. */
  readonly maker: string
  /** The limit where the client set none, as this protocol requires one. */
  readonly defaultMaxTokens: number
  /** The server holds answers to a JSON schema. Absent: a request for one is refused with the reason. */
  readonly structured?: 'native'
  /** How to order thoughts of a client of another protocol. Default: `adaptive`, as today's models want it. */
  readonly reasoning?: ReasoningStyle
  /** The server signs no thoughts and takes them back as they are. Default: it refuses them. */
  readonly unsignedReasoning?: boolean
  /** Default `keep`, for Anthropic itself; any other server only loses its prefix cache by it. */
  readonly billingHeader?: 'keep' | 'leave-out'
}

/**
 * A conversation of any dialect as the body of a request to `/v1/messages`. Throws `request.unsupported` for what would be
 * another request without it.
 */
export function renderMessagesRequest(
  conversation: Conversation,
  options: MessagesRequestOptions,
): RenderedRequest {
  const words = clientWords(conversation)
  refuseOtherForms(conversation, words)
  const reasoning = words.same
    ? renderOwnReasoning(conversation)
    : renderForeignReasoning(conversation.reasoning, options.reasoning ?? 'adaptive', words)
  const { system, messages } = renderMessages(conversation.messages, {
    words,
    maker: options.maker,
    unsignedReasoning: options.unsignedReasoning ?? false,
  })
  if (messages.length === 0) throw unsayable('messages', 'the Messages protocol needs a message of the user')
  const tools = renderTools(conversation, words)
  const toolChoice = renderToolChoice(conversation, tools.length > 0, words)
  const outputConfig = renderOutputConfig(conversation, reasoning, options, words)
  const thinking = thinkingThatIsTaken(reasoning.thinking, messages, words)
  const prompt = withHeader(system, conversation.extra, options, words)
  const body = {
    ...(words.same ? ownFields(conversation.extra) : translatedFields(conversation.extra, words)),
    model: options.model,
    max_tokens: renderLimit(conversation, options, thinking, words),
    ...(prompt === undefined ? {} : { system: prompt }),
    messages,
    ...(tools.length === 0 ? {} : { tools }),
    ...(toolChoice === undefined ? {} : { tool_choice: toolChoice }),
    ...(thinking === undefined ? {} : { thinking }),
    ...outputConfig,
    ...renderSampling(conversation.sampling, words),
    ...(options.stream ? { stream: true } : {}),
  }
  return { body, changes: words.changes() }
}

/** What would give the answer another form is refused, not dropped. */
function refuseOtherForms({ answerCount, topLogprobs, extra }: Conversation, words: ClientWords): void {
  if (answerCount > 1)
    throw unsayable(words.pathOf('answerCount'), 'the Messages protocol gives one answer; ask several times')
  if (topLogprobs !== undefined)
    throw unsayable(words.pathOf('logprobs'), 'the Messages protocol reports no log-probabilities')
  if (!words.same && 'type' in nestedExtra(extra, 'response_format'))
    throw unsayable('response_format', 'the Messages protocol has no format of this kind')
}

function renderOutputConfig(
  { responseFormat, extra }: Conversation,
  { effort }: RenderedReasoning,
  { structured }: MessagesRequestOptions,
  words: ClientWords,
): JsonObject {
  const path = words.pathOf('format')
  if (responseFormat?.kind === 'json')
    throw unsayable(path, 'the Messages protocol has no JSON mode without a schema; send a JSON schema')
  const wanted = responseFormat?.kind === 'json-schema' ? responseFormat : undefined
  if (wanted !== undefined && structured !== 'native' && !words.same)
    throw unsayable(path, 'the server behind this model does not hold answers to a JSON schema')
  if (wanted?.description !== undefined)
    words.leftOut(`${path}.description`, 'this protocol has no such field')
  const format = wanted && { type: 'json_schema', schema: wanted.schema }
  const older = words.same ? extra.output_format : undefined
  const { format: rest, ...carried } = words.same ? nestedExtra(extra, 'output_config') : noFields
  const config = {
    ...carried,
    ...(effort === undefined ? {} : { effort }),
    ...(format === undefined || older !== undefined
      ? {}
      : { format: { ...(isJsonObject(rest) ? rest : {}), ...format } }),
  }
  return {
    ...(hasFields(config) ? { output_config: config } : {}),
    ...(format === undefined || !isJsonObject(older) ? {} : { output_format: { ...older, ...format } }),
  }
}

/**
 * With a budget for thoughts, Anthropic refuses a turn that calls tools and begins without thoughts. Where those were
 * another model's and had to be left out, the turn goes on without thinking.
 */
function thinkingThatIsTaken(
  thinking: JsonObject | undefined,
  messages: readonly JsonObject[],
  words: ClientWords,
): JsonObject | undefined {
  if (words.same || thinking?.type !== 'enabled') return thinking
  const turn = messages.findLast((message) => message.role === 'assistant')?.content
  const blocks = isJsonArray(turn) ? turn.filter(isJsonObject) : []
  const inToolLoop = messages.at(-1)?.role === 'user' && blocks.some((block) => block.type === 'tool_use')
  if (!inToolLoop || THOUGHTS.has(blocks[0]?.type ?? '')) return thinking
  words.leftOut(words.pathOf('effort'), 'the turn it goes on with was thought out by another model')
  return undefined
}

const THOUGHTS: ReadonlySet<Json> = new Set(['thinking', 'redacted_thinking'])

/** Tokens of thoughts count towards the limit here, and must be fewer than it. */
function renderLimit(
  { sampling, extra }: Conversation,
  { defaultMaxTokens }: MessagesRequestOptions,
  thinking: JsonObject | undefined,
  words: ClientWords,
): number {
  if (words.same && extra.max_tokens === 0) return 0
  const path = words.pathOf('limit')
  if (sampling.maxOutputTokens === undefined)
    words.changed(path, `set to ${defaultMaxTokens}, as this protocol requires a limit`)
  const limit = sampling.maxOutputTokens ?? defaultMaxTokens
  const budget = Number(thinking?.budget_tokens ?? 0)
  if (words.same || budget < limit) return limit
  words.changed(path, `raised by ${budget}, as thoughts count towards it in this protocol`)
  return limit + budget
}

function withHeader(
  system: Json | undefined,
  extra: JsonObject,
  { billingHeader = 'keep' }: MessagesRequestOptions,
  words: ClientWords,
): Json | undefined {
  const header = words.same ? extra[BILLING_HEADER] : undefined
  if (header === undefined) return system
  if (billingHeader === 'keep') return joinBillingHeader(system, header)
  words.leftOut('system[]', 'the billing header changes with every request and spoils the prompt cache')
  return system
}

/** Members of `extra` that have been put back elsewhere. */
const PLACED: ReadonlySet<string> = new Set([
  'tools',
  'thinking',
  'output_config',
  'output_format',
  'max_tokens',
  BILLING_HEADER,
])

function ownFields(extra: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(extra).filter(([key]) => !PLACED.has(key)))
}

/** What another protocol's fields say that ours have a word for; the rest is left out, and said so. */
function translatedFields(extra: JsonObject, words: ClientWords): JsonObject {
  const { tools: _tools, safety_identifier: identifier, user, service_tier: tier, ...others } = extra
  const userId = identifier ?? user
  const known = tier === 'auto' || tier === 'default'
  words.leaveOut(tier === undefined || known ? others : { ...others, service_tier: tier }, '')
  return {
    ...(typeof userId === 'string' ? { metadata: { user_id: userId } } : {}),
    ...(known ? { service_tier: tier === 'auto' ? 'auto' : 'standard_only' } : {}),
  }
}

function renderSampling(sampling: Sampling, words: ClientWords): JsonObject {
  const { topP, topK, stop } = sampling
  const temperature = temperatureOf(sampling, words)
  reportUnspeakable(sampling, words)
  return {
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(topK === undefined ? {} : { top_k: topK }),
    ...(stop === undefined ? {} : { stop_sequences: stop }),
  }
}

/** OpenAI's scale ends at 2. */
function temperatureOf({ temperature }: Sampling, words: ClientWords): number | undefined {
  if (temperature === undefined || temperature <= 1) return temperature
  words.changed('temperature', 'lowered to 1, the highest of this protocol')
  return 1
}

function reportUnspeakable(sampling: Sampling, words: ClientWords): void {
  const { seed, presencePenalty = 0, frequencyPenalty = 0, logitBias = {} } = sampling
  const fields = [
    [seed !== undefined, 'seed'],
    [presencePenalty !== 0, 'presencePenalty'],
    [frequencyPenalty !== 0, 'frequencyPenalty'],
    [hasKeys(logitBias), 'logitBias'],
  ] as const
  for (const [isSet, field] of fields)
    if (isSet) words.leftOut(words.pathOf(field), 'this protocol has no such field')
}

function hasKeys(object: object): boolean {
  return Object.keys(object).length > 0
}
