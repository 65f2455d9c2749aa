import type { MusivumError } from '../../core/errors.ts'
import type { AnswerEvent } from '../../core/events.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { noUsage, type Usage } from '../../core/usage.ts'
import { nestedExtra, setField } from '../json-extra.ts'
import { indexIn, topLevelFields, USAGE_DETAILS } from './answer-extra.ts'
import { messageId, renderStop, type Stop } from './answer-words.ts'
import { createContentWriter } from './content-writer.ts'
import { renderMessagesError } from './error-body.ts'
import { eventText } from './event-text.ts'
import { renderMessagesUsage } from './usage.ts'

export type MessagesStreamOptions = {
  readonly requestId: string
  /** The name the client is told. */
  readonly model: string
  /** Tokens of the prompt, where they are known before the answer: clients show them while it comes. */
  readonly inputTokens?: number
  /** What we know of the answer and Anthropic has no field for; it stands in the message that starts. */
  readonly musivum?: JsonObject
}

export type MessagesStreamRenderer = {
  /** The server-sent events for `event`, '' when there is nothing to send yet. */
  readonly render: (event: AnswerEvent) => string
  /** The last events of a whole answer, `message_stop` included. */
  readonly end: () => string
  /** The last event of an answer that broke: no `message_stop` follows, so no client takes it for whole. */
  readonly error: (error: MusivumError) => string
}

/** Keeps the connection of a client alive that waits for the first token; may stand between any two events. */
export const MESSAGES_PING = eventText('ping', { type: 'ping' })

/** Answer events as the server-sent events of a message. Of several answers the protocol has the first. */
export function createMessagesStreamRenderer(options: MessagesStreamOptions): MessagesStreamRenderer {
  const content = createContentWriter((events) => {
    startMessage()
    out += events
  })
  const fields: Record<string, Json> = {}
  let out = ''
  let started = false
  let usage: Usage | undefined
  let stop: Stop = { reason: 'other', callsTools: false, refuses: false }

  function startMessage(): void {
    if (started) return
    started = true
    const message = startedMessage(options, usage, fields)
    out += eventText('message_start', { type: 'message_start', message })
  }

  function takeField(key: string, value: Json): void {
    if (indexIn(key, 'content_block_') !== undefined && isJsonObject(value)) content.whole(value)
    else if (indexIn(key, 'citations_') !== undefined && isJsonArray(value)) content.cite(value)
    else setField(fields, key, value)
  }

  function takeFinish({ reason, stopSequence }: EventOf<'finish'>): void {
    stop = { ...stop, reason, ...(stopSequence !== undefined && { stopSequence }) }
  }

  function take(event: AnswerEvent): void {
    switch (event.kind) {
      case 'text-delta':
        return event.text === '' ? undefined : content.text(event.text)
      case 'reasoning-delta':
        return event.text === '' ? undefined : content.reason(event.text)
      case 'refusal-delta':
        stop = { ...stop, refuses: true }
        return event.text === '' ? undefined : content.refuse(event.text)
      case 'text-start':
      case 'text-end':
      case 'reasoning-start':
        return content.endSaid()
      case 'reasoning-end':
        return content.endReasoning(event.signature)
      case 'tool-call-start':
        stop = { ...stop, callsTools: true }
        return content.startCall(event)
      case 'tool-call-delta':
        return content.addToCall(event.index, event.arguments)
      case 'tool-call-end':
        return content.endCall(event.index)
      case 'usage':
        usage = event.usage
        return
      case 'extra':
        return Object.entries(event.fields).forEach(([key, value]) => takeField(key, value))
      case 'finish':
        return takeFinish(event)
      default:
        return event satisfies never
    }
  }

  function sent(): string {
    const events = out
    out = ''
    return events
  }

  return {
    render(event) {
      if (!('choice' in event) || event.choice === 0) take(event)
      return sent()
    },
    end() {
      startMessage()
      content.endAll()
      out += eventText('message_delta', endOfMessage(stop, usage, fields)) + MESSAGE_STOP
      return sent()
    },
    error: (error) => eventText('error', renderMessagesError(error, options.requestId)),
  }
}

type EventOf<Kind extends AnswerEvent['kind']> = Extract<AnswerEvent, { readonly kind: Kind }>

const MESSAGE_STOP = eventText('message_stop', { type: 'message_stop' })

function startedMessage(
  { requestId, model, inputTokens = 0, musivum }: MessagesStreamOptions,
  usage: Usage | undefined,
  fields: Record<string, Json>,
): JsonObject {
  return {
    ...takenTopLevel(fields),
    id: messageId(requestId),
    type: 'message',
    role: 'assistant',
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: renderMessagesUsage(usage ?? { ...noUsage, inputTokens }),
    ...(musivum === undefined ? {} : { musivum }),
  }
}

/** What came too late for the message that started stands beside the usage, as Anthropic's own late fields do. */
function endOfMessage(stop: Stop, usage: Usage | undefined, fields: Record<string, Json>): JsonObject {
  return {
    ...takenTopLevel(fields),
    type: 'message_delta',
    delta: renderStop(stop, fields),
    usage: renderMessagesUsage(usage, nestedExtra(fields, USAGE_DETAILS)),
  }
}

/** The fields for the top level, which are said once. */
function takenTopLevel(fields: Record<string, Json>): JsonObject {
  const taken = topLevelFields(fields)
  for (const key of Object.keys(taken)) Reflect.deleteProperty(fields, key)
  return taken
}
