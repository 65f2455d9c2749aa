import { MusivumError } from '../../core/errors.ts'
import type { Conversation, EmbeddingRequest, ResponseFormat, WireChange } from '../../core/conversation.ts'
import { jsonObjectGrammar, jsonSchemaGrammar, schemaUnknownWords } from './json-grammar.ts'
import type { AnswerOrder, ChatPrompt, CountOrder, EmbedOrder } from './protocol.ts'
import { chatMessages } from './tools/chat-messages.ts'
import { looserTools, toolUse } from './tools/tool-orders.ts'

/**
 * The orders of a conversation, one per wanted answer. What this engine cannot do is refused here, before a slot is
 * taken or a process started; nothing is left out silently.
 *
 * @throws MusivumError `request.unsupported` or `request.invalid`
 */
export function answerOrders(conversation: Conversation): readonly Omit<AnswerOrder, 'id'>[] {
  refuseEmpty(conversation)
  const order = sharedOrder(conversation)
  const { seed } = conversation.sampling
  return Array.from({ length: checkedCount(conversation.answerCount) }, (_, choice) =>
    // One seed for all would write the same answer several times.
    seed === undefined ? order : { ...order, seed: (seed + choice) >>> 0 },
  )
}

/** What of a conversation this engine has no use for, or does not hold to in every part; to be told to the client. */
export function changesOf(conversation: Conversation): readonly WireChange[] {
  return [...unusedFields(conversation), ...looserTools(conversation)]
}

function unusedFields({ extra, reasoning, responseFormat }: Conversation): readonly WireChange[] {
  const names = Object.keys(extra).filter((name) => extra[name] !== null && !READ.has(name))
  const unused = reasoning === undefined ? names : [...names, 'reasoning']
  return [...leftOut(unused), ...unknownWords(responseFormat)]
}

/** Fields that the embedded engine has no use for. A name is the client's text: one that is no name of a field is not repeated. */
export function leftOut(names: readonly string[]): readonly WireChange[] {
  return names.map((name) => ({
    kind: 'left-out',
    path: /^[\w-]{1,64}$/.test(name) ? name : '(a field)',
    why: 'the embedded engine has no use for it',
  }))
}

/** A header has room for so many. */
const MAX_TOLD_WORDS = 5

function unknownWords(format: ResponseFormat | undefined): readonly WireChange[] {
  const places = format?.kind === 'json-schema' ? schemaUnknownWords(format.schema) : []
  return places.slice(0, MAX_TOLD_WORDS).map((place) => ({
    kind: 'left-out',
    path: /^[\w$/#~-]{1,100}$/.test(place) ? place : '(a word of the schema)',
    why: 'no draft of JSON Schema knows this word',
  }))
}

/** Fields that are read here, or say only how to stream and by which of two names a typed one came. */
const READ: ReadonlySet<string> = new Set(['top_k', 'min_p', 'stream_options', 'max_completion_tokens'])

/** Throws as `answerOrders` does: what could not be answered has no prompt to count. */
export function countOrder(conversation: Conversation): Omit<CountOrder, 'id'> {
  refuseEmpty(conversation)
  return { kind: 'count', ...promptOf(conversation) }
}

function promptOf(conversation: Conversation): ChatPrompt {
  const use = toolUse(conversation)
  return { messages: chatMessages(conversation.messages), ...(use !== undefined && { use }) }
}

export function embedOrder(request: EmbeddingRequest): Omit<EmbedOrder, 'id'> {
  const { inputs, dimensions } = request
  if (inputs.length === 0) throw invalid('input is empty; at least one text is needed.')
  if (inputs.length > MAX_INPUTS)
    throw invalid(`input has ${inputs.length} texts; at most ${MAX_INPUTS} fit one request.`)
  return { kind: 'embed', inputs, ...(dimensions !== undefined && { dimensions }) }
}

// One slot works through all of them in turn; more would hold it for minutes.
const MAX_INPUTS = 2048
// Each is an order of its own and takes a place in the queue of 32.
const MAX_ANSWERS = 32
const MAX_TOP_LOGPROBS = 20

/**
 * Without a temperature the likeliest token is taken: what is known about a model was measured that way, so a request
 * that does not ask for chance gets the measured answer. Several answers to one request are only of use when they differ.
 */
const temperatureFor = (answers: number) => (answers > 1 ? 1 : 0)

function sharedOrder(conversation: Conversation): Omit<AnswerOrder, 'id'> {
  const { sampling, extra, topLogprobs } = conversation
  const grammar = grammarOf(conversation.responseFormat)
  return {
    kind: 'answer',
    ...promptOf(conversation),
    ...(sampling.maxOutputTokens !== undefined && {
      maxOutputTokens: checkedLimit(sampling.maxOutputTokens),
      // Anthropic's clients must set one, and set what the largest models can do.
      ...(conversation.dialect === 'anthropic-messages' && { limitIsCeiling: true as const }),
    }),
    temperature: sampling.temperature ?? temperatureFor(conversation.answerCount),
    topP: sampling.topP ?? 1,
    // Not in OpenAI's protocol, but in that of every local server, so clients of those send them.
    topK: sampling.topK ?? numberOf(extra['top_k']) ?? 0,
    minP: numberOf(extra['min_p']) ?? 0,
    stop: sampling.stop ?? [],
    presencePenalty: sampling.presencePenalty ?? 0,
    frequencyPenalty: sampling.frequencyPenalty ?? 0,
    logitBias: Object.entries(sampling.logitBias ?? {}).map(bias),
    ...(topLogprobs !== undefined && { topLogprobs: Math.min(topLogprobs, MAX_TOP_LOGPROBS) }),
    ...(grammar !== undefined && { grammar }),
  }
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

function checkedCount(count: number): number {
  if (Number.isInteger(count) && count >= 1 && count <= MAX_ANSWERS) return count
  throw invalid(`n is ${count}; this engine writes 1 to ${MAX_ANSWERS} answers to a request.`)
}

function checkedLimit(limit: number): number {
  if (Number.isInteger(limit) && limit >= 1) return limit
  throw invalid(`max_tokens is ${limit}, expected a whole number from 1 up.`)
}

function bias([token, logit]: [string, number]): readonly [number, number] {
  if (/^\d{1,9}$/.test(token) && Number.isFinite(logit)) return [Number(token), logit]
  throw invalid(`logit_bias has ${JSON.stringify(token)}: ${logit}, expected a token number and a bias.`)
}

function grammarOf(format: ResponseFormat | undefined): string | undefined {
  if (format?.kind === 'json-schema') return jsonSchemaGrammar(format.schema)
  return format?.kind === 'json' ? jsonObjectGrammar() : undefined
}

function refuseEmpty({ messages }: Conversation): void {
  if (messages.length === 0) throw invalid('messages is empty; at least one message is needed.')
}

function invalid(message: string): MusivumError {
  return new MusivumError('request.invalid', message)
}
