import type { Message, Part } from '../../core/conversation.ts'
import type { Json, JsonObject } from '../../core/json.ts'
import { nestedExtra } from '../json-extra.ts'
import { renderCacheMark } from '../openai-cache-mark.ts'
import { unsayable } from '../openai-changes.ts'
import { extraContentFor } from './carried-signature.ts'
import { callIdFor, ownFields, type ChatWording } from './chat-wording.ts'
import { thinkingPart } from './parse-reasoning.ts'

export type PartOf<Kind extends Part['kind']> = Extract<Part, { readonly kind: Kind }>

/** Parts as the content of a message: a text alone as a string, which every server reads. */
export function renderContent(parts: readonly Part[], role: Message['role'], wording: ChatWording): Json {
  const rendered = parts.map((part) => renderPart(part, role, wording)).filter((part) => part !== undefined)
  const [first] = rendered
  if (first === undefined) return role === 'assistant' ? null : ''
  const plain = rendered.length === 1 && first.type === 'text' && Object.keys(first).length === 2
  return plain && first.text !== undefined ? first.text : rendered
}

/** Undefined for what the server cannot be told and does not need. */
export function renderPart(part: Part, role: Message['role'], wording: ChatWording): JsonObject | undefined {
  switch (part.kind) {
    case 'text':
    case 'tool-result':
      return { ...rest(part, wording), type: 'text', text: part.text }
    case 'reasoning':
      return wording.own ? thinkingPart(part.text, part.extra) : undefined
    case 'refusal':
      return { ...rest(part, wording), type: 'refusal', refusal: part.text }
    case 'image':
      return imagePart(part, wording)
    case 'audio':
      return audioPart(part, wording)
    case 'file':
      return filePart(part, wording)
    case 'tool-call':
      return renderToolCall(part, wording)
    case 'other':
      return otherPart(part, role, wording)
    default:
      return part satisfies never
  }
}

/** Unknown fields and cache mark of a part; without those of the object it wraps, which stand under `wrapped`. */
function rest(part: Part, wording: ChatWording, wrapped?: string): JsonObject {
  const place = part.kind === 'tool-call' ? wording.fields.messages : wording.fields.content
  const extra = without(ownFields(wording, part.extra, place), wrapped)
  const mark = part.cacheMark
  if (mark === undefined) return extra
  if (wording.own || wording.habits.cacheMarks === true) return { ...extra, ...renderCacheMark(mark) }
  wording.log.leftOut(`${wording.fields.content}.cache_control`, 'the server takes no cache marks')
  return extra
}

function without(extra: JsonObject, key: string | undefined): JsonObject {
  if (key === undefined || !(key in extra)) return extra
  const { [key]: _dropped, ...others } = extra
  return others
}

function inner(part: Part, key: string, wording: ChatWording): JsonObject {
  return wording.own ? nestedExtra(part.extra, key) : {}
}

function imagePart(part: PartOf<'image'>, wording: ChatWording): JsonObject {
  const { url, detail } = part
  const image = {
    ...inner(part, 'image_url', wording),
    url,
    ...(detail === undefined ? {} : { detail }),
  }
  return { ...rest(part, wording, 'image_url'), type: 'image_url', image_url: image }
}

function audioPart(part: PartOf<'audio'>, wording: ChatWording): JsonObject {
  const { data, format } = part
  return {
    ...rest(part, wording, 'input_audio'),
    type: 'input_audio',
    input_audio: { ...inner(part, 'input_audio', wording), data, format },
  }
}

function filePart(part: PartOf<'file'>, wording: ChatWording): JsonObject {
  const { fileId, filename, data } = part
  if (fileId !== undefined && wording.dialect === 'anthropic-messages')
    throw unsayable(`${wording.fields.content}.source.file_id`, 'the file lies with another vendor')
  const file = {
    ...inner(part, 'file', wording),
    ...(fileId === undefined ? {} : { file_id: fileId }),
    ...(filename === undefined ? {} : { filename }),
    ...(data === undefined ? {} : { file_data: data }),
  }
  return { ...rest(part, wording, 'file'), type: 'file', file }
}

function otherPart(
  part: PartOf<'other'>,
  role: Message['role'],
  wording: ChatWording,
): JsonObject | undefined {
  if (wording.own) return part.value
  const why = 'chat completions have no words for a part of this type'
  // What a model or its vendor's tools said is history; what a person sent is the question itself.
  if (role !== 'assistant') throw unsayable(wording.fields.content, why)
  wording.log.leftOut(wording.fields.content, why)
  return undefined
}

export function renderToolCall(part: PartOf<'tool-call'>, wording: ChatWording): JsonObject {
  const { id, name, arguments: text } = part
  const called = { ...inner(part, 'function', wording), name, arguments: text }
  const carried = extraContentFor(part.signature, wording.maker)
  return {
    ...rest(part, wording, 'function'),
    id: callIdFor(wording, id),
    type: 'function',
    function: called,
    ...(carried === undefined ? {} : { extra_content: carried }),
  }
}
