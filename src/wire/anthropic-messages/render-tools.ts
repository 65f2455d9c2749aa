import type { Conversation, Tool, ToolChoice } from '../../core/conversation.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { unsayable } from '../openai-changes.ts'
import { renderCacheMark, renderCarried } from './carried-fields.ts'
import type { ClientWords } from './client-words.ts'

/** Tools; those of kinds we do not know come after the others, and are refused where another protocol's client sent them. */
export function renderTools({ tools, extra }: Conversation, words: ClientWords): readonly Json[] {
  const others: readonly Json[] = isJsonArray(extra.tools) ? extra.tools : []
  if (others.length > 0 && !words.same)
    throw unsayable('tools', 'one of them is of a kind that the Messages protocol does not have')
  return [...tools.map((tool, index) => renderTool(tool, `tools[${index}]`, words)), ...others]
}

function renderTool(tool: Tool, path: string, words: ClientWords): JsonObject {
  const { name, description, parameters, strict, cacheMark, extra } = tool
  const body = {
    name,
    ...(description === undefined ? {} : { description }),
    input_schema: words.same ? (parameters ?? {}) : schemaOf(parameters, path, words),
    ...(strict === undefined ? {} : { strict }),
  }
  if (words.same) return { ...body, ...renderCarried({ extra, ...(cacheMark && { cacheMark }) }) }
  words.leaveOut(extra, path)
  return { ...body, ...renderCacheMark(cacheMark) }
}

/** A schema here is one of an object; OpenAI's clients may leave it out for a tool without arguments. */
function schemaOf(parameters: JsonObject | undefined, path: string, words: ClientWords): JsonObject {
  if (parameters === undefined) return { type: 'object', properties: {} }
  if (parameters.type === 'object') return parameters
  if (parameters.type !== undefined)
    throw unsayable(`${path}.parameters`, 'the arguments of a tool are an object in the Messages protocol')
  words.changed(`${path}.parameters`, 'the type "object" is added, which this protocol requires')
  return { ...parameters, type: 'object' }
}

/** Whether several tools may be called at once is said inside the choice. */
export function renderToolChoice(
  { toolChoice, parallelToolCalls }: Conversation,
  hasTools: boolean,
  words: ClientWords,
): JsonObject | undefined {
  const choice = toolChoice ?? (parallelToolCalls === undefined || !hasTools ? undefined : AUTO)
  if (choice === undefined) return undefined
  if (choice.kind === 'other') return otherChoice(choice.value, words)
  if (choice.kind === 'none' || parallelToolCalls === undefined) return wordFor(choice)
  return { ...wordFor(choice), disable_parallel_tool_use: !parallelToolCalls }
}

const AUTO = { kind: 'auto' } as const

function otherChoice(value: Json, words: ClientWords): JsonObject {
  if (words.same && isJsonObject(value)) return value
  throw unsayable('tool_choice', 'the Messages protocol has no choice of this kind')
}

function wordFor(choice: Exclude<ToolChoice, { readonly kind: 'other' }>): JsonObject {
  switch (choice.kind) {
    case 'auto':
    case 'none':
      return { type: choice.kind }
    case 'required':
      return { type: 'any' }
    case 'tool':
      return { type: 'tool', name: choice.name }
    default:
      return choice satisfies never
  }
}
