import type { CacheMark, Message, Part } from '../../core/conversation.ts'
import { MusivumError } from '../../core/errors.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { checkDataUrl, checkImageUrl, checkMedia, isDataUrl } from '../data-url.ts'
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
import { takeCacheMark } from '../openai-cache-mark.ts'
import { parseExtraContent } from './carried-signature.ts'
import { hasEmptyContent } from './loose-forms.ts'
import { parseReasoning, parseThinkingPart } from './parse-reasoning.ts'

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
const REASONING = ['reasoning_content', 'reasoning', 'reasoning_details']
const ASSISTANT: ReadonlySet<string> = new Set([
  ...PLAIN,
  ...REASONING,
  'tool_calls',
  'refusal',
  'function_call',
])
const TOOL: ReadonlySet<string> = new Set([...PLAIN, 'tool_call_id'])

function plainMessage(message: JsonObject, role: 'system' | 'developer' | 'user', path: string): Message {
  const parts = parseContent(message.content, `${path}.content`)
  return withName(message, path, { role, parts, extra: unknownFields(message, PLAIN, path) })
}

function assistantMessage(message: JsonObject, path: string): Message {
  if ((message.function_call ?? undefined) !== undefined)
    throw legacy(`${path}.function_call`, 'send "tool_calls" instead')
  const content = hasEmptyContent(message) ? undefined : (message.content ?? undefined)
  const reasoning = parseReasoning(message, path)
  const parts = [...reasoning.parts]
  if (content !== undefined) parts.push(...parseContent(content, `${path}.content`))
  const refusal = optionalString(message, 'refusal', path)
  if (refusal !== undefined) parts.push({ kind: 'refusal', text: refusal })
  const extra = { ...unknownFields(message, ASSISTANT, path), ...reasoning.extra }
  const calls = optionalArray(message, 'tool_calls', path) ?? []
  if (calls.length === 0) return withName(message, path, { role: 'assistant', parts, extra })
  // Calls of a kind we do not know cannot be told apart from content once they are parts, so the list stays whole.
  if (!calls.every(isFunctionCall))
    return withName(message, path, { role: 'assistant', parts, extra: { ...extra, tool_calls: calls } })
  const toolCalls = calls.map((call, index) => parseToolCall(call, `${path}.tool_calls[${index}]`))
  return withName(message, path, { role: 'assistant', parts: [...parts, ...toolCalls], extra })
}

/** The result of a tool: one part per text, and an empty one where there is none, as only it can hold the id. */
function toolMessage(message: JsonObject, path: string): Message {
  const id = requireName(message, 'tool_call_id', path)
  const content = parseContent(message.content, `${path}.content`)
  const parts = content.map((part): Part =>
    part.kind === 'text' ? { ...part, kind: 'tool-result', id } : part,
  )
  const hasText = parts.some((part) => part.kind === 'tool-result')
  return withName(message, path, {
    role: 'tool',
    parts: hasText ? parts : [{ kind: 'tool-result', id, text: '' }, ...parts],
    extra: unknownFields(message, TOOL, path),
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
      return { kind: 'text', text: requireString(part, 'text', path), ...restOf(part, TEXT, path) }
    case 'refusal':
      return { kind: 'refusal', text: requireString(part, 'refusal', path), ...restOf(part, REFUSAL, path) }
    case 'image_url':
      return imagePart(part, path)
    case 'input_audio':
      return audioPart(part, path)
    case 'file':
      return filePart(part, path)
    case 'thinking':
      return parseThinkingPart(part)
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
const SIGNED_CALL = { ...CALL, outer: new Set([...CALL.outer, 'extra_content']) }

function imagePart(part: JsonObject, path: string): Part {
  const at = pathOf(path, 'image_url')
  const image = requireObject(part.image_url, at)
  const detail = optionalString(image, 'detail', at)
  const url = requireName(image, 'url', at)
  checkImageUrl(url, pathOf(at, 'url'))
  return {
    kind: 'image',
    url,
    ...(detail === undefined ? {} : { detail }),
    ...wrappedExtra(part, 'image_url', image, IMAGE, path),
  }
}

function audioPart(part: JsonObject, path: string): Part {
  const at = pathOf(path, 'input_audio')
  const audio = requireObject(part.input_audio, at)
  const data = requireName(audio, 'data', at)
  checkMedia({ mediaType: '', base64: data }, pathOf(at, 'data'))
  return {
    kind: 'audio',
    data,
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
  if (data !== undefined) checkFileData(data, pathOf(at, 'file_data'))
  return {
    kind: 'file',
    ...(fileId === undefined ? {} : { fileId }),
    ...(filename === undefined ? {} : { filename }),
    ...(data === undefined ? {} : { data }),
    ...wrappedExtra(part, 'file', file, FILE, path),
  }
}

/** OpenAI documents a data URL; clients also send the base64 alone. */
function checkFileData(data: string, path: string): void {
  if (isDataUrl(data)) checkDataUrl(data, path)
  else checkMedia({ mediaType: '', base64: data }, path)
}

function isFunctionCall(call: Json): boolean {
  return !isJsonObject(call) || call.type === 'function' || typeof call.type !== 'string'
}

function parseToolCall(value: Json, path: string): Part {
  const call = requireObject(value, path)
  if (call.type !== 'function') throw invalidChoice(pathOf(path, 'type'), ['function'], call.type)
  const at = pathOf(path, 'function')
  const called = requireObject(call.function, at)
  const signature = parseExtraContent(call.extra_content)
  return {
    kind: 'tool-call',
    id: requireName(call, 'id', path),
    name: requireName(called, 'name', at),
    arguments: requireString(called, 'arguments', at),
    ...(signature === undefined ? {} : { signature }),
    ...wrappedExtra(call, 'function', called, signature === undefined ? CALL : SIGNED_CALL, path),
  }
}

type Rest = { readonly cacheMark?: CacheMark; readonly extra?: JsonObject }

/** What a part holds beside its content: the mark of the prompt cache, and what we do not know. */
function restOf(part: JsonObject, known: ReadonlySet<string>, path: string): Rest {
  const { cacheMark, extra } = takeCacheMark(unknownFields(part, known, path))
  return { ...(cacheMark === undefined ? {} : { cacheMark }), ...(hasFields(extra) ? { extra } : {}) }
}

/** The same, and under `key` the unknown fields of the object it wraps, so that both find their way back. */
function wrappedExtra(
  part: JsonObject,
  key: string,
  wrapped: JsonObject,
  known: { readonly outer: ReadonlySet<string>; readonly inner: ReadonlySet<string> },
  path: string,
): Rest {
  const rest = restOf(part, known.outer, path)
  const inner = unknownFields(wrapped, known.inner, pathOf(path, key))
  return hasFields(inner) ? { ...rest, extra: { ...rest.extra, [key]: inner } } : rest
}

function legacy(path: string, instead: string): MusivumError {
  return new MusivumError('request.unsupported', `${path}: the form before tools; ${instead}`, {
    param: path,
  })
}
