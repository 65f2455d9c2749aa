import type { Tool, ToolChoice } from '../../core/conversation.ts'
import type { Json, JsonObject } from '../../core/json.ts'
import {
  invalidChoice,
  optionalArray,
  optionalBoolean,
  optionalString,
  pathOf,
  requireName,
  requireObject,
} from '../field-checks.ts'
import { noFields } from '../json-extra.ts'
import { checkToolSchema } from '../openai-tool-schema.ts'
import { parseCarried } from './carried-fields.ts'

/** Tools with a schema; `others` are those that the vendor defines or runs, such as `web_search_20260209`, whole. */
export function parseTools(root: JsonObject): {
  readonly tools: readonly Tool[]
  readonly others: readonly Json[]
} {
  const tools: Tool[] = []
  const others: Json[] = []
  for (const [index, value] of (optionalArray(root, 'tools', '') ?? []).entries()) {
    const path = `tools[${index}]`
    const tool = requireObject(value, path)
    const type = optionalString(tool, 'type', path) ?? 'custom'
    if (type === 'custom') tools.push(parseTool(tool, path))
    else others.push(tool)
  }
  return { tools, others }
}

const TOOL: ReadonlySet<string> = new Set(['name', 'description', 'input_schema', 'strict'])

function parseTool(tool: JsonObject, path: string): Tool {
  const description = optionalString(tool, 'description', path)
  const strict = optionalBoolean(tool, 'strict', path)
  const at = pathOf(path, 'input_schema')
  const parameters = requireObject(tool.input_schema, at)
  checkToolSchema(parameters, at)
  const { cacheMark, extra } = parseCarried(tool, TOOL, path)
  return {
    name: requireName(tool, 'name', path),
    ...(description === undefined ? {} : { description }),
    parameters,
    ...(strict === undefined ? {} : { strict }),
    ...(cacheMark === undefined ? {} : { cacheMark }),
    extra: extra ?? noFields,
  }
}

export type ParsedToolChoice = { readonly toolChoice?: ToolChoice; readonly parallelToolCalls?: boolean }

export function parseToolChoice(choice: Json | undefined): ParsedToolChoice {
  if (choice === undefined || choice === null) return {}
  const given = requireObject(choice, 'tool_choice')
  const serial = optionalBoolean(given, 'disable_parallel_tool_use', 'tool_choice')
  const toolChoice = choiceOf(given)
  return {
    toolChoice,
    ...(serial === undefined || toolChoice.kind === 'other' ? {} : { parallelToolCalls: !serial }),
  }
}

function choiceOf(given: JsonObject): ToolChoice {
  const { type, disable_parallel_tool_use: _serial, ...rest } = given
  const plain = Object.keys(rest).length === 0
  switch (type) {
    case 'auto':
    case 'none':
      return plain ? { kind: type } : { kind: 'other', value: given }
    case 'any':
      return plain ? { kind: 'required' } : { kind: 'other', value: given }
    case 'tool': {
      const name = requireName(given, 'name', 'tool_choice')
      return Object.keys(rest).length === 1 ? { kind: 'tool', name } : { kind: 'other', value: given }
    }
    default:
      if (typeof type !== 'string' || type === '')
        throw invalidChoice('tool_choice.type', ['auto', 'any', 'tool', 'none'], type)
      return { kind: 'other', value: given }
  }
}
