import type { ResponseFormat, Tool, ToolChoice } from '../../core/conversation.ts'
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import {
  invalidChoice,
  optionalArray,
  optionalBoolean,
  optionalObject,
  optionalString,
  pathOf,
  requireName,
  requireObject,
} from '../field-checks.ts'
import { hasFields, noFields, unknownFields } from '../json-extra.ts'
import { takeCacheMark } from '../openai-cache-mark.ts'
import { checkToolSchema } from '../openai-tool-schema.ts'

/** Functions as tools; `others` are the vendor's own tools and kinds we do not know, whole. */
export function parseTools(root: JsonObject): {
  readonly tools: readonly Tool[]
  readonly others: readonly Json[]
} {
  const given = optionalArray(root, 'tools', '') ?? []
  const tools: Tool[] = []
  const others: Json[] = []
  for (const [index, value] of given.entries()) {
    const path = `tools[${index}]`
    const tool = requireObject(value, path)
    if (tool.type === 'function') tools.push(parseFunction(tool, path))
    else if (typeof tool.type === 'string' && tool.type !== '') others.push(tool)
    else throw invalidChoice(pathOf(path, 'type'), ['function'], tool.type)
  }
  return { tools, others }
}

const FUNCTION: ReadonlySet<string> = new Set(['type', 'name', 'description', 'parameters', 'strict'])

function parseFunction(tool: JsonObject, path: string): Tool {
  const description = optionalString(tool, 'description', path)
  const parameters = optionalObject(tool, 'parameters', path)
  const strict = optionalBoolean(tool, 'strict', path)
  if (parameters !== undefined) checkToolSchema(parameters, pathOf(path, 'parameters'))
  const { cacheMark, extra } = takeCacheMark(unknownFields(tool, FUNCTION, path))
  return {
    name: requireName(tool, 'name', path),
    ...(description === undefined ? {} : { description }),
    ...(parameters === undefined ? {} : { parameters }),
    ...(strict === undefined ? {} : { strict }),
    ...(cacheMark === undefined ? {} : { cacheMark }),
    extra,
  }
}

export function parseToolChoice(choice: Json | undefined): ToolChoice | undefined {
  if (choice === undefined) return undefined
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { kind: choice }
  if (!isJsonObject(choice)) throw invalidChoice('tool_choice', ['auto', 'none', 'required'], choice)
  if (typeof choice.type !== 'string') throw invalidChoice('tool_choice.type', ['function'], choice.type)
  if (choice.type !== 'function') return { kind: 'other', value: choice }
  const name = requireName(choice, 'name', 'tool_choice')
  return Object.keys(choice).length === 2 ? { kind: 'tool', name } : { kind: 'other', value: choice }
}

type ParsedText = { readonly responseFormat?: ResponseFormat; readonly extra: JsonObject }

/** `text`: the format of the answer. Everything else in it, and formats of kinds we do not know, stay in `extra`. */
export function parseText(text: JsonObject | undefined): ParsedText {
  if (text === undefined) return { extra: noFields }
  const others = unknownFields(text, TEXT, 'text')
  const format = optionalObject(text, 'format', 'text')
  if (format === undefined) return { extra: others }
  switch (format.type) {
    case 'text':
      return { responseFormat: { kind: 'text' }, extra: withFormat(others, format, PLAIN) }
    case 'json_object':
      return { responseFormat: { kind: 'json' }, extra: withFormat(others, format, PLAIN) }
    case 'json_schema':
      return { responseFormat: parseSchema(format), extra: withFormat(others, format, SCHEMA) }
    default:
      if (typeof format.type !== 'string') throw invalidChoice('text.format.type', FORMATS, format.type)
      return { extra: { ...others, format } }
  }
}

const FORMATS = ['text', 'json_object', 'json_schema']
const TEXT: ReadonlySet<string> = new Set(['format'])
const PLAIN: ReadonlySet<string> = new Set(['type'])
const SCHEMA: ReadonlySet<string> = new Set(['type', 'name', 'schema', 'strict', 'description'])

function withFormat(others: JsonObject, format: JsonObject, known: ReadonlySet<string>): JsonObject {
  const extra = unknownFields(format, known, 'text.format')
  return hasFields(extra) ? { ...others, format: extra } : others
}

function parseSchema(format: JsonObject): ResponseFormat {
  const strict = optionalBoolean(format, 'strict', 'text.format')
  const description = optionalString(format, 'description', 'text.format')
  return {
    kind: 'json-schema',
    name: requireName(format, 'name', 'text.format'),
    schema: requireObject(format.schema, 'text.format.schema'),
    ...(strict === undefined ? {} : { strict }),
    ...(description === undefined ? {} : { description }),
  }
}
