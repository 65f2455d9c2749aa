import { randomBytes } from 'node:crypto'
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../../core/json.ts'
import type { ChatMessage, ChatPrompt } from '../protocol.ts'
import type { ChatTool, ChatToolCall } from './tool-use.ts'

/**
 * A conversation as a template may see it: a placeholder for everything that somebody wrote, in messages, descriptions, names,
 * arguments and results. What is left is ours or a word of JSON Schema, so two conversations of one shape look the same.
 */
export type HiddenPrompt = {
  readonly messages: readonly HiddenTurn[]
  readonly tools?: readonly JsonObject[]
  /** What is behind the placeholders, in the order of their numbers. */
  readonly texts: readonly HiddenText[]
}

export type HiddenTurn = {
  readonly role: string
  readonly content: string
  readonly name?: string
  readonly tool_calls?: readonly JsonObject[]
  readonly tool_call_id?: string
}

export type HiddenText = {
  readonly text: string
  /**
   * `message`: white space around it is shown to the template. `word`: where a template writes it between quotation marks it is
   * part of a JSON string. `json`: a value, which takes the place of the quotation marks that a template puts around it.
   */
  readonly kind: 'message' | 'word' | 'json'
  /** What cannot be left out, for the message that says that a template did. */
  readonly needed?: string
}

// Nobody can write a placeholder: it is drawn when the process starts and never leaves it.
const MARK = `M${randomBytes(12).toString('hex')}`
export const PLACEHOLDERS = new RegExp(`(\\s*)${MARK}(\\d+)E(\\s*)`, 'g')

/** `lenient`: a template need not show what is said beside a call. */
export function hiddenPrompt({ messages, use }: ChatPrompt, { lenient = false } = {}): HiddenPrompt {
  const texts: HiddenText[] = []
  const ids = callIds(messages)
  const hide: Hide = (text, kind, needed) => {
    const place = `${MARK}${texts.push({ text, kind, ...(needed !== undefined && { needed }) }) - 1}E`
    if (kind !== 'message') return place
    const { lead, trail } = edges(text)
    return `${lead}${place}${trail}`
  }
  const turns = messages.map((message) => turn(message, { hide, ids, lenient }))
  const tools = use?.tools.map((tool) => hiddenTool(tool, hide))
  return { messages: turns, texts, ...(tools !== undefined && { tools }) }
}

export function edges(text: string): { readonly lead: string; readonly trail: string } {
  const lead = /^\s*/.exec(text)?.[0] ?? ''
  return { lead, trail: lead.length === text.length ? '' : (/\s*$/.exec(text)?.[0] ?? '') }
}

type Hide = (text: string, kind: HiddenText['kind'], needed?: string) => string
type Turning = { readonly hide: Hide; readonly ids: ReadonlyMap<string, CallOf>; readonly lenient: boolean }
type CallOf = { readonly id: string; readonly name: string }

function turn(message: ChatMessage, { hide, ids, lenient }: Turning): HiddenTurn {
  const { role, text, calls = [], callId } = message
  const needed = `a message of the role ${role}`
  if (callId !== undefined) {
    const call = ids.get(callId)
    const name = call === undefined ? {} : { name: hide(call.name, 'word') }
    return { role, content: hide(text, 'word', needed), tool_call_id: call?.id ?? numbered(0), ...name }
  }
  const name = message.name === undefined ? {} : { name: hide(message.name, 'word') }
  if (calls.length === 0) return { role, content: hide(text, 'message', needed), ...name }
  const content = text === '' ? '' : hide(text, 'message', lenient ? undefined : needed)
  return { role, content, ...name, tool_calls: calls.map((call) => hiddenCall(call, hide, ids)) }
}

function hiddenCall(call: ChatToolCall, hide: Hide, ids: ReadonlyMap<string, CallOf>): JsonObject {
  const name = hide(call.name, 'word', 'the call of a tool')
  const args = hide(call.arguments, 'json', 'the arguments of a call')
  return { id: ids.get(call.id)?.id ?? numbered(0), type: 'function', function: { name, arguments: args } }
}

/** Ids are the client's text too. Those of Mistral's templates must have nine letters. */
function callIds(messages: readonly ChatMessage[]): ReadonlyMap<string, CallOf> {
  const calls = messages.flatMap((message) => message.calls ?? [])
  return new Map(calls.map(({ id, name }, index) => [id, { id: numbered(index + 1), name }]))
}

function numbered(index: number): string {
  return String(index).padStart(9, '0')
}

function hiddenTool({ name, description, parameters }: ChatTool, hide: Hide): JsonObject {
  return {
    type: 'function',
    function: {
      name: hide(name, 'word', 'the name of a tool'),
      // Templates put it together with other texts, whether it is there or not.
      description: hide(
        description ?? '',
        'word',
        description === undefined ? undefined : 'the description of a tool',
      ),
      parameters: hiddenSchema(parameters, hide),
    },
  }
}

/** Templates look into schemas; the words of JSON Schema are not the client's. */
function hiddenSchema(value: Json, hide: Hide): Json {
  if (typeof value === 'string') return WORDS.has(value) ? value : hide(value, 'word')
  if (isJsonArray(value)) return value.map((item) => hiddenSchema(item, hide))
  if (!isJsonObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      WORDS.has(key) ? key : hide(key, 'word'),
      hiddenSchema(inner, hide),
    ]),
  )
}

/** Of JSON Schema, and of what stands around one in a list of tools. */
export const WORDS: ReadonlySet<string> = new Set(
  `type properties required items description enum const default title format anyOf oneOf allOf not additionalProperties
  patternProperties propertyNames prefixItems minItems maxItems uniqueItems minLength maxLength pattern minimum maximum
  exclusiveMinimum exclusiveMaximum multipleOf minProperties maxProperties nullable examples $ref $defs definitions
  object array string number integer boolean null true false function name parameters arguments`.split(/\s+/),
)
