import { MusivumError } from '../../core/errors.ts'
import type { Signature } from '../../core/conversation.ts'
import type { AnswerEvent } from '../../core/events.ts'
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { parseExtraContent } from './carried-signature.ts'

/** OpenAI allows 128 tools; an answer that calls more than eight times as many is a loop of the model. */
const MAX_TOOL_CALLS = 1024

type Call = {
  /** Given when the call starts. */
  index: number
  id: string
  name: string
  /** What came before the name was known. */
  held: string
  /** Gemini's comes with the first piece, which is also the only one. */
  signature: Signature | undefined
  started: boolean
}

export type ToolCallParser = {
  readonly take: (deltas: readonly Json[], events: AnswerEvent[]) => void
  readonly close: (events: AnswerEvent[]) => void
}

/**
 * Puts the tool calls of one choice together. We number them as their names arrive, because vendors' own numbers cannot be
 * relied on: some leave `index` out, some send 0 for every call, some send a whole call in one piece.
 */
export function createToolCallParser(choice: number, answerId: string, maker: string): ToolCallParser {
  const calls: Call[] = []
  const byVendorIndex = new Map<number, Call>()
  let startedCalls = 0

  function add(id: string): Call {
    if (calls.length >= MAX_TOOL_CALLS) throw tooManyCalls()
    const call: Call = { index: -1, id, name: '', held: '', signature: undefined, started: false }
    calls.push(call)
    return call
  }

  function findOrAdd(delta: JsonObject, id: string, name: string): Call {
    const vendorIndex = typeof delta.index === 'number' ? delta.index : undefined
    if (vendorIndex === undefined)
      return (id === '' && name === '' ? calls.at(-1) : withId(calls, id)) ?? add(id)
    const known = byVendorIndex.get(vendorIndex)
    if (known !== undefined && !beginsAnother(known, id, name)) return known
    const call = add(id)
    byVendorIndex.set(vendorIndex, call)
    return call
  }

  function start(call: Call, events: AnswerEvent[]): void {
    call.started = true
    call.index = startedCalls++
    // Without an id the client could not say which call its result is for. The answer's id keeps turns apart.
    if (call.id === '') call.id = `call_${answerId}${answerId === '' ? '' : '_'}${choice}_${call.index}`
    const { index, id, name, signature } = call
    const signed = signature === undefined ? {} : { signature }
    events.push({ kind: 'tool-call-start', choice, index, id, name, ...signed })
    pushArguments(call, call.held, events)
    call.held = ''
  }

  function pushArguments(call: Call, text: string, events: AnswerEvent[]): void {
    if (text !== '') events.push({ kind: 'tool-call-delta', choice, index: call.index, arguments: text })
  }

  return {
    take(deltas, events) {
      for (const delta of deltas) {
        if (!isJsonObject(delta)) continue
        const called = isJsonObject(delta.function) ? delta.function : {}
        const id = typeof delta.id === 'string' ? delta.id : ''
        const name = typeof called.name === 'string' ? called.name : ''
        const call = findOrAdd(delta, id, name)
        if (call.id === '') call.id = id
        if (call.name === '') call.name = name
        call.signature ??= parseExtraContent(delta.extra_content, maker)
        const text = argumentsOf(called.arguments)
        if (call.started) pushArguments(call, text, events)
        else call.held += text
        if (!call.started && call.name !== '') start(call, events)
      }
    },
    close(events) {
      for (const call of calls) {
        if (!call.started && call.held === '') continue
        if (!call.started) start(call, events)
        events.push({ kind: 'tool-call-end', choice, index: call.index })
      }
    },
  }
}

function tooManyCalls(): MusivumError {
  return new MusivumError('upstream.bad_answer', `the server sent more than ${MAX_TOOL_CALLS} tool calls`)
}

/** The call with this id, where the delta has one; a delta with a name and no id begins a call. */
function withId(calls: readonly Call[], id: string): Call | undefined {
  return id === '' ? undefined : calls.find((call) => call.id === id)
}

/** Same number, but another call: both a new id and a name came. Older vLLM made a new id for every piece, without a name. */
function beginsAnother(known: Call, id: string, name: string): boolean {
  return known.name !== '' && name !== '' && id !== '' && id !== known.id
}

/** Text as the protocol says; some servers put the object itself. */
function argumentsOf(value: Json | undefined): string {
  if (typeof value === 'string') return value
  return isJsonObject(value) ? JSON.stringify(value) : ''
}
