import type { Message, Part } from '../../core/conversation.ts'
import { MusivumError } from '../../core/errors.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import {
  describeValue,
  invalid,
  invalidChoice,
  optionalArray,
  optionalString,
  pathOf,
  requireName,
  requireObject,
  requireString,
} from '../field-checks.ts'
import { hasFields, unknownFields } from '../json-extra.ts'

/** One message of a chat completion request; `path` is where it stands, such as `messages[2]`. Throws `request.*`. */
export function parseMessage(value: Json, path: string): Message {
  const message = requireObject(value, path)
  const role = message.role
  switch (role) {
    case 'system':
    case 'developer':
    case 'user':
      return plainMessage(message, role, path)
    case 'assistant':
      return assistantMessage(message, path)
    case 'tool':
      return toolMessage(message, path)
    case 'function':
      throw legacy(`${path}.role`, 'send role "tool" with a tool_call_id instead')
    default:
      throw invalidChoice(`${path}.role`, ROLES, role)
  }
}

const ROLES = ['system', 'developer', 'user', 'assistant', 'tool']
const PLAIN: ReadonlySet<string> = new Set(['role', 'content', 'name'])
const ASSISTANT: ReadonlySet<string> = new Set([...PLAIN, 'tool_calls', 'refusal', 'function_call'])
const TOOL: ReadonlySet<string> = new Set([...PLAIN, 'tool_call_id'])

function plainMessage(message: JsonObject, role: 'system' | 'developer' | 'user', path: string): Message {
  const parts = parseContent(message.content, `${path}.content`)
  return withName(message, path, { role, parts, extra: unknownFields(message, PLAIN, path) })
}

function assistantMessage(message: JsonObject, path: string): Message {
  if ((message.function_call ?? undefined) !== undefined)
    throw legacy(`${path}.function_call`, 'send "tool_calls" instead')
  const content = message.content ?? undefined
  const parts = content === undefined ? [] : [...parseContent(content, `${path}.content`)]
  const refusal = optionalString(message, 'refusal', path)
  if (refusal !== undefined) parts.push({ kind: 'refusal', text: refusal })
  const extra = unknownFields(message, ASSISTANT, path)
  const calls = optionalArray(message, 'tool_calls', path) ?? []
  if (calls.length === 0) return withName(message, path, { role: 'assistant', parts, extra })
  // Calls of a kind we do not know cannot be told apart from content once they are parts, so the list stays whole.
  if (!calls.every(isFunctionCall))
    return withName(message, path, { role: 'assistant', parts, extra: { ...extra, tool_calls: calls } })
  const toolCalls = calls.map((call, index) => parseToolCall(call, `${path}.tool_calls[${index}]`))
  return withName(message, path, { role: 'assistant', parts: [...parts, ...toolCalls], extra })
}

/** The result of a tool: one part per text. The id has no other place in a message that holds no text at all. */
function toolMessage(message: JsonObject, path: string): Message {
  const id = requireName(message, 'tool_call_id', path)
  const content = parseContent(message.content, `${path}.content`)
  const parts = content.map((part): Part =>
    part.kind === 'text' ? { ...part, kind: 'tool-result', id } : part,
  )
  const extra = unknownFields(message, TOOL, path)
  const hasText = parts.some((part) => part.kind === 'tool-result')
  return withName(message, path, {
    role: 'tool',
    parts,
    extra: hasText ? extra : { ...extra, tool_call_id: id },
  })
}

function withName(message: JsonObject, path: string, parsed: Message): Message {
  const name = optionalString(message, 'name', path)
  return name === undefined ? parsed : { ...parsed, name }
}

function parseContent(content: Json | undefined, path: string): readonly Part[] {
  if (typeof content === 'string') return [{ kind: 'text', text: content }]
  if (!isJsonArray(content) || content.length === 0)
    throw invalid(path, 'a string or an array with at least one part', describeValue(content))
  return content.map((part, index) =>
    parsePart(requireObject(part, `${path}[${index}]`), `${path}[${index}]`),
  )
}

