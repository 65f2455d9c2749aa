import type { Part } from '../../core/conversation.ts'
import type { Json, JsonObject } from '../../core/json.ts'
import { isJsonArray } from '../../core/json.ts'
import { checkDataUrl, checkImageUrl, checkMedia, checkMediaUrl, isDataUrl } from '../data-url.ts'
import {
  describeValue,
  invalid,
  invalidChoice,
  optionalString,
  pathOf,
  requireName,
  requireObject,
  requireString,
} from '../field-checks.ts'
import { hasFields, unknownFields } from '../json-extra.ts'
import { takeCacheMark } from '../openai-cache-mark.ts'

/** The type that text has in a message of each side; another one that a client sends is kept. */
export type TextType = 'input_text' | 'output_text'

export function textTypeOf(role: string): TextType {
  return role === 'assistant' ? 'output_text' : 'input_text'
}

/** The content of a message or of a tool's output. Throws `request.*`. */
export function parseContent(content: Json | undefined, textType: TextType, path: string): readonly Part[] {
  if (typeof content === 'string') return [{ kind: 'text', text: content }]
  if (!isJsonArray(content)) throw invalid(path, 'a string or an array', describeValue(content))
  return content.map((part, index) => {
    const at = `${path}[${index}]`
    return parsePart(requireObject(part, at), textType, at)
  })
}

function parsePart(part: JsonObject, textType: TextType, path: string): Part {
  switch (part.type) {
    case 'input_text':
    case 'output_text':
    case 'text':
      return textPart(part, textType, path)
    case 'refusal':
      return { kind: 'refusal', text: requireString(part, 'refusal', path), ...restOf(part, REFUSAL, path) }
    case 'input_image':
      return imagePart(part, path)
    case 'input_file':
      return filePart(part, path)
    case 'input_audio':
      return audioPart(part, path)
    default:
      if (typeof part.type !== 'string' || part.type === '')
        throw invalidChoice(pathOf(path, 'type'), PART_TYPES, part.type)
      return { kind: 'other', value: part }
  }
}

const PART_TYPES = ['input_text', 'input_image', 'input_file', 'input_audio', 'output_text']
const TEXT: ReadonlySet<string> = new Set(['type', 'text'])
const REFUSAL: ReadonlySet<string> = new Set(['type', 'refusal'])
const IMAGE: ReadonlySet<string> = new Set(['type', 'image_url', 'detail'])
const FILE: ReadonlySet<string> = new Set(['type', 'file_id', 'filename', 'file_data'])
const AUDIO = { outer: new Set(['type', 'input_audio']), inner: new Set(['data', 'format']) }

function textPart(part: JsonObject, textType: TextType, path: string): Part {
  const { extra, ...rest } = restOf(part, TEXT, path)
  const fields = part.type === textType ? extra : { ...extra, type: part.type ?? null }
  return {
    kind: 'text',
    text: requireString(part, 'text', path),
    ...rest,
    ...(fields === undefined ? {} : { extra: fields }),
  }
}

/** An image by file id has no URL we could hold: it stays as it is. */
function imagePart(part: JsonObject, path: string): Part {
  const detail = optionalString(part, 'detail', path)
  if ((part.image_url ?? undefined) === undefined && typeof part.file_id === 'string')
    return { kind: 'other', value: part }
  const url = requireName(part, 'image_url', path)
  checkImageUrl(url, pathOf(path, 'image_url'))
  return {
    kind: 'image',
    url,
    ...(detail === undefined ? {} : { detail }),
    ...restOf(part, IMAGE, path),
  }
}

function filePart(part: JsonObject, path: string): Part {
  if (typeof part.file_url === 'string') {
    checkMediaUrl(part.file_url, pathOf(path, 'file_url'))
    return { kind: 'other', value: part }
  }
  const fileId = optionalString(part, 'file_id', path)
  const filename = optionalString(part, 'filename', path)
  const data = optionalString(part, 'file_data', path)
  if (fileId === undefined && data === undefined)
    throw invalid(path, '"file_id", "file_url" or "file_data"', 'none of them')
  if (data !== undefined) checkFileData(data, pathOf(path, 'file_data'))
  return {
    kind: 'file',
    ...(fileId === undefined ? {} : { fileId }),
    ...(filename === undefined ? {} : { filename }),
    ...(data === undefined ? {} : { data }),
    ...restOf(part, FILE, path),
  }
}

function checkFileData(data: string, path: string): void {
  if (isDataUrl(data)) checkDataUrl(data, path)
  else checkMedia({ mediaType: '', base64: data }, path)
}

function audioPart(part: JsonObject, path: string): Part {
  const at = pathOf(path, 'input_audio')
  const audio = requireObject(part.input_audio, at)
  const data = requireName(audio, 'data', at)
  checkMedia({ mediaType: '', base64: data }, pathOf(at, 'data'))
  const inner = unknownFields(audio, AUDIO.inner, at)
  const rest = restOf(part, AUDIO.outer, path)
  return {
    kind: 'audio',
    data,
    format: requireName(audio, 'format', at),
    ...rest,
    ...(hasFields(inner) ? { extra: { ...rest.extra, input_audio: inner } } : {}),
  }
}

function restOf(
  part: JsonObject,
  known: ReadonlySet<string>,
  path: string,
): Pick<Part, 'cacheMark' | 'extra'> {
  const { cacheMark, extra } = takeCacheMark(unknownFields(part, known, path))
  return { ...(cacheMark === undefined ? {} : { cacheMark }), ...(hasFields(extra) ? { extra } : {}) }
}
