import type { Message, Part, Signature } from '../../core/conversation.ts'
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import {
  describeValue,
  invalid,
  invalidChoice,
  optionalArray,
  pathOf,
  requireName,
  requireObject,
  requireString,
} from '../field-checks.ts'
import { hasFields, unknownFields } from '../json-extra.ts'
import { parseEncryptedContent } from './carried-signature.ts'
import { parseContent, textTypeOf } from './parse-content.ts'

/**
 * Items as messages. What the model said in a row (reasoning, text, calls) becomes one message of the assistant, as the
 * other protocols have it; `extra.message` of a part begins a message item and holds its fields, `extra.item` those of
 * a reasoning item, so that the same items come out again. `pathOf` says where an item stands. Throws `request.*`.
 */
export function parseItems(items: readonly Json[], pathAt: (index: number) => string): readonly Message[] {
  const reader = createItemReader()
  for (const [index, value] of items.entries())
    reader.take(requireObject(value, pathAt(index)), pathAt(index))
  return reader.messages
}

function createItemReader() {
  const messages: Message[] = []
  const callSignatures = new Map<string, Signature>()
  let turn: Part[] | undefined

  function assistantTurn(): Part[] {
    if (turn === undefined) {
      turn = []
      messages.push({ role: 'assistant', parts: turn, extra: {} })
    }
    return turn
  }

  function say(message: Message): void {
    turn = undefined
    messages.push(message)
  }

  function takeMessage(item: JsonObject, path: string): void {
    const message = parseMessage(item, path)
    if (message.role !== 'assistant') say(message)
    else if (message.parts.length > 0) assistantTurn().push(...asTurn(message, turn?.at(-1)))
  }

  function takeReasoning(item: JsonObject, path: string): void {
    const returned = parseEncryptedContent(item)
    if (returned?.kind === 'tool-call') callSignatures.set(returned.callId, returned.signature)
    const parts = parseReasoningItem(
      item,
      returned?.kind === 'reasoning' ? returned.signature : undefined,
      path,
    )
    if (returned?.kind !== 'tool-call' || parts.some((part) => part.kind === 'reasoning' && part.text !== ''))
      assistantTurn().push(...parts)
  }

  return {
    messages,
    take(item: JsonObject, path: string): void {
      switch (item.type ?? 'message') {
        case 'message':
          return takeMessage(item, path)
        case 'reasoning':
          return takeReasoning(item, path)
        case 'function_call': {
          assistantTurn().push(parseFunctionCall(item, callSignatures, path))
          return
        }
        case 'function_call_output':
          return say(parseFunctionOutput(item, path))
        default: {
          const part: Part = { kind: 'other', value: item, extra: { item: true } }
          if (isSaidByModel(requireName(item, 'type', path))) assistantTurn().push(part)
          else say({ role: 'user', parts: [part], extra: {} })
        }
      }
    },
  }
}

/** Calls of a vendor's own tools are history that a model can do without; results, references and summaries are not. */
function isSaidByModel(type: string): boolean {
  return type.endsWith('_call') || type === 'mcp_list_tools' || type === 'mcp_approval_request'
}

const ROLES = ['user', 'assistant', 'system', 'developer'] as const
const MESSAGE: ReadonlySet<string> = new Set(['type', 'role', 'content'])
const CALL: ReadonlySet<string> = new Set(['type', 'call_id', 'name', 'arguments'])
const OUTPUT: ReadonlySet<string> = new Set(['type', 'call_id', 'output'])
const REASONING: ReadonlySet<string> = new Set(['type', 'summary', 'content', 'encrypted_content'])

function parseMessage(item: JsonObject, path: string): Message {
  const role = ROLES.find((known) => known === item.role)
  if (role === undefined) throw invalidChoice(pathOf(path, 'role'), ROLES, item.role)
  const parts = parseContent(item.content, textTypeOf(role), pathOf(path, 'content'))
  return { role, parts, extra: unknownFields(item, MESSAGE, path) }
}

