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
import { nestedTool } from './loose-forms.ts'

/** Functions as tools; `others` are tools of kinds we do not know, whole. */
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
    else if (typeof tool.type === 'string' && tool.type !== '') others.push(nestedTool(tool))
    else throw invalidChoice(pathOf(path, 'type'), ['function'], tool.type)
  }
  return { tools, others }
}

const TOOL: ReadonlySet<string> = new Set(['type', 'function'])
const FUNCTION: ReadonlySet<string> = new Set(['name', 'description', 'parameters', 'strict'])

function parseFunction(tool: JsonObject, path: string): Tool {
  const at = pathOf(path, 'function')
  const described = requireObject(tool.function, at)
  const description = optionalString(described, 'description', at)
  const parameters = optionalObject(described, 'parameters', at)
  const strict = optionalBoolean(described, 'strict', at)
  if (parameters !== undefined) checkToolSchema(parameters, pathOf(at, 'parameters'))
  const inner = unknownFields(described, FUNCTION, at)
  const { cacheMark, extra: outer } = takeCacheMark(unknownFields(tool, TOOL, path))
  return {
    name: requireName(described, 'name', at),
    ...(description === undefined ? {} : { description }),
    ...(parameters === undefined ? {} : { parameters }),
    ...(strict === undefined ? {} : { strict }),
    ...(cacheMark === undefined ? {} : { cacheMark }),
    extra: hasFields(inner) ? { ...outer, function: inner } : outer,
  }
}

export function parseToolChoice(choice: Json | undefined): ToolChoice | undefined {
  if (choice === undefined) return undefined
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { kind: choice }
  if (!isJsonObject(choice)) throw invalidChoice('tool_choice', ['auto', 'none', 'required'], choice)
  if (choice.type !== 'function') {
    if (typeof choice.type !== 'string') throw invalidChoice('tool_choice.type', ['function'], choice.type)
    return { kind: 'other', value: choice }
  }
  const named = requireObject(choice.function, 'tool_choice.function')
  const name = requireName(named, 'name', 'tool_choice.function')
  const plain = Object.keys(choice).length === 2 && Object.keys(named).length === 1
  return plain ? { kind: 'tool', name } : { kind: 'other', value: choice }
}

type ParsedFormat = { readonly responseFormat?: ResponseFormat; readonly extra: JsonObject }

/** A format of a kind we do not know travels whole in `extra`, as do the unknown fields of one that we do. */
export function parseResponseFormat(format: JsonObject | undefined): ParsedFormat {
  switch (format?.type) {
    case 'text':
      return { responseFormat: { kind: 'text' }, extra: unknownFields(format, FORMAT, 'response_format') }
    case 'json_object':
      return { responseFormat: { kind: 'json' }, extra: unknownFields(format, FORMAT, 'response_format') }
    case 'json_schema':
      return parseSchemaFormat(format)
    default:
      if (format === undefined) return { extra: noFields }
      if (typeof format.type !== 'string' || format.type === '')
        throw invalidChoice('response_format.type', ['text', 'json_object', 'json_schema'], format.type)
      return { extra: format }
  }
}

const FORMAT: ReadonlySet<string> = new Set(['type'])
const SCHEMA_FORMAT: ReadonlySet<string> = new Set(['type', 'json_schema'])
const SCHEMA: ReadonlySet<string> = new Set(['name', 'schema', 'strict', 'description'])

function parseSchemaFormat(format: JsonObject): ParsedFormat {
  const at = 'response_format.json_schema'
  const wrapped = requireObject(format.json_schema, at)
  const strict = optionalBoolean(wrapped, 'strict', at)
  const description = optionalString(wrapped, 'description', at)
  const inner = unknownFields(wrapped, SCHEMA, at)
  const outer = unknownFields(format, SCHEMA_FORMAT, 'response_format')
  return {
    responseFormat: {
      kind: 'json-schema',
      name: requireName(wrapped, 'name', at),
      schema: requireObject(wrapped.schema, pathOf(at, 'schema')),
      ...(strict === undefined ? {} : { strict }),
      ...(description === undefined ? {} : { description }),
    },
    extra: hasFields(inner) ? { ...outer, json_schema: inner } : outer,
  }
}
