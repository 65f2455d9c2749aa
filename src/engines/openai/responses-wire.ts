import type { AnswerEvent } from '../../core/events.ts'
import { isJsonArray, isJsonObject } from '../../core/json.ts'
import { createResponsesStreamParser, parseResponse } from '../../wire/openai-responses/parse-answer.ts'
import { usageOfAnswer } from '../../wire/openai-usage.ts'
import { streamWords } from '../http/stream-sniffer.ts'
import { isErrorPayload } from '../http/upstream-error.ts'
import type { Outcome, StreamNote, Wire } from '../http/wire.ts'

/** Responses. `maker` is stamped on the state this server encrypted; only it gets it back. */
export function responsesWire(maker: string): Wire {
  return {
    path: '/responses',
    createParser: () => createResponsesStreamParser(maker),
    parseWhole: (json) => parseResponse(json, maker),
    answerField: 'output',
    examineWhole: (json) => (isResponse(json) ? outcomeOf(json) : undefined),
    words: streamWords(
      /"type"\s*:\s*"(?:error|response\.(?:created|queued|in_progress|completed|incomplete|failed|cancelled|done))"|"error"/,
      { errorOf: reportedError, read: readEvent },
    ),
    // The last event holds the whole response: it cannot be made up, so a stream without it was cut.
    ending: Buffer.alloc(0),
  }
}

/** A failure says why in the response that failed; the event around it has no words of its own. */
function reportedError(value: unknown): unknown {
  if (!isJsonObject(value)) return isErrorPayload(value) ? value : undefined
  if (value.type === 'error') return value
  const response = isJsonObject(value.response) ? value.response : value
  const failed = response.status === 'failed' || response.status === 'cancelled'
  return failed || isErrorPayload(response) ? response : undefined
}

function readEvent(value: unknown): StreamNote {
  if (!isJsonObject(value)) return { kind: 'piece' }
  switch (value.type) {
    case 'response.created':
    case 'response.queued':
    case 'response.in_progress':
      return { kind: 'opening' }
    case 'response.completed':
    case 'response.incomplete':
    case 'response.done':
      return { kind: 'last', ...outcomeOf(value.response) }
    default:
      return { kind: 'piece' }
  }
}

function isResponse(json: unknown): boolean {
  return isJsonObject(json) && isJsonArray(json.output)
}

function outcomeOf(response: unknown): Outcome {
  if (!isJsonObject(response)) return {}
  const usage = usageOfAnswer(response)
  const finish = finishOf(response)
  return { ...(usage && { usage }), ...(finish?.kind === 'finish' && { finishReason: finish.reason }) }
}

/** Through the parser of whole answers, which alone knows the words of this protocol. */
function finishOf({
  status,
  incomplete_details,
  output,
}: Readonly<Record<string, unknown>>): AnswerEvent | undefined {
  const items = isJsonArray(output) ? output.filter(isJsonObject).map(({ type }) => ({ type })) : []
  const calls = items.filter(({ type }) => type === 'function_call').map(() => CALL)
  const events = parseResponse({ status, incomplete_details, output: calls })
  return events.find((event) => event.kind === 'finish')
}

const CALL = { type: 'function_call', call_id: 'call', name: 'tool', arguments: '{}' }
