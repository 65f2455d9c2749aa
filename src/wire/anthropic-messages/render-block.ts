import type { Part } from '../../core/conversation.ts'
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { parseDataUrl } from '../data-url.ts'
import { hasFields, nestedExtra } from '../json-extra.ts'
import { unsayable } from '../openai-changes.ts'
import { isMadeBy } from '../signature-text.ts'
import { renderCacheMark, renderCarried } from './carried-fields.ts'
import type { ClientWords } from './client-words.ts'
import { toolUseId } from './tool-use-id.ts'

export type PartOf<Kind extends Part['kind']> = Extract<Part, { readonly kind: Kind }>

/** What a block needs to know of the request it stands in. */
export type BlockSetting = {
  readonly words: ClientWords
  /** Wire and host of the server. */
  readonly maker: string
  readonly unsignedReasoning: boolean
}

/** A part as a block; undefined for what this server may not or need not be told. `path` is the part as the client sent it. */
export function renderBlock(part: Part, path: string, setting: BlockSetting): JsonObject | undefined {
  const block = bodyOfBlock(part, path, setting)
  if (block === undefined) return undefined
  const { words } = setting
  if (words.same) return { ...block, ...renderCarried(carriedOf(part)) }
  words.leaveOut(part.extra, path)
  return { ...block, ...renderCacheMark(part.cacheMark) }
}

function bodyOfBlock(part: Part, path: string, setting: BlockSetting): JsonObject | undefined {
  const { words } = setting
  switch (part.kind) {
    case 'text':
      return textBlock(part, words)
    case 'refusal':
      words.changed(path, 'a refusal is said as text')
      return part.text === '' ? undefined : { type: 'text', text: part.text }
    case 'image':
      return imageBlock(part, path, words)
    case 'file':
      return documentBlock(part, path, words)
    case 'tool-call':
      return toolUseBlock(part, path, words)
    case 'tool-result':
      return part.text === '' ? undefined : { type: 'text', text: part.text }
    case 'reasoning':
      return thinkingBlock(part, path, setting)
    case 'audio':
      throw unsayable(path, 'the Messages protocol has no audio; ask another model or leave it out')
    case 'other':
      if (words.same) return part.value
      throw unsayable(path, 'the Messages protocol has no content of this kind')
    default:
      return part satisfies never
  }
}

/** What a builder above has already put inside the block does not stand beside it again. */
function carriedOf(part: Part): Pick<Part, 'cacheMark' | 'extra'> {
  const { [innerKeyOf(part)]: _inner, ...extra } = part.extra ?? {}
  return { ...part, extra }
}

function innerKeyOf(part: Part): string {
  if (part.kind === 'image' || part.kind === 'file') return 'source'
  return documentOf(part) === undefined ? '' : 'document'
}

/** Anthropic refuses empty texts, which clients of other protocols send beside tool calls. */
function textBlock(part: PartOf<'text'>, words: ClientWords): JsonObject | undefined {
  const { text } = part
  const document = words.same ? documentOf(part) : undefined
  if (document !== undefined)
    return { ...document, type: 'document', source: { ...nestedExtra(document, 'source'), data: text } }
  return text === '' && !words.same ? undefined : { type: 'text', text }
}

/** The document that a text stood in, as `parseBlock` carries it. */
function documentOf({ kind, extra }: Part): JsonObject | undefined {
  const document = nestedExtra(extra, 'document')
  return kind === 'text' && nestedExtra(document, 'source').type === 'text' ? document : undefined
}

function imageBlock({ url, detail, extra }: PartOf<'image'>, path: string, words: ClientWords): JsonObject {
  if (detail !== undefined && detail !== 'auto' && !words.same)
    words.leftOut(`${path}.image_url.detail`, 'this protocol has no such field')
  const inner = words.same ? nestedExtra(extra, 'source') : {}
  if (/^https?:/i.test(url)) return { type: 'image', source: { ...inner, type: 'url', url } }
  const data = parseDataUrl(url)
  if (data === undefined) throw unsayable(path, 'an image is a data: URL in base64 or an http(s) URL')
  return {
    type: 'image',
    source: { ...inner, type: 'base64', media_type: data.mediaType, data: data.base64 },
  }
}

function documentBlock(part: PartOf<'file'>, path: string, words: ClientWords): JsonObject {
  const inner = words.same ? nestedExtra(part.extra, 'source') : {}
  const title = part.filename === undefined ? {} : { title: part.filename }
  return { type: 'document', source: { ...inner, ...documentSource(part, path, words) }, ...title }
}

function documentSource({ data, fileId }: PartOf<'file'>, path: string, words: ClientWords): JsonObject {
  if (data === undefined) {
    if (words.same) return { type: 'file', file_id: fileId ?? '' }
    throw unsayable(path, 'a file id of another vendor names nothing here; send the file itself')
  }
  const file = parseDataUrl(data)
  if (file === undefined) throw unsayable(path, 'a file is a data: URL in base64')
  if (words.same || file.mediaType === 'application/pdf')
    return { type: 'base64', media_type: file.mediaType, data: file.base64 }
  if (!file.mediaType.startsWith('text/'))
    throw unsayable(path, 'the Messages protocol takes PDF and plain text, and no other files')
  return { type: 'text', media_type: 'text/plain', data: decodeText(file.base64) }
}

function decodeText(base64: string): string {
  return new TextDecoder().decode(Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0)))
}

function toolUseBlock(part: PartOf<'tool-call'>, path: string, words: ClientWords): JsonObject {
  const id = words.same ? part.id : toolUseId(part.id)
  return { type: 'tool_use', id, name: part.name, input: inputOf(part, path, words) }
}

/** A model may write arguments that are no JSON, and clients hand them back; here they have to be an object. */
function inputOf({ arguments: text }: PartOf<'tool-call'>, path: string, words: ClientWords): Json {
  if (text.trim() === '') return {}
  const input = parseJson(text)
  if (input !== undefined && (words.same || isJsonObject(input))) return input
  words.changed(path, 'the arguments are not a JSON object and are handed over as text inside one')
  return { [INVALID_JSON]: text }
}

// What Anthropic's page on fine-grained tool streaming recommends to hand such arguments back as.
export const INVALID_JSON = 'INVALID_JSON'

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    // Not JSON: the caller says so to the client.
    return undefined
  }
}

/** Thoughts go to who made them and to nobody else: any other server refuses a signature that is not its own. */
function thinkingBlock(
  part: PartOf<'reasoning'>,
  path: string,
  setting: BlockSetting,
): JsonObject | undefined {
  const { text: thinking, signature } = part
  if (signature !== undefined && isMadeBy(signature, setting.maker)) {
    const { value } = signature
    if (typeof value === 'string') return { type: 'thinking', thinking, signature: value }
    if (isJsonObject(value) && hasFields(value)) return { ...value, type: 'redacted_thinking' }
  }
  if (signature === undefined && setting.unsignedReasoning)
    return thinking === '' ? undefined : { type: 'thinking', thinking, signature: '' }
  if (thinking !== '')
    setting.words.leftOut(path, 'the server takes back only thoughts that it signed itself')
  return undefined
}
