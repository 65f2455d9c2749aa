import type { Conversation, Tool, ToolChoice } from '../../core/conversation.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { unsayable } from '../openai-changes.ts'
import { renderCacheMark, renderCarried } from './carried-fields.ts'
import type { ClientWords } from './client-words.ts'

/**
 * Tools; those of kinds we do not know come after the others. Of another protocol's client they are offers that the model
 * can do without (Codex always offers two): they are left out, and only a choice that wants one of them is refused.
 */
export function renderTools({ tools, extra }: Conversation, words: ClientWords): readonly Json[] {
  const rendered = tools.map((tool, index) => renderTool(tool, `tools[${index}]`, words))
  const others: readonly Json[] = isJsonArray(extra.tools) ? extra.tools : []
  if (words.same) return [...rendered, ...others]
  if (others.length > 0) words.leftOut('tools[]', 'this protocol has no tools of this kind')
  return rendered
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
  if (!words.same && !hasTools) return choiceWithoutTools(choice)
  if (choice.kind === 'none' || parallelToolCalls === undefined) return wordFor(choice)
  return { ...wordFor(choice), disable_parallel_tool_use: !parallelToolCalls }
}

const AUTO = { kind: 'auto' } as const

function choiceWithoutTools({ kind }: Exclude<ToolChoice, { readonly kind: 'other' }>): undefined {
  if (kind === 'auto' || kind === 'none') return undefined
  throw unsayable('tool_choice', 'the Messages protocol has none of the tools it wants')
}

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
