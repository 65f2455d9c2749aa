import type {
  Conversation,
  EmbeddingRequest,
  Message,
  Part,
  RerankRequest,
  ResponseFormat,
  Tool,
} from '../../core/conversation.ts'
import { isJsonArray, type Json, type JsonObject } from '../../core/json.ts'
import { maskJson, maskJsonText, type Mask } from './mask-json.ts'

/** What cannot be masked, because nobody reads it here: a request that holds it must not leave under a duty to mask. */
export type Unmaskable = 'image' | 'file' | 'audio' | 'token ids' | 'a part of a kind we do not know'

/**
 * The conversation with everything that is text masked: system prompts, messages, tool definitions, calls and their
 * results, reasoning that is handed back, stop sequences, and the fields we only carry through.
 */
export function maskConversation(conversation: Conversation, mask: Mask): Conversation {
  const { messages, tools, responseFormat, sampling, extra } = conversation
  return {
    ...conversation,
    messages: messages.map((message) => maskMessage(message, mask)),
    tools: tools.map((tool) => maskTool(tool, mask)),
    ...(responseFormat === undefined ? {} : { responseFormat: maskFormat(responseFormat, mask) }),
    sampling: sampling.stop === undefined ? sampling : { ...sampling, stop: sampling.stop.map(mask) },
    extra: maskJson(extra, mask),
  }
}

export function maskEmbedding(request: EmbeddingRequest, mask: Mask): EmbeddingRequest {
  const inputs = request.inputs.map((input) => (typeof input === 'string' ? mask(input) : input))
  return { ...request, inputs, extra: maskJson(request.extra, mask) }
}

export function maskRerank(request: RerankRequest, mask: Mask): RerankRequest {
  return {
    ...request,
    query: mask(request.query),
    documents: request.documents.map(mask),
    extra: maskJson(request.extra, mask),
  }
}

/** The first thing in a request that `mask…` would have to let through unseen; undefined when there is none. */
export function findUnmaskable(
  request: Conversation | EmbeddingRequest | RerankRequest,
): Unmaskable | undefined {
  if ('inputs' in request)
    return request.inputs.some((input) => typeof input !== 'string') ? 'token ids' : undefined
  if ('documents' in request) return undefined
  for (const { parts } of request.messages)
    for (const { kind } of parts) if (kind in UNMASKABLE) return UNMASKABLE[kind as keyof typeof UNMASKABLE]
  return undefined
}

const UNMASKABLE = {
  image: 'image',
  file: 'file',
  audio: 'audio',
  other: 'a part of a kind we do not know',
} as const satisfies Partial<Record<Part['kind'], Unmaskable>>

function maskMessage(message: Message, mask: Mask): Message {
  return {
    ...message,
    parts: message.parts.map((part) => maskPart(part, mask)),
    ...(message.name === undefined ? {} : { name: mask(message.name) }),
    extra: maskJson(message.extra, mask),
  }
}

function maskPart(part: Part, mask: Mask): Part {
  const extra = part.extra === undefined ? {} : { extra: maskJson(part.extra, mask) }
  switch (part.kind) {
    case 'text':
    case 'refusal':
    case 'reasoning':
      return { ...part, text: mask(part.text), ...extra }
    case 'tool-call':
      return { ...part, arguments: maskJsonText(part.arguments, mask), ...extra }
    case 'tool-result':
      return { ...part, text: maskJsonText(part.text, mask), ...extra }
    case 'image':
    case 'file':
    case 'audio':
    case 'other':
      return part
  }
}

function maskTool(tool: Tool, mask: Mask): Tool {
  return {
    ...tool,
    ...(tool.description === undefined ? {} : { description: mask(tool.description) }),
    ...(tool.parameters === undefined ? {} : { parameters: maskSchema(tool.parameters, mask) }),
    extra: maskJson(tool.extra, mask),
  }
}

function maskFormat(format: ResponseFormat, mask: Mask): ResponseFormat {
  if (format.kind !== 'json-schema') return format
  return {
    ...format,
    schema: maskSchema(format.schema, mask),
    ...(format.description === undefined ? {} : { description: mask(format.description) }),
  }
}

/** A schema's types and patterns are its grammar; what it says in words and as examples may name somebody. */
function maskSchema(schema: JsonObject, mask: Mask): JsonObject {
  return Object.fromEntries(
    Object.entries(schema).map(([name, value]) => [name, maskKeyword(name, value, mask)]),
  )
}

function maskKeyword(name: string, value: Json, mask: Mask): Json {
  if (VALUES.has(name) || typeof value !== 'object' || value === null)
    return GRAMMAR.has(name) ? value : maskJson(value, mask)
  if (!isJsonArray(value)) return maskSchema(value as JsonObject, mask)
  return value.map((item) => maskKeyword(name, item, mask))
}

const GRAMMAR: ReadonlySet<string> = new Set([
  'type',
  'pattern',
  'format',
  'required',
  '$ref',
  '$schema',
  '$id',
])
/** What stands under these is data, whatever its members are called. */
const VALUES: ReadonlySet<string> = new Set(['enum', 'const', 'default', 'examples'])
