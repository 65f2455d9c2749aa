import type { Message, Part } from '../../core/conversation.ts'
import type { Json, JsonObject } from '../../core/json.ts'
import { nestedExtra } from '../json-extra.ts'
import { renderCacheMark } from '../openai-cache-mark.ts'
import { unsayable } from '../openai-changes.ts'
import { textTypeOf } from './parse-content.ts'
import { ownFields, type ResponsesWording } from './responses-wording.ts'

/** Parts as the content of a message item or a tool's output: a text alone as a string, which every server reads. */
export function renderContent(
  parts: readonly Part[],
  role: Message['role'],
  wording: ResponsesWording,
): Json {
  const rendered = parts.map((part) => renderPart(part, role, wording)).filter((part) => part !== undefined)
  const [first] = rendered
  if (first === undefined) return ''
  const plain = rendered.length === 1 && first.type === textTypeOf(role) && Object.keys(first).length === 2
  return plain && first.text !== undefined ? first.text : rendered
}

type PartOf<Kind extends Part['kind']> = Extract<Part, { readonly kind: Kind }>

/** Undefined for what the server cannot be told and does not need. */
function renderPart(part: Part, role: Message['role'], wording: ResponsesWording): JsonObject | undefined {
  switch (part.kind) {
    case 'text':
    case 'tool-result':
      return { type: textTypeOf(role), ...rest(part, wording), text: part.text }
    case 'refusal':
      return { ...rest(part, wording), type: 'refusal', refusal: part.text }
    case 'image':
      return imagePart(part, role, wording)
    case 'audio':
      return audioPart(part, role, wording)
    case 'file':
      return filePart(part, role, wording)
    case 'other':
      return renderOther(part, role, wording)
    case 'reasoning':
    case 'tool-call':
      // Items of their own.
      return undefined
    default:
      return part satisfies never
  }
}

/** Unknown fields and cache mark of a part; without those of the object it wraps, which stand under `wrapped`. */
function rest(part: Part, wording: ResponsesWording, wrapped = ''): JsonObject {
  const extra = ownFields(wording, part.extra, wording.fields.content)
  const mark = part.cacheMark
  if (mark === undefined) return wrapped in extra ? without(extra, wrapped) : extra
  if (wording.own) return { ...without(extra, wrapped), ...renderCacheMark(mark) }
  wording.log.leftOut(`${wording.fields.content}.cache_control`, 'the server takes no cache marks')
  return extra
}

function without(extra: JsonObject, key: string): JsonObject {
  if (key === '') return extra
  const { [key]: _dropped, ...others } = extra
  return others
}

function imagePart(part: PartOf<'image'>, role: Message['role'], wording: ResponsesWording): JsonObject {
  refuseFromModel(role, wording)
  const { url, detail } = part
  // Servers that check types insist on it; `auto` is what its absence means.
  const how = detail ?? (wording.own ? undefined : 'auto')
  return {
    ...rest(part, wording),
    type: 'input_image',
    image_url: url,
    ...(how === undefined ? {} : { detail: how }),
  }
}

function audioPart(part: PartOf<'audio'>, role: Message['role'], wording: ResponsesWording): JsonObject {
  refuseFromModel(role, wording)
  const { data, format } = part
  const inner = wording.own ? nestedExtra(part.extra, 'input_audio') : {}
  return {
    ...rest(part, wording, 'input_audio'),
    type: 'input_audio',
    input_audio: { ...inner, data, format },
  }
}

function filePart(part: PartOf<'file'>, role: Message['role'], wording: ResponsesWording): JsonObject {
  refuseFromModel(role, wording)
  const { fileId, filename, data } = part
  if (fileId !== undefined && wording.fromAnthropic)
    throw unsayable(`${wording.fields.content}.source.file_id`, 'the file lies with another vendor')
  return {
    ...rest(part, wording),
    type: 'input_file',
    ...(fileId === undefined ? {} : { file_id: fileId }),
    ...(filename === undefined ? {} : { filename }),
    ...(data === undefined ? {} : { file_data: data }),
  }
}

function refuseFromModel(role: Message['role'], wording: ResponsesWording): void {
  if (role !== 'assistant' || wording.own) return
  throw unsayable(wording.fields.content, 'responses hold only text in a message of the assistant')
}

/** A part, or a whole item, of a kind that only its own protocol has. */
export function renderOther(
  part: PartOf<'other'>,
  role: Message['role'],
  wording: ResponsesWording,
): JsonObject | undefined {
  if (wording.own) return part.value
  const why = 'responses have no words for a part of this type'
  // What a model or its vendor's tools said is history; what a person sent is the question itself.
  if (role !== 'assistant') throw unsayable(wording.fields.content, why)
  wording.log.leftOut(wording.fields.content, why)
  return undefined
}
