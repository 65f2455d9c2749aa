import { MusivumError } from '../../core/errors.ts'
import type { AnswerEvent } from '../../core/events.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { setField } from '../json-extra.ts'
import { parseOpenAiError } from '../openai-error.ts'
import { usageOfAnswer } from '../openai-usage.ts'
import { mergeUsage } from '../usage/merge-usage.ts'
import { ANY_CHAT_MAKER } from './carried-signature.ts'
import { createChoiceParser, type ChoiceParser } from './parse-choice.ts'
import { upstreamFailure } from '../upstream-failure.ts'

/** As many answers as a client may ask for; a server that numbers more is broken, and each costs memory. */
const MAX_CHOICES = 128

/**
 * A whole answer of a server as events, in the order `core/events.ts` promises. Reads only the fields it uses.
 * Throws `upstream.bad_answer` when the value is no answer, and what the server reported when it is an error in a 200.
 * `maker` is stamped on the signatures it holds: wire and host, such as `openai-chat:openrouter.ai`.
 */
export function parseChatCompletion(value: unknown, maker = ANY_CHAT_MAKER): readonly AnswerEvent[] {
  const parser = createAnswerParser('message', maker)
  const events = parser.take(value)
  if (!parser.begun()) throw notAnAnswer('it holds no choices')
  return [...events, ...parser.close()]
}

export type ChatStreamParser = {
  /** Takes the `data` of one server-sent event. `[DONE]` closes the answer. */
  readonly push: (data: string) => readonly AnswerEvent[]
  /** The connection has closed. Throws `upstream.cut` unless every choice had ended. */
  readonly end: () => readonly AnswerEvent[]
  /** The answer is whole: `[DONE]` came. What the server sends after it is ignored. */
  readonly done: () => boolean
}

/**
 * A streamed answer of a server as events. Ends of blocks, `usage` and `finish` come when the stream is over: servers
 * repeat usage, send it before or after the finish reason, and text after a finish reason has been seen.
 */
export function createChatStreamParser(maker = ANY_CHAT_MAKER): ChatStreamParser {
  const parser = createAnswerParser('delta', maker)
  let closed = false
  function close(): readonly AnswerEvent[] {
    closed = true
    return parser.close()
  }
  return {
    push(data) {
      if (closed) return []
      if (data === '[DONE]') {
        if (!parser.begun()) throw notAnAnswer('its stream ended without a choice')
        return close()
      }
      return parser.take(parsePayload(data))
    },
    end() {
      if (closed) return []
      // Some servers close without [DONE]; a finish reason for every choice says as much.
      if (parser.finished()) return close()
      throw new MusivumError('upstream.cut', 'the server closed the connection before its answer was whole')
    },
    done: () => closed,
  }
}

type AnswerParser = {
  readonly take: (value: unknown) => readonly AnswerEvent[]
  readonly close: () => readonly AnswerEvent[]
  readonly begun: () => boolean
  readonly finished: () => boolean
}

function createAnswerParser(body: 'message' | 'delta', maker: string): AnswerParser {
  const choices = new Map<number, ChoiceParser>()
  const extra = createExtraParser()
  let usage: JsonObject | undefined
  let tier: Json | undefined

  function choiceAt(index: number, answerId: string): ChoiceParser {
    let choice = choices.get(index)
    if (choice === undefined) {
      if (!(index >= 0 && index < MAX_CHOICES)) throw notAnAnswer('it numbers a choice out of range')
      choice = createChoiceParser(index, { answerId, maker, whole: body === 'message' })
      choices.set(index, choice)
    }
    return choice
  }

  return {
    take(value) {
      const failure = parseOpenAiError(value)
      if (failure !== undefined) throw upstreamFailure(failure)
      if (!isJsonObject(value)) throw notAnAnswer('it is not a JSON object')
      const events: AnswerEvent[] = []
      extra(value, events)
      usage = mergeUsage(usage, value.usage)
      tier = value['service_tier'] ?? tier
      const answerId = typeof value.id === 'string' ? value.id : ''
      const given: unknown = value.choices
      for (const [position, choice] of isJsonArray(given) ? given.entries() : []) {
        if (!isJsonObject(choice)) continue
        const index = Number.isSafeInteger(choice.index) ? Number(choice.index) : position
        // Perplexity and others repeat the whole message beside each delta, so one is read and never both.
        const message = choice[body] ?? (body === 'message' ? choice.delta : undefined)
        choiceAt(index, answerId).take(choice, isJsonObject(message) ? message : {}, events)
      }
      return events
    },
    close() {
      const events: AnswerEvent[] = []
      for (const choice of choices.values()) choice.close(events)
      const counted = usage && usageOfAnswer({ usage, service_tier: tier ?? null }, maker)
      if (counted !== undefined) events.push({ kind: 'usage', usage: counted })
      for (const choice of choices.values()) events.push(choice.finish())
      return events
    },
    begun: () => choices.size > 0,
    finished: () => choices.size > 0 && [...choices.values()].every((choice) => choice.finished()),
  }
}

/** Members we read, and `obfuscation`: padding of one chunk, meaningless on another. */
const READ: ReadonlySet<string> = new Set([
  'id',
  'object',
  'created',
  'model',
  'choices',
  'usage',
  'obfuscation',
  'error',
])

/** Unknown top-level fields, each when it comes or changes: `system_fingerprint` stands on every chunk, `timings` on the last. */
function createExtraParser(): (chunk: JsonObject, events: AnswerEvent[]) => void {
  const seen = new Map<string, Json>()
  return (chunk, events) => {
    let fields: Record<string, Json> | undefined
    for (const key of Object.keys(chunk)) {
      const value = chunk[key] ?? null
      if (READ.has(key) || seen.get(key) === value) continue
      if (seen.size < MAX_EXTRA_FIELDS) seen.set(key, value)
      setField((fields ??= {}), key, value)
    }
    if (fields !== undefined) events.push({ kind: 'extra', fields })
  }
}

// Servers send a handful. Past this many distinct names a repeated one is merely passed on again.
const MAX_EXTRA_FIELDS = 64

function parsePayload(data: string): unknown {
  try {
    return JSON.parse(data) as unknown
  } catch {
    // The engine's error would quote the server's text, which may be the client's.
    throw notAnAnswer('an event of its stream is not JSON')
  }
}

function notAnAnswer(why: string): MusivumError {
  return new MusivumError(
    'upstream.bad_answer',
    `the server sent something that is not a chat completion: ${why}`,
  )
}
