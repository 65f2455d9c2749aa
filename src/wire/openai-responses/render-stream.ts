import type { MusivumError } from '../../core/errors.ts'
import type { AnswerEvent, FinishReason } from '../../core/events.ts'
import type { Json } from '../../core/json.ts'
import type { Usage } from '../../core/usage.ts'
import { setField } from '../json-extra.ts'
import { writeJson } from '../openai-json-text.ts'
import { renderOpenAiError } from '../openai-error.ts'
import { createEventWriter } from './item-events.ts'
import { createOutputWriter } from './output-writer.ts'
import {
  endState,
  responseShell,
  withServerFields,
  type ResponseIdentity,
  type ResponseState,
} from './response-object.ts'

export type ResponsesStreamRenderer = {
  /** The server-sent events for `event`, '' when there is nothing to send yet. */
  readonly render: (event: AnswerEvent) => string
  /** The last events of a whole answer. */
  readonly end: () => string
  /** The last events of an answer that broke. */
  readonly error: (error: MusivumError) => string
  /** The response as its last event has it, in JSON: what a store keeps. Undefined before the end. */
  readonly response: () => string | undefined
}

/**
 * Answer events as the server-sent events of a response. Of several choices the first is told. The whole answer is kept,
 * as the last event repeats it: over `MAX_COLLECTED_CHARS` it throws `upstream.bad_answer`.
 */
export function createResponsesStreamRenderer(identity: ResponseIdentity): ResponsesStreamRenderer {
  const writer = createEventWriter()
  const output = createOutputWriter(identity.requestId, writer)
  const extra: Record<string, Json> = {}
  let usage: Usage | undefined
  let reason: FinishReason = 'other'
  let begun = false
  let response: string | undefined

  function begin(): string {
    if (begun) return ''
    begun = true
    const text = responseText({ status: 'in_progress', error: null }, [])
    const member = `"response":${text}`
    return writer.event('response.created', member) + writer.event('response.in_progress', member)
  }

  function responseText(state: ResponseState, items: readonly string[]): string {
    const shell = writeJson(withServerFields(responseShell(identity, state), extra))
    return `${shell.slice(0, -1)},"output":[${items.join(',')}]}`
  }

  function last(type: string, state: ResponseState): string {
    response = responseText(state, output.items())
    return writer.event(type, `"response":${response}`)
  }

  return {
    render(event) {
      switch (event.kind) {
        case 'usage':
          usage = event.usage
          return begin()
        case 'extra':
          for (const key of Object.keys(event.fields)) setField(extra, key, event.fields[key] ?? null)
          return begin() + output.others(event.fields.output)
        case 'finish':
          if (event.choice === 0) reason = event.reason
          return begin()
        default:
          return event.choice === 0 ? begin() + output.render(event) : begin()
      }
    },
    end() {
      const state = endState(reason, usage)
      const text = begin() + output.end(state.status === 'incomplete' ? 'incomplete' : 'completed')
      return text + last(`response.${state.status}`, state)
    },
    error(error) {
      const { error: body } = renderOpenAiError(error, identity.requestId)
      const { message, code } = error
      const flat = writeJson({ code, message, param: null, error: body ?? null })
      return (
        begin() +
        writer.event('error', flat.slice(1, -1)) +
        last('response.failed', {
          status: 'failed',
          error: { code, message },
          ...(usage === undefined ? {} : { usage }),
        })
      )
    },
    response: () => response,
  }
}
