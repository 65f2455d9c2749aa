import type { CacheMark, Message, Part } from '../../core/conversation.ts'
import { MusivumError } from '../../core/errors.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import {
  describeValue,
  invalid,
  invalidChoice,
  optionalBoolean,
  pathOf,
  requireName,
  requireObject,
  requireString,
} from '../field-checks.ts'
import { hasFields, nestedExtra, noFields, unknownFields } from '../json-extra.ts'
import { parseCarried } from './carried-fields.ts'
import { parseBlock } from './parse-block.ts'
import { attachToolSignatures } from './tool-signature.ts'

/**
 * One message of a request; `path` is where it stands, such as `messages[2]`. A user's message that holds the results of
 * tools becomes one message of the role `tool` for each, and one of the user for what stands beside them. Throws `request.*`.
 */
export function parseMessage(value: Json, path: string): readonly Message[] {
  const message = requireObject(value, path)
  switch (message.role) {
    case 'user':
      return userMessages(message, path)
    case 'assistant':
      return [assistantMessage(message, path)]
    case 'system':
      return [
        { role: 'system', parts: parseSystem(message.content, `${path}.content`), ...extraOf(message, path) },
      ]
    default:
      throw invalidChoice(`${path}.role`, ['user', 'assistant'], message.role)
  }
}

/** A text, or blocks of text. */
export function parseSystem(content: Json | undefined, path: string): readonly Part[] {
  return blocksOf(content, path).map((block, index) => {
    const at = `${path}[${index}]`
    if (block.type !== 'text') throw invalidChoice(pathOf(at, 'type'), ['text'], block.type)
    return parseBlock(block, at)
  })
}

const MESSAGE: ReadonlySet<string> = new Set(['role', 'content'])

function extraOf(message: JsonObject, path: string): { readonly extra: JsonObject } {
  return { extra: unknownFields(message, MESSAGE, path) }
}

function userMessages(message: JsonObject, path: string): readonly Message[] {
  const blocks = blocksOf(message.content, `${path}.content`)
  if (blocks.length === 0)
    throw invalid(`${path}.content`, 'a string or an array with at least one block', 'an empty array')
  const messages: Message[] = []
  const said: Part[] = []
  for (const [index, block] of blocks.entries()) {
    const at = `${path}.content[${index}]`
    if (block.type === 'tool_result') messages.push(toolMessage(block, at))
    else said.push(userPart(block, at))
  }
  if (said.length > 0) messages.push({ role: 'user', parts: said, extra: noFields })
  const last = messages.pop()
  return last === undefined ? [] : [...messages, { ...last, ...extraOf(message, path) }]
}

function userPart(block: JsonObject, path: string): Part {
  if (block.type === 'tool_use') throw misplaced(path, 'a tool_use stands in a message of the assistant')
  return parseBlock(block, path)
}

function assistantMessage(message: JsonObject, path: string): Message {
  const parts = blocksOf(message.content, `${path}.content`).map((block, index) => {
    const at = `${path}.content[${index}]`
    if (block.type === 'tool_result') throw misplaced(at, 'a tool_result stands in a message of the user')
    return parseBlock(block, at)
  })
  return { role: 'assistant', parts: attachToolSignatures(parts), ...extraOf(message, path) }
}

const TOOL_RESULT: ReadonlySet<string> = new Set(['type', 'tool_use_id', 'content', 'is_error'])
const TEXT: ReadonlySet<string> = new Set(['type', 'text'])

/**
 * What the result carries beside its content stands on its first text, its cache mark on its last part. A result without
 * any text gets an empty one, as the id of the call has no other place.
 */
function toolMessage(block: JsonObject, path: string): Message {
  const id = requireName(block, 'tool_use_id', path)
  const failed = optionalBoolean(block, 'is_error', path) === true ? { failed: true as const } : {}
  const content = blocksOf(block.content ?? [], `${path}.content`).map((inner, index): Part => {
    const at = `${path}.content[${index}]`
    return inner.type === 'text' ? resultText(inner, at, { id, ...failed }) : parseBlock(inner, at)
  })
  const parts = content.some((part) => part.kind === 'tool-result')
    ? content
    : [{ kind: 'tool-result' as const, id, text: '', ...failed }, ...content]
  return { role: 'tool', parts: withFieldsOfResult(parts, block, path), extra: noFields }
}

function resultText(
  block: JsonObject,
  path: string,
  of: { readonly id: string; readonly failed?: true },
): Part {
  const { cacheMark, extra } = parseCarried(block, TEXT, path)
  return {
    kind: 'tool-result',
    text: requireString(block, 'text', path),
    ...of,
    ...(cacheMark === undefined ? {} : { cacheMark }),
    ...(extra === undefined ? {} : { extra: { content: extra } }),
  }
}

function withFieldsOfResult(parts: readonly Part[], block: JsonObject, path: string): readonly Part[] {
  const own = parseCarried(block, TOOL_RESULT, path)
  const { part: last, ...inner } = withoutMark(parts.at(-1))
  const control = { ...inner.control, ...nestedExtra(own.extra, 'cache_control') }
  const extra = { ...own.extra, ...(hasFields(control) ? { cache_control: control } : {}) }
  const cacheMark = own.cacheMark ?? inner.cacheMark
  const all =
    last === undefined ? parts : [...parts.slice(0, -1), { ...last, ...(cacheMark && { cacheMark }) }]
  const first = all.findIndex((part) => part.kind === 'tool-result')
  return all.map((part, index) =>
    index === first && hasFields(extra) ? { ...part, extra: { ...extra, ...part.extra } } : part,
  )
}

type Unmarked = {
  readonly part: Part | undefined
  readonly cacheMark?: CacheMark
  readonly control?: JsonObject
}

/** A mark on the last block of a result is a mark on the result: both end the same prefix, and one place for it is enough. */
function withoutMark(marked: Part | undefined): Unmarked {
  if (marked?.cacheMark === undefined) return { part: marked }
  const { cacheMark, extra, ...part } = marked
  const fields = part.kind === 'tool-result' ? nestedExtra(extra, 'content') : (extra ?? noFields)
  const { cache_control: control, ...rest } = fields
  const carried = part.kind === 'tool-result' && hasFields(rest) ? { content: rest } : rest
  const left = hasFields(carried) ? { ...part, extra: carried } : part
  return { part: left, cacheMark, ...(isJsonObject(control) ? { control } : {}) }
}

function blocksOf(content: Json | undefined, path: string): readonly JsonObject[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }]
  if (!isJsonArray(content)) throw invalid(path, 'a string or an array of blocks', describeValue(content))
  return content.map((block, index) => requireObject(block, `${path}[${index}]`))
}

function misplaced(path: string, why: string): MusivumError {
  return new MusivumError('request.invalid', `${path}: ${why}`, { param: path })
}