/** Parts of a message item within a turn: the first says where the item begins, unless that is plain to see. */
function asTurn({ parts, extra }: Message, before: Part | undefined): readonly Part[] {
  const [first, ...others] = parts
  const plain = !hasFields(extra) && (before === undefined || !isContent(before))
  if (first === undefined || plain) return parts
  return [{ ...first, extra: { ...first.extra, message: extra } }, ...others]
}

/** Stands in the content of a message item. */
export function isContent(part: Part): boolean {
  if (part.kind === 'other') return part.extra?.item !== true
  return part.kind !== 'reasoning' && part.kind !== 'tool-call'
}

function parseFunctionCall(item: JsonObject, signatures: ReadonlyMap<string, Signature>, path: string): Part {
  const id = requireName(item, 'call_id', path)
  const extra = unknownFields(item, CALL, path)
  const signature = signatures.get(id)
  return {
    kind: 'tool-call',
    id,
    name: requireName(item, 'name', path),
    arguments: requireString(item, 'arguments', path),
    ...(signature === undefined ? {} : { signature }),
    ...(hasFields(extra) ? { extra } : {}),
  }
}

function parseFunctionOutput(item: JsonObject, path: string): Message {
  const id = requireName(item, 'call_id', path)
  const content = parseContent(item.output, 'input_text', pathOf(path, 'output'))
  const parts = content.map((part): Part =>
    part.kind === 'text' ? { ...part, kind: 'tool-result', id } : part,
  )
  const hasText = parts.some((part) => part.kind === 'tool-result')
  return {
    role: 'tool',
    // Only a text can hold the id.
    parts: hasText ? parts : [{ kind: 'tool-result', id, text: '' }, ...parts],
    extra: unknownFields(item, OUTPUT, path),
  }
}

/** One part per text of the summary and of the content; the last carries what the vendor signed them with. */
function parseReasoningItem(
  item: JsonObject,
  signature: Signature | undefined,
  path: string,
): readonly Part[] {
  const { id, ...others } = unknownFields(item, REASONING, path)
  // A signature holds the id it belongs to.
  const fields = signature === undefined && id !== undefined ? { ...others, id } : others
  const texts = [...textsOf(item, 'summary', path), ...textsOf(item, 'content', path)]
  const [first = { text: '' }, ...rest] = texts
  const parts: ReasoningPart[] = [first, ...rest].map(({ text, extra }, index) => {
    const all = { ...extra, ...(index === 0 ? { item: fields } : {}) }
    return { kind: 'reasoning', text, extra: all }
  })
  const last = parts.at(-1)
  if (last !== undefined && signature !== undefined) parts[parts.length - 1] = { ...last, signature }
  return parts
}

type ReasoningPart = Extract<Part, { readonly kind: 'reasoning' }>

type ReasoningText = { readonly text: string; readonly extra?: JsonObject }

function textsOf(item: JsonObject, key: 'summary' | 'content', path: string): readonly ReasoningText[] {
  const at = pathOf(path, key)
  const list = optionalArray(item, key, path) ?? []
  return list.map((value, index) => {
    const { text, ...extra } = requireObject(value, `${at}[${index}]`)
    if (typeof text !== 'string') throw invalid(`${at}[${index}].text`, 'a string', describeValue(text))
    return { text, extra }
  })
}

/** Ids of items that stand in for items a store holds. */
export function referencesIn(items: readonly Json[]): readonly string[] {
  return items.flatMap((item) => {
    if (!isJsonObject(item) || item.type !== 'item_reference') return []
    return typeof item.id === 'string' ? [item.id] : []
  })
}

/** The first result whose call is not among the items before it, by its place. */
export function findOrphan(items: readonly Json[]): number {
  const called = new Set<Json | undefined>()
  return items.findIndex((item) => {
    if (!isJsonObject(item)) return false
    if (item.type === 'function_call') called.add(item.call_id)
    return item.type === 'function_call_output' && !called.has(item.call_id)
  })
}
