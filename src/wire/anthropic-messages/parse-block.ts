import type { Part, Signature } from '../../core/conversation.ts'
import type { JsonObject } from '../../core/json.ts'
import { checkImageUrl, checkMedia, checkMediaUrl } from '../data-url.ts'
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
import { hasFields, noFields, unknownFields } from '../json-extra.ts'
import { unwrapSignature } from '../signature-text.ts'
import { parseCarried } from './carried-fields.ts'

/** One block of a message, other than a tool's result. Kinds we do not know are kept whole. Throws `request.*`. */
export function parseBlock(block: JsonObject, path: string): Part {
  switch (block.type) {
    case 'text':
      return { kind: 'text', text: requireString(block, 'text', path), ...parseCarried(block, TEXT, path) }
    case 'image':
      return imagePart(block, path)
    case 'document':
      return documentPart(block, path)
    case 'thinking':
      return thinkingPart(block, path)
    case 'redacted_thinking':
      return redactedPart(block, path)
    case 'tool_use':
      return toolUsePart(block, path)
    default:
      if (typeof block.type !== 'string' || block.type === '')
        throw invalidChoice(pathOf(path, 'type'), BLOCK_TYPES, block.type)
      return { kind: 'other', value: block }
  }
}

/** What a client hands back in our own place does not say which host made it. */
export const NATIVE_MAKER = 'anthropic-messages'

const BLOCK_TYPES = ['text', 'image', 'document', 'thinking', 'redacted_thinking', 'tool_use', 'tool_result']
const TEXT: ReadonlySet<string> = new Set(['type', 'text'])
const SOURCED: ReadonlySet<string> = new Set(['type', 'source'])
const DOCUMENT: ReadonlySet<string> = new Set(['type', 'source', 'title'])
const THINKING: ReadonlySet<string> = new Set(['type', 'thinking', 'signature'])
const REDACTED: ReadonlySet<string> = new Set(['type', 'data'])
const TOOL_USE: ReadonlySet<string> = new Set(['type', 'id', 'name', 'input'])
const BASE64: ReadonlySet<string> = new Set(['type', 'media_type', 'data'])
const URL_SOURCE: ReadonlySet<string> = new Set(['type', 'url'])
const FILE_SOURCE: ReadonlySet<string> = new Set(['type', 'file_id'])

type Source = { readonly source: JsonObject; readonly at: string }

function sourceOf(block: JsonObject, path: string): Source {
  const at = pathOf(path, 'source')
  return { source: requireObject(block.source, at), at }
}

function imagePart(block: JsonObject, path: string): Part {
  const { source, at } = sourceOf(block, path)
  switch (source.type) {
    case 'base64': {
      const url = dataUrl(source, at)
      checkImageUrl(url, pathOf(at, 'data'))
      return { kind: 'image', url, ...withSource(block, SOURCED, path, source, BASE64) }
    }
    case 'url': {
      const url = requireName(source, 'url', at)
      checkMediaUrl(url, pathOf(at, 'url'))
      return { kind: 'image', url, ...withSource(block, SOURCED, path, source, URL_SOURCE) }
    }
    default:
      // A file that lies with the vendor: nobody else has it, so it is no image to anybody else.
      return otherSource(block, source, at)
  }
}

function documentPart(block: JsonObject, path: string): Part {
  const { source, at } = sourceOf(block, path)
  const title = optionalString(block, 'title', path)
  const filename = title === undefined ? {} : { filename: title }
  switch (source.type) {
    case 'base64': {
      const data = dataUrl(source, at)
      return { kind: 'file', data, ...filename, ...withSource(block, DOCUMENT, path, source, BASE64) }
    }
    case 'file': {
      const fileId = requireName(source, 'file_id', at)
      return { kind: 'file', fileId, ...filename, ...withSource(block, DOCUMENT, path, source, FILE_SOURCE) }
    }
    case 'text':
      return plainDocument(block, source, path)
    default:
      return otherSource(block, source, at)
  }
}

/** Plain text, which every model can read; that it stood in a document is only of use to this protocol. */
function plainDocument(block: JsonObject, source: JsonObject, path: string): Part {
  const text = requireString(source, 'data', pathOf(path, 'source'))
  const { cacheMark, extra } = parseCarried(block, SOURCED, path)
  const { cache_control: control, ...fields } = extra ?? noFields
  const { data: _data, ...rest } = source
  return {
    kind: 'text',
    text,
    ...(cacheMark === undefined ? {} : { cacheMark }),
    extra: {
      ...(control === undefined ? {} : { cache_control: control }),
      document: { ...fields, source: rest },
    },
  }
}

function otherSource(block: JsonObject, source: JsonObject, at: string): Part {
  if (typeof source.type !== 'string' || source.type === '')
    throw invalidChoice(pathOf(at, 'type'), ['base64', 'url', 'file', 'text', 'content'], source.type)
  return { kind: 'other', value: block }
}

function dataUrl(source: JsonObject, at: string): string {
  const mediaType = requireName(source, 'media_type', at)
  if (!/^[\w.+-]+\/[\w.+-]+$/.test(mediaType))
    throw invalid(pathOf(at, 'media_type'), 'a media type such as "image/png"', 'another string')
  const base64 = requireString(source, 'data', at)
  checkMedia({ mediaType: mediaType.toLowerCase(), base64 }, pathOf(at, 'data'))
  return `data:${mediaType};base64,${base64}`
}

function withSource(
  block: JsonObject,
  known: ReadonlySet<string>,
  path: string,
  source: JsonObject,
  knownOfSource: ReadonlySet<string>,
) {
  const carried = parseCarried(block, known, path)
  const inner = unknownFields(source, knownOfSource, pathOf(path, 'source'))
  return hasFields(inner) ? { ...carried, extra: { ...carried.extra, source: inner } } : carried
}

function thinkingPart(block: JsonObject, path: string): Part {
  const text = requireString(block, 'thinking', path)
  const signature = optionalString(block, 'signature', path) ?? ''
  const carried = parseCarried(block, THINKING, path)
  if (signature === '') return { kind: 'reasoning', text, ...carried }
  return { kind: 'reasoning', text, signature: signatureOf(signature, signature), ...carried }
}

function redactedPart(block: JsonObject, path: string): Part {
  const data = requireName(block, 'data', path)
  const signature = signatureOf(data, { data })
  return { kind: 'reasoning', text: '', signature, ...parseCarried(block, REDACTED, path) }
}

/** One of ours, wrapped for another maker, or this protocol's own. Redacted thoughts are an object, so both find back. */
function signatureOf(text: string, native: Signature['value']): Signature {
  return unwrapSignature(text) ?? { maker: NATIVE_MAKER, value: native }
}

function toolUsePart(block: JsonObject, path: string): Part {
  const { input } = block
  if (input === undefined) throw invalid(pathOf(path, 'input'), 'an object', describeValue(input))
  return {
    kind: 'tool-call',
    id: requireName(block, 'id', path),
    name: requireName(block, 'name', path),
    arguments: JSON.stringify(input),
    ...parseCarried(block, TOOL_USE, path),
  }
}
