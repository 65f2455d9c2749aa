import { MusivumError } from '../../core/errors.ts'
import type { AnswerEvent } from '../../core/events.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { hasFields, noFields, setField } from '../json-extra.ts'
import { parseOpenAiError } from '../openai-error.ts'
import { upstreamFailure } from '../upstream-failure.ts'
import { USAGE_DETAILS } from './answer-extra.ts'
import { parseStopReason } from './answer-words.ts'
import { createContentParser, notAnAnswer } from './parse-content.ts'
import { createUsageReader } from './usage.ts'

/**
 * A whole answer of a server as events, in the order `core/events.ts` promises. `maker` is the server's wire and host, which
 * signatures are stamped with. Throws `upstream.bad_answer` when the value is no answer, and what the server reported when it
 * is an error in a 200.
 */
export function parseMessagesAnswer(value: unknown, maker: string): readonly AnswerEvent[] {
  throwReported(value)
  if (!isJsonObject(value) || !isJsonArray(value.content)) throw notAnAnswer('it holds no content')
  const parser = createMessageParser(maker)
  const events: AnswerEvent[] = []
  parser.take({ type: 'message_start', message: { ...value, content: [] } }, events)
  for (const [index, block] of value.content.entries()) {
    if (!isJsonObject(block)) continue
    parser.take({ type: 'content_block_start', index, content_block: block }, events)
    parser.take({ type: 'content_block_stop', index }, events)
  }
  parser.close(events)
  return events
}

export type MessagesStreamParser = {
  /** Takes the `data` of one server-sent event. `message_stop` closes the answer. */
  readonly push: (data: string) => readonly AnswerEvent[]
  /** The connection has closed. Throws `upstream.cut` unless the answer had stopped. */
  readonly end: () => readonly AnswerEvent[]
  /** The answer is whole: `message_stop` came. What the server sends after it is ignored. */
  readonly done: () => boolean
}

/** A streamed answer of a server as events. Events of kinds we do not know, and pings, are skipped, as Anthropic asks. */
export function createMessagesStreamParser(maker: string): MessagesStreamParser {
  const parser = createMessageParser(maker)
  let closed = false
  function close(): readonly AnswerEvent[] {
    closed = true
    const events: AnswerEvent[] = []
    parser.close(events)
    return events
  }
  return {
    push(data) {
      if (closed) return []
      const event = parsePayload(data)
      throwReported(event)
      if (!isJsonObject(event)) throw notAnAnswer('an event of its stream is not an object')
      if (event.type === 'message_stop') {
        if (!parser.begun()) throw notAnAnswer('its stream ended before a message')
        return close()
      }
      const events: AnswerEvent[] = []
      parser.take(event, events)
      return events
    },
    end() {
      if (closed) return []
      // Some servers close without message_stop; a reason to stop says as much.
      if (parser.stopped()) return close()
      throw new MusivumError('upstream.cut', 'the server closed the connection before its answer was whole')
    },
    done: () => closed,
  }
}

type MessageParser = {
  readonly take: (event: JsonObject, events: AnswerEvent[]) => void
  readonly close: (events: AnswerEvent[]) => void
  readonly begun: () => boolean
  readonly stopped: () => boolean
}

function createMessageParser(maker: string): MessageParser {
  const content = createContentParser(maker)
  const usage = createUsageReader()
  let begun = false
  let stopReason: Json | undefined
  let stopSequence: Json | undefined

  /** A message, or what a `message_delta` says of it anew. */
  function takeMessage(message: JsonObject, events: AnswerEvent[]): void {
    usage.take(message.usage)
    stopReason = message.stop_reason ?? stopReason
    stopSequence = message.stop_sequence ?? stopSequence
    const fields = unreadFields(message)
    if (hasFields(fields)) events.push({ kind: 'extra', fields })
  }

  function takeBlock(event: JsonObject, events: AnswerEvent[]): void {
    const index = typeof event.index === 'number' ? event.index : -1
    if (!begun) throw notAnAnswer('a block comes before the message has started')
    if (event.type === 'content_block_start') content.start(index, fieldsOf(event.content_block), events)
    else if (event.type === 'content_block_delta') content.delta(index, fieldsOf(event.delta), events)
    else content.stop(index, events)
  }

  return {
    take(event, events) {
      switch (event.type) {
        case 'message_start':
          begun = true
          return takeMessage(fieldsOf(event.message), events)
        case 'message_delta': {
          const { type: _type, delta, ...rest } = event
          return takeMessage({ ...rest, ...fieldsOf(delta) }, events)
        }
        case 'content_block_start':
        case 'content_block_delta':
        case 'content_block_stop':
          return takeBlock(event, events)
      }
    },
    close(events) {
      content.close(events)
      const details = usage.details()
      if (hasFields(details)) events.push({ kind: 'extra', fields: { [USAGE_DETAILS]: details } })
      const counted = usage.usage()
      if (counted !== undefined) events.push({ kind: 'usage', usage: counted })
      const stop = typeof stopSequence === 'string' ? { stopSequence } : {}
      events.push({ kind: 'finish', choice: 0, reason: parseStopReason(stopReason) ?? 'other', ...stop })
    },
    begun: () => begun,
    stopped: () => typeof stopReason === 'string',
  }
}

function fieldsOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : noFields
}

const READ: ReadonlySet<string> = new Set([
  'id',
  'type',
  'role',
  'model',
  'content',
  'usage',
  'stop_reason',
  'stop_sequence',
])

/** Reasons to stop that our finish reasons have a word for; a client of this protocol should be told the others as they are. */
const WORDED: ReadonlySet<Json> = new Set(['end_turn', 'stop_sequence', 'max_tokens', 'tool_use', 'refusal'])

function unreadFields(message: JsonObject): JsonObject {
  const fields: Record<string, Json> = {}
  for (const key of Object.keys(message))
    if (!READ.has(key) && message[key] !== null) setField(fields, key, message[key] ?? null)
  const { stop_reason: reason } = message
  if (typeof reason === 'string' && !WORDED.has(reason)) fields['stop_reason'] = reason
  return fields
}

function throwReported(value: unknown): void {
  if (!isJsonObject(value) || (value.type !== 'error' && value.error === undefined)) return
  const failure = parseOpenAiError(value)
  if (failure !== undefined) throw upstreamFailure(failure)
}

function parsePayload(data: string): unknown {
  try {
    return JSON.parse(data) as unknown
  } catch {
    // The engine's error would quote the server's text, which may be the client's.
    throw notAnAnswer('an event of its stream is not JSON')
  }
}
