import type { Conversation, Dialect, WireChange } from '../core/conversation.ts'
import { MusivumError } from '../core/errors.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../core/json.ts'
import { pathOf } from './field-checks.ts'

/**
 * What a renderer of OpenAI's protocols left out or said differently. Paths name a place of a protocol and not one
 * message (`messages[].name`), and each is told once: they travel in a header, and an agent's history has hundreds of
 * messages.
 */
export type ChangeLog = {
  readonly leftOut: (path: string, why: string) => void
  readonly changed: (path: string, why: string) => void
  readonly all: () => readonly WireChange[]
}

export function createChangeLog(): ChangeLog {
  const changes = new Map<string, WireChange>()
  const note = (kind: WireChange['kind'], path: string, why: string): void => {
    const key = `${path}: ${why}`
    if (!changes.has(key)) changes.set(key, { kind, path, why })
  }
  return {
    leftOut: (path, why) => note('left-out', path, why),
    changed: (path, why) => note('changed', path, why),
    all: () => [...changes.values()],
  }
}

/** Notes every field of `extra`: they mean nothing outside of the client's own protocol. `place` '' is the body. */
export function leaveOutFields(log: ChangeLog, extra: JsonObject | undefined, place: string): void {
  for (const [key, value] of Object.entries(extra ?? {})) {
    if (value === null || (place === '' ? isSaidElsewhere(key, value) : BOOKKEEPING.has(key))) continue
    const path = pathOf(place, shown(key))
    if (place === '' && READ_FIELDS.has(key) && isJsonObject(value)) leaveOutFields(log, value, path)
    else log.leftOut(path, 'the server speaks another protocol')
  }
}

/** Fields we read: what `extra` holds under their names is the rest of them. */
const READ_FIELDS: ReadonlySet<string> = new Set(['text', 'reasoning', 'response_format'])

/** How to stream; by which of two names a typed field came; and what we ask for without being asked. */
function isSaidElsewhere(key: string, value: Json): boolean {
  if (key === 'include')
    return isJsonArray(value) && value.every((word) => word === 'reasoning.encrypted_content')
  return key === 'stream_options' || key === 'max_completion_tokens' || key === 'reasoning_effort'
}

/** A key is the client's text: one that is no field name is not repeated. */
function shown(key: string): string {
  return /^[\w-]{1,64}$/.test(key) ? key : '(a field)'
}

/**
 * What servers and their clients put into answers and send back with them: ids and states, empty lists, parsed copies. Leaving it
 * out changes no answer, and naming it would put the same words on every turn of an agent.
 */
const BOOKKEEPING: ReadonlySet<string> = new Set([
  'id',
  'status',
  'annotations',
  'logprobs',
  'phase',
  'message',
  'reasoning_content',
  'reasoning',
  'parsed',
  'parsed_arguments',
])

/** How clients of a protocol call what a conversation holds in typed fields, so that a change is told in their words. */
export type ClientFields = {
  readonly messages: string
  readonly content: string
  readonly reasoningText: string
  readonly reasoning: string
  readonly stop: string
  readonly responseFormat: string
}

export function clientFields({ dialect }: Conversation): ClientFields {
  return FIELDS[dialect]
}

const FIELDS: Readonly<Record<Dialect, ClientFields>> = {
  'openai-chat': {
    messages: 'messages[]',
    content: 'messages[].content[]',
    reasoningText: 'messages[].reasoning_content',
    reasoning: 'reasoning_effort',
    stop: 'stop',
    responseFormat: 'response_format',
  },
  'openai-responses': {
    messages: 'input[]',
    content: 'input[].content[]',
    reasoningText: 'input[].summary',
    reasoning: 'reasoning',
    stop: 'stop',
    responseFormat: 'text.format',
  },
  'anthropic-messages': {
    messages: 'messages[]',
    content: 'messages[].content[]',
    reasoningText: 'messages[].content[].thinking',
    reasoning: 'thinking',
    stop: 'stop_sequences',
    responseFormat: 'output_format',
  },
}

/** What a protocol cannot say at all and a request cannot do without. */
export function unsayable(path: string, why: string): MusivumError {
  return new MusivumError('request.unsupported', `${path}: ${why}`, { param: path })
}