function parsePart(part: JsonObject, path: string): Part {
  switch (part.type) {
    case 'text':
      return { kind: 'text', text: requireString(part, 'text', path), ...extraOf(part, TEXT, path) }
    case 'refusal':
      return { kind: 'refusal', text: requireString(part, 'refusal', path), ...extraOf(part, REFUSAL, path) }
    case 'image_url':
      return imagePart(part, path)
    case 'input_audio':
      return audioPart(part, path)
    case 'file':
      return filePart(part, path)
    default:
      if (typeof part.type !== 'string' || part.type === '')
        throw invalidChoice(pathOf(path, 'type'), PART_TYPES, part.type)
      return { kind: 'other', value: part }
  }
}

const PART_TYPES = ['text', 'image_url', 'input_audio', 'file']
const TEXT: ReadonlySet<string> = new Set(['type', 'text'])
const REFUSAL: ReadonlySet<string> = new Set(['type', 'refusal'])
const IMAGE = { outer: new Set(['type', 'image_url']), inner: new Set(['url', 'detail']) }
const AUDIO = { outer: new Set(['type', 'input_audio']), inner: new Set(['data', 'format']) }
const FILE = { outer: new Set(['type', 'file']), inner: new Set(['file_id', 'filename', 'file_data']) }
const CALL = { outer: new Set(['type', 'id', 'function']), inner: new Set(['name', 'arguments']) }

function imagePart(part: JsonObject, path: string): Part {
  const at = pathOf(path, 'image_url')
  const image = requireObject(part.image_url, at)
  const detail = optionalString(image, 'detail', at)
  return {
    kind: 'image',
    url: requireName(image, 'url', at),
    ...(detail === undefined ? {} : { detail }),
    ...wrappedExtra(part, 'image_url', image, IMAGE, path),
  }
}

function audioPart(part: JsonObject, path: string): Part {
  const at = pathOf(path, 'input_audio')
  const audio = requireObject(part.input_audio, at)
  return {
    kind: 'audio',
    data: requireName(audio, 'data', at),
    format: requireName(audio, 'format', at),
    ...wrappedExtra(part, 'input_audio', audio, AUDIO, path),
  }
}

function filePart(part: JsonObject, path: string): Part {
  const at = pathOf(path, 'file')
  const file = requireObject(part.file, at)
  const fileId = optionalString(file, 'file_id', at)
  const filename = optionalString(file, 'filename', at)
  const data = optionalString(file, 'file_data', at)
  if (fileId === undefined && data === undefined) throw invalid(at, '"file_id" or "file_data"', 'neither')
  return {
    kind: 'file',
    ...(fileId === undefined ? {} : { fileId }),
    ...(filename === undefined ? {} : { filename }),
    ...(data === undefined ? {} : { data }),
    ...wrappedExtra(part, 'file', file, FILE, path),
  }
}

function isFunctionCall(call: Json): boolean {
  return !isJsonObject(call) || call.type === 'function' || typeof call.type !== 'string'
}

function parseToolCall(value: Json, path: string): Part {
  const call = requireObject(value, path)
  if (call.type !== 'function') throw invalidChoice(pathOf(path, 'type'), ['function'], call.type)
  const at = pathOf(path, 'function')
  const called = requireObject(call.function, at)
  return {
    kind: 'tool-call',
    id: requireName(call, 'id', path),
    name: requireName(called, 'name', at),
    arguments: requireString(called, 'arguments', at),
    ...wrappedExtra(call, 'function', called, CALL, path),
  }
}

function extraOf(
  part: JsonObject,
  known: ReadonlySet<string>,
  path: string,
): { readonly extra?: JsonObject } {
  const extra = unknownFields(part, known, path)
  return hasFields(extra) ? { extra } : {}
}

/** Unknown fields of a part and, under `key`, those of the object it wraps, so that both find their way back. */
function wrappedExtra(
  part: JsonObject,
  key: string,
  wrapped: JsonObject,
  known: { readonly outer: ReadonlySet<string>; readonly inner: ReadonlySet<string> },
  path: string,
): { readonly extra?: JsonObject } {
  const inner = unknownFields(wrapped, known.inner, pathOf(path, key))
  if (!hasFields(inner)) return extraOf(part, known.outer, path)
  return { extra: { ...unknownFields(part, known.outer, path), [key]: inner } }
}

function legacy(path: string, instead: string): MusivumError {
  return new MusivumError('request.unsupported', `${path}: the form before tools; ${instead}`, {
    param: path,
  })
}
