import type { Conversation, Dialect, Tool, WireChange } from '../../../core/conversation.ts'
import { MusivumError } from '../../../core/errors.ts'
import { isJsonObject, type JsonObject } from '../../../core/json.ts'
import type { SchemaGap } from '../../engine.ts'
import { jsonSchemaGrammar, schemaGaps } from '../json-grammar.ts'
import type { ChatTool, ToolUse } from './tool-use.ts'

/**
 * The tools of a conversation, each with the grammar of its arguments; undefined where there are none.
 *
 * Arguments of a strict tool are held to all of its schema, or it is refused. Those of any other are held to what the grammar
 * can say: what it cannot is told (`looserTools`), and it is the client's to check, as with vendors.
 *
 * @throws MusivumError `request.unsupported` with the keyword and its path, or `request.invalid`
 */
export function toolUse(conversation: Conversation): ToolUse | undefined {
  const { tools, toolChoice: choice = { kind: 'auto' }, parallelToolCalls: parallel } = conversation
  if (choice.kind === 'other')
    throw unsupported('tool_choice: the embedded engine knows auto, none, required and the name of a tool')
  const only = choice.kind === 'tool' ? choice.name : undefined
  checkNames(tools, only)
  if (tools.length === 0 && choice.kind === 'required')
    throw invalid('tool_choice is required, but there are no tools.')
  if (tools.length === 0) return undefined
  const most = choice.kind === 'none' ? 0 : parallel === false ? 1 : MAX_CALLS
  return {
    tools: withinLimit(tools.map((tool, index) => chatTool(tool, index, conversation.dialect))),
    least: choice.kind === 'required' || only !== undefined ? 1 : 0,
    most,
    ...(only !== undefined && { only }),
  }
}

/** What of their schemas the arguments of tools are not held to while they are written. */
export function looserTools({ tools, dialect }: Conversation): readonly WireChange[] {
  const whys = new Set(tools.map(({ parameters }) => whyLooser(parameters)))
  return [...whys].flatMap((why) =>
    why === undefined ? [] : [{ kind: 'changed' as const, path: `tools[].${SCHEMA_FIELD[dialect]}`, why }],
  )
}

/** An answer of so many calls has been more than agents take; each further one costs the engine a rule. */
const MAX_CALLS = 32
const MAX_TOOLS = 128
/** 128 tools of half a page each. The engine reads it in a tenth of a second. */
const MAX_GRAMMAR_CHARS = 1024 * 1024

const SCHEMA_FIELD: Readonly<Record<Dialect, string>> = {
  'openai-chat': 'function.parameters',
  'openai-responses': 'parameters',
  'anthropic-messages': 'input_schema',
}

/** In the form of Mistral a name ends where a bracket begins; elsewhere it stands in quotation marks. */
const NAME = /^[\w.:/-]{1,128}$/

function checkNames(tools: readonly Tool[], only: string | undefined): void {
  if (tools.length > MAX_TOOLS)
    throw invalid(`tools has ${tools.length} entries; at most ${MAX_TOOLS} fit one request.`)
  const names = new Set<string>()
  for (const [index, { name }] of tools.entries()) {
    if (!NAME.test(name))
      throw invalid(
        `tools[${index}]: expected a name of up to 128 letters, digits and _ . : / -, got another.`,
      )
    if (names.has(name)) throw invalid(`tools[${index}]: has the name of one before it.`)
    names.add(name)
  }
  if (only !== undefined && !names.has(only))
    throw invalid('tool_choice names a tool that is not among tools.')
}

function chatTool(tool: Tool, index: number, dialect: Dialect): ChatTool {
  const { name, description, parameters = NO_ARGUMENTS, strict } = tool
  const place = `tools[${index}].${SCHEMA_FIELD[dialect]}`
  return {
    name,
    ...(description !== undefined && { description }),
    parameters,
    grammar: strict === true ? strictGrammar(parameters, place) : looseGrammar(parameters),
  }
}

function strictGrammar(parameters: JsonObject, place: string): string {
  const schema = argumentsSchema(parameters)
  const [gap] = schemaGaps(schema)
  if (gap === undefined) return jsonSchemaGrammar(schema)
  const why = `${place}: the embedded engine does not hold arguments to ${gapText(gap)} while it writes them, as strict asks`
  throw new MusivumError('request.unsupported', `${why}. Leave out the keyword, or strict.`, {
    ...gap,
    param: place,
  })
}

function looseGrammar(parameters: JsonObject): string {
  const schema = argumentsSchema(parameters)
  return refusalOf(schema) === undefined ? jsonSchemaGrammar(schema) : jsonSchemaGrammar(ANY_ARGUMENTS)
}

const NO_ARGUMENTS: JsonObject = { type: 'object', properties: {} }
const ANY_ARGUMENTS: JsonObject = { type: 'object' }

const known = new WeakMap<JsonObject, JsonObject>()

/** Arguments are always an object; one that declares no properties and allows no others by name has none. */
function argumentsSchema(parameters: JsonObject): JsonObject {
  const before = known.get(parameters)
  if (before !== undefined) return before
  const { properties } = parameters
  const none =
    isJsonObject(properties) && Object.keys(properties).length === 0 && !MORE.some((key) => key in parameters)
  const schema = { ...parameters, type: 'object', ...(none && { additionalProperties: false }) }
  known.set(parameters, schema)
  return schema
}

const MORE = [
  'additionalProperties',
  'patternProperties',
  'required',
  '$ref',
  'allOf',
  'anyOf',
  'oneOf',
  'if',
]

function refusalOf(schema: JsonObject): MusivumError | undefined {
  try {
    jsonSchemaGrammar(schema)
    return undefined
  } catch (thrown) {
    if (thrown instanceof MusivumError) return thrown
    throw thrown
  }
}

/** A header has room for so many. */
const MAX_TOLD_GAPS = 5

function whyLooser(parameters: JsonObject = NO_ARGUMENTS): string | undefined {
  const schema = argumentsSchema(parameters)
  const refused = refusalOf(schema)
  if (refused !== undefined) {
    const { keyword, path } = refused.facts
    const where =
      typeof keyword === 'string' && typeof path === 'string' ? gapText({ keyword, path }) : 'this schema'
    return `any object is allowed: no grammar for ${where}`
  }
  const gaps = schemaGaps(schema)
  if (gaps.length === 0) return undefined
  const more = gaps.length > MAX_TOLD_GAPS ? ` and ${gaps.length - MAX_TOLD_GAPS} more` : ''
  return `not held to while arguments are written: ${gaps.slice(0, MAX_TOLD_GAPS).map(gapText).join(', ')}${more}`
}

/** A path is made of the client's own names: one that is no plain name is not repeated. */
function gapText({ keyword, path }: SchemaGap): string {
  const shown = /^[\w$-]{1,40}$/.test(keyword) ? keyword : 'a keyword'
  return /^[\w$/#~-]{1,100}$/.test(path) ? `${shown} at ${path}` : shown
}

function withinLimit(tools: readonly ChatTool[]): readonly ChatTool[] {
  const chars = tools.reduce((sum, { grammar }) => sum + grammar.length, 0)
  if (chars <= MAX_GRAMMAR_CHARS) return tools
  throw unsupported(
    `tools: their schemas are ${chars} characters of grammar together; at most ${MAX_GRAMMAR_CHARS} can be held to`,
  )
}

function unsupported(message: string): MusivumError {
  return new MusivumError('request.unsupported', `${message}.`)
}

function invalid(message: string): MusivumError {
  return new MusivumError('request.invalid', message)
}
