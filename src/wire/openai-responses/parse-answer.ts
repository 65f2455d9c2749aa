import { MusivumError } from '../../core/errors.ts'
import type { AnswerEvent, FinishReason } from '../../core/events.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import type { Usage } from '../../core/usage.ts'
import { setField } from '../json-extra.ts'
import { parseOpenAiError } from '../openai-error.ts'
import { usageOfAnswer } from '../openai-usage.ts'
import { upstreamFailure } from '../upstream-failure.ts'
import { ANY_RESPONSES_MAKER } from './carried-signature.ts'
import { createOutputParser } from './parse-output.ts'

/**
 * A whole response of a server as events, in the order `core/events.ts` promises. Reads only the fields it uses. Throws
 * `upstream.bad_answer` when the value is no response, and what the server reported when it failed. `maker` is stamped
 * on the state it encrypted: wire and host, such as `openai-responses:api.openai.com`.
 */
export function parseResponse(value: unknown, maker = ANY_RESPONSES_MAKER): readonly AnswerEvent[] {
  const parser = createResponseParser(maker)
  const events: AnswerEvent[] = []
  parser.takeWhole(value, events)
  return events
}

export type ResponsesStreamParser = {
  /** Takes the `data` of one server-sent event. */
  readonly push: (data: string) => readonly AnswerEvent[]
  /** The connection has closed. Throws `upstream.cut` unless the response had ended. */
  readonly end: () => readonly AnswerEvent[]
  /** The response is whole. What the server sends after it is ignored. */
  readonly done: () => boolean
}

/** A streamed response of a server as events. Numbers of events are not looked at: servers disagree about them. */
export function createResponsesStreamParser(maker = ANY_RESPONSES_MAKER): ResponsesStreamParser {
  const parser = createResponseParser(maker)
  return {
    push(data) {
      // Some servers end as chat completions do; what ends a response is its last event.
      if (parser.done() || data === '[DONE]') return []
      const events: AnswerEvent[] = []
      parser.takeEvent(parsePayload(data), events)
      return events
    },
    end() {
      if (parser.done()) return []
      throw new MusivumError('upstream.cut', 'the server closed the connection before its answer was whole')
    },
    done: parser.done,
  }
}

function createResponseParser(maker: string) {
  const output = createOutputParser(maker)
  const extra: Record<string, Json> = {}
  let done = false

  /** The end of the response, with everything that only its last form tells. */
  function finish(response: JsonObject, events: AnswerEvent[]): void {
    output.final(outputOf(response), events)
    output.close(events)
    takeExtra(response, extra)
    for (const _ in extra) {
      events.push({ kind: 'extra', fields: extra })
      break
    }
    const usage: Usage | undefined = usageOfAnswer(response, maker)
    if (usage !== undefined) events.push({ kind: 'usage', usage })
    events.push({ kind: 'finish', choice: 0, reason: finishReason(response, output.calledTools()) })
    done = true
  }

  return {
    done: () => done,
    takeWhole(value: unknown, events: AnswerEvent[]): void {
      const failure = parseOpenAiError(value) ?? failureOf(value)
      if (failure !== undefined) throw upstreamFailure(failure)
      if (!isJsonObject(value) || !isJsonArray(value.output)) throw notAResponse('it holds no output')
      finish(value, events)
    },
    takeEvent(event: JsonObject, events: AnswerEvent[]): void {
      switch (event.type) {
        case 'response.completed':
        case 'response.incomplete':
        case 'response.done':
          return finish(responseOf(event), events)
        case 'response.failed':
        case 'response.cancelled':
          throw upstreamFailure(failureOf(responseOf(event)) ?? NO_REASON)
        case 'error':
          throw upstreamFailure(parseOpenAiError(event) ?? NO_REASON)
        default:
          // Servers whose own machinery failed send a bare error in the middle of a stream.
          if (isJsonObject(event.error)) throw upstreamFailure(parseOpenAiError(event) ?? NO_REASON)
          output.take(event, events)
      }
    },
  }
}

const NO_REASON = { message: '', code: '', type: '' }

function responseOf(event: JsonObject): JsonObject {
  return isJsonObject(event.response) ? event.response : {}
}

function outputOf(response: JsonObject): readonly JsonObject[] {
  return isJsonArray(response.output) ? response.output.filter(isJsonObject) : []
}

function failureOf(value: unknown) {
  if (!isJsonObject(value)) return undefined
  const { error, status } = value
  if (isJsonObject(error)) return parseOpenAiError({ error })
  return status === 'failed' || status === 'cancelled' ? NO_REASON : undefined
}

function finishReason(response: JsonObject, calledTools: boolean): FinishReason {
  const { incomplete_details: details } = response
  const reason = isJsonObject(details) ? details.reason : undefined
  if (reason === 'content_filter') return 'content-filter'
  if (reason === 'max_output_tokens' || response.status === 'incomplete') return 'length'
  return calledTools ? 'tool-calls' : 'stop'
}

/** What a response says about itself or repeats of its request. */
const READ: ReadonlySet<string> = new Set(
  `id object created_at completed_at status background error incomplete_details instructions max_output_tokens
   max_tool_calls model output output_text parallel_tool_calls previous_response_id prompt prompt_cache_key
   prompt_cache_retention prompt_cache_options reasoning safety_identifier store temperature text tool_choice tools
   top_logprobs top_p truncation usage user metadata conversation moderation frequency_penalty presence_penalty`.split(
    /\s+/,
  ),
)

function takeExtra(response: JsonObject, extra: Record<string, Json>): void {
  for (const key of Object.keys(response)) {
    const value = response[key] ?? null
    if (!READ.has(key) && value !== null) setField(extra, key, value)
  }
}

function parsePayload(data: string): JsonObject {
  try {
    const value = JSON.parse(data) as unknown
    if (isJsonObject(value)) return value
  } catch {
    // The engine's error would quote the server's text, which may be the client's.
  }
  throw notAResponse('an event of its stream is not a JSON object')
}

function notAResponse(why: string): MusivumError {
  return new MusivumError('upstream.bad_answer', `the server sent something that is not a response: ${why}`)
}
