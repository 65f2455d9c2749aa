import type { Conversation, EmbeddingRequest, Part, RerankRequest } from '../core/conversation.ts'
import type { Json } from '../core/json.ts'

/** Content that is no text. */
export type Unread = 'audio' | 'file' | 'image' | 'tokens'

/** Every text of a request, wherever a client can put one, and what else is in it. */
export function textsOf(request: Conversation | EmbeddingRequest | RerankRequest): {
  readonly texts: readonly string[]
  readonly unread: readonly Unread[]
} {
  if ('query' in request)
    return { texts: [request.query, ...request.documents, ...stringsIn(request.extra)], unread: [] }
  if ('inputs' in request) return ofInputs(request)
  return ofConversation(request)
}

function ofInputs({ inputs, extra }: EmbeddingRequest): ReturnType<typeof textsOf> {
  const texts = inputs.filter((input) => typeof input === 'string')
  return { texts: [...texts, ...stringsIn(extra)], unread: texts.length === inputs.length ? [] : ['tokens'] }
}

function ofConversation({
  messages,
  tools,
  responseFormat,
  sampling,
  extra,
}: Conversation): ReturnType<typeof textsOf> {
  const parts = messages.flatMap((message) => message.parts)
  const texts = [
    ...messages.flatMap((message) => [message.name ?? '', ...stringsIn(message.extra)]),
    ...parts.flatMap(textsOfPart),
    ...tools.flatMap((tool) => [
      tool.description ?? '',
      ...stringsIn(tool.parameters ?? {}),
      ...stringsIn(tool.extra),
    ]),
    // The form of an answer and where it stops are the client's words as well, and go to the server with the rest.
    ...(responseFormat?.kind === 'json-schema'
      ? [responseFormat.description ?? '', ...stringsIn(responseFormat.schema)]
      : []),
    ...(sampling.stop ?? []),
    ...stringsIn(extra),
  ]
  const unread = parts.flatMap(({ kind }) =>
    kind === 'image' || kind === 'file' || kind === 'audio' ? [kind] : [],
  )
  return { texts: texts.filter((text) => text !== ''), unread: [...new Set(unread)].sort() }
}

function textsOfPart(part: Part): readonly string[] {
  const extra = stringsIn(part.extra ?? {})
  switch (part.kind) {
    case 'text':
    case 'refusal':
    case 'reasoning':
      return [part.text, ...extra]
    case 'tool-result':
      return [...asWritten(part.text), ...extra]
    case 'tool-call':
      return [...asWritten(part.arguments), ...extra]
    case 'file':
      return [part.filename ?? '', ...extra]
    case 'image':
      // The address of an image may say whose it is; its bytes say nothing to a recogniser.
      return part.url.startsWith('data:') ? extra : [part.url, ...extra]
    case 'audio':
      return extra
    case 'other':
      return [...stringsIn(part.value), ...extra]
    default:
      return part satisfies never
  }
}

/** What tools take and give is JSON, mostly, and an escape in it must not hide an `@`: read as text and as what it says. */
function asWritten(text: string): readonly string[] {
  if (!text.includes('\\')) return [text]
  try {
    return [text, ...stringsIn(JSON.parse(text) as Json)]
  } catch {
    return [text] // Not JSON: read as the text that it is.
  }
}

/** Names of fields too: a client may put anything into either. */
function stringsIn(value: Json): readonly string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) return value.flatMap(stringsIn)
  return Object.entries(value).flatMap(([name, inner]) => [name, ...stringsIn(inner)])
}
