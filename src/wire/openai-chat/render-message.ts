import type { Message, Part } from '../../core/conversation.ts'
import type { Json, JsonObject } from '../../core/json.ts'
import { hasFields, nestedExtra } from '../json-extra.ts'

/** Messages in OpenAI's form. A message with the results of several tools becomes one per tool, as the protocol wants. */
export function renderMessages(messages: readonly Message[]): readonly JsonObject[] {
  return messages.flatMap((message) =>
    message.role === 'tool' ? toolMessages(message) : [otherMessage(message)],
  )
}

type PartOf<Kind extends Part['kind']> = Extract<Part, { readonly kind: Kind }>

function otherMessage(message: Message): JsonObject {
  const calls = message.parts.filter((part) => part.kind === 'tool-call')
  const said = message.parts.filter((part) => part.kind !== 'tool-call')
  const { content, refusal } = splitRefusal(said, message.role)
  return {
    ...message.extra,
    role: message.role,
    content: renderContent(content, message.role),
    ...nameOf(message),
    ...(refusal === undefined ? {} : { refusal: refusal.text }),
    ...(calls.length === 0 ? {} : { tool_calls: calls.map(renderToolCall) }),
  }
}

/** A last refusal stands beside the content, where OpenAI's own answers have it and other servers do not stumble. */
function splitRefusal(said: readonly Part[], role: Message['role']) {
  const last = said.at(-1)
  const alone = said.filter((part) => part.kind === 'refusal').length === 1
  if (role !== 'assistant' || !alone || last?.kind !== 'refusal' || last.extra !== undefined)
    return { content: said, refusal: undefined }
  return { content: said.slice(0, -1), refusal: last }
}

function renderContent(parts: readonly Part[], role: Message['role']): Json {
  const [first] = parts
  if (first === undefined) return role === 'assistant' ? null : ''
  if (parts.length === 1 && first.kind === 'text' && first.extra === undefined) return first.text
  return parts.map(renderPart)
}

function renderPart(part: Part): JsonObject {
  switch (part.kind) {
    case 'text':
    case 'tool-result':
    case 'reasoning':
      return { ...part.extra, type: 'text', text: part.text }
    case 'refusal':
      return { ...part.extra, type: 'refusal', refusal: part.text }
    case 'image':
      return imagePart(part)
    case 'audio':
      return audioPart(part)
    case 'file':
      return filePart(part)
    case 'tool-call':
      return renderToolCall(part)
    case 'other':
      return part.value
    default:
      return part satisfies never
  }
}

function imagePart({ url, detail, extra }: PartOf<'image'>): JsonObject {
  const image = { ...nestedExtra(extra, 'image_url'), url, ...(detail === undefined ? {} : { detail }) }
  return { ...extra, type: 'image_url', image_url: image }
}

function audioPart({ data, format, extra }: PartOf<'audio'>): JsonObject {
  return {
    ...extra,
    type: 'input_audio',
    input_audio: { ...nestedExtra(extra, 'input_audio'), data, format },
  }
}

function filePart({ fileId, filename, data, extra }: PartOf<'file'>): JsonObject {
  const file = {
    ...nestedExtra(extra, 'file'),
    ...(fileId === undefined ? {} : { file_id: fileId }),
    ...(filename === undefined ? {} : { filename }),
    ...(data === undefined ? {} : { file_data: data }),
  }
  return { ...extra, type: 'file', file }
}

function renderToolCall({ id, name, arguments: text, extra }: PartOf<'tool-call'>): JsonObject {
  const called = { ...nestedExtra(extra, 'function'), name, arguments: text }
  return { ...extra, id, type: 'function', function: called }
}

/** Parts without an id of their own, such as an image that a tool returned, stay with the result before them. */
function toolMessages(message: Message): readonly JsonObject[] {
  const groups: { id: string | undefined; parts: Part[] }[] = []
  for (const part of message.parts) {
    const id = part.kind === 'tool-result' ? part.id : undefined
    const current = groups.at(-1)
    const joins = current !== undefined && (id === undefined || current.id === undefined || current.id === id)
    if (!joins) groups.push({ id, parts: [part] })
    else {
      current.id ??= id
      current.parts.push(part)
    }
  }
  return groups.map(({ id, parts }) => ({
    ...message.extra,
    role: 'tool',
    content: toolContent(parts),
    ...nameOf(message),
    ...(id === undefined ? {} : { tool_call_id: id }),
  }))
}

function toolContent(parts: readonly Part[]): Json {
  const [first] = parts
  const plain = parts.length === 1 && first?.kind === 'tool-result' && !hasFields(first.extra ?? {})
  return plain ? first.text : parts.map(renderPart)
}

function nameOf(message: Message): JsonObject {
  return message.name === undefined ? {} : { name: message.name }
}
