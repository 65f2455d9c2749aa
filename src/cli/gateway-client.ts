import { Agent, request, type Dispatcher } from 'undici'
import { errors, MusivumError, type ErrorCode } from '../core/errors.ts'
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts'

/** An answer of the gateway, whole. */
export type Answer = {
  readonly model: string
  readonly text: string
  readonly finishReason: string | null
  /** Null when the server behind the model did not say. */
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number } | null
  /** Dollars with nine decimals, or `owned`, `unpriced`, `none`. */
  readonly cost: string
  readonly requestId: string
  readonly decisionId: string | null
  readonly toy: boolean
  readonly firstTextMs: number | null
  readonly durationMs: number
}

export type AskOptions = {
  readonly signal: AbortSignal
  /** The key of the gateway, where it asks for one. */
  readonly key?: string
  readonly onText?: (text: string) => void
  /** Connections to use and leave open; unless given, one of its own that is closed after the answer. */
  readonly connections?: Dispatcher
}

/**
 * Asks the gateway at `url` over its own protocol and follows the stream.
 *
 * @throws MusivumError with the code and the line that the gateway gave
 */
export async function askGateway(url: string, body: JsonObject, options: AskOptions): Promise<Answer> {
  const startedMs = performance.now()
  const agent = options.connections ?? patientConnections()
  try {
    const response = await request(`${url}/v1/chat/completions`, {
      dispatcher: agent,
      method: 'POST',
      signal: options.signal,
      headers: { 'content-type': 'application/json', ...keyHeader(options.key) },
      body: JSON.stringify({ ...body, stream: true, stream_options: { include_usage: true } }),
    })
    if (response.statusCode !== 200) {
      const retryAfter = Number(response.headers['retry-after'] ?? Number.NaN)
      throw failureOf(parsed(await response.body.text()), retryAfter)
    }
    return await follow(response, startedMs, options.onText)
  } finally {
    if (options.connections === undefined) await agent.destroy()
  }
}

export function keyHeader(key: string | undefined): { readonly authorization?: string } {
  return key === undefined ? {} : { authorization: `Bearer ${key}` }
}

/** The first request loads the model, and a slow machine may take its time: whoever waits decides when it is too long. */
export function patientConnections(): Agent {
  return new Agent({ headersTimeout: 0, bodyTimeout: 0 })
}

async function follow(
  { headers, body, trailers }: Dispatcher.ResponseData,
  startedMs: number,
  onText: AskOptions['onText'],
): Promise<Answer> {
  let text = ''
  let firstTextMs: number | null = null
  let finishReason: string | null = null
  let usage: Answer['usage'] = null
  for await (const event of eventsOf(body)) {
    if (isJsonObject(event['error'])) throw failureOf(event)
    const choice = firstChoice(event)
    const delta = textOf(choice)
    if (delta !== '') {
      firstTextMs ??= performance.now() - startedMs
      text += delta
      onText?.(delta)
    }
    finishReason = asText(choice?.['finish_reason']) ?? finishReason
    usage = usageOf(event['usage']) ?? usage
  }
  const header = (name: string) => asText(headers[name])
  return {
    model: decodeURI(header('x-musivum-model') ?? ''),
    text,
    finishReason,
    usage,
    cost: trailers['x-musivum-cost-usd'] ?? header('x-musivum-cost-usd') ?? 'none',
    requestId: header('x-musivum-request-id') ?? '',
    decisionId: header('x-musivum-decision-id') ?? null,
    toy: header('x-musivum-toy') === 'true',
    firstTextMs,
    durationMs: performance.now() - startedMs,
  }
}

// One event holds a few tokens; tool calls of real models stay far below this.
const MAX_EVENT_CHARS = 4 * 1024 * 1024

/** The JSON of every `data:` line up to `[DONE]`. */
async function* eventsOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<JsonObject> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > MAX_EVENT_CHARS)
      throw new MusivumError('upstream.bad_answer', 'an event of the stream has no end')
    for (const line of lines) {
      const data = /^data: ?(.*?)\r?$/.exec(line)?.[1]
      if (data !== undefined && data !== '[DONE]') yield parsed(data)
    }
  }
}

export function parsed(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text)
    if (isJsonObject(value)) return value
  } catch {
    // Said below, in the same words as JSON of another shape.
  }
  throw new MusivumError('upstream.bad_answer', 'the gateway answered something that is not its protocol')
}

export function failureOf(body: JsonObject, retryAfterSeconds = Number.NaN): MusivumError {
  const error = isJsonObject(body['error']) ? body['error'] : {}
  const code = asText(error['code'])
  const message = asText(error['message']) ?? 'the gateway did not answer and did not say why'
  const facts = Number.isFinite(retryAfterSeconds) ? { retryAfterSeconds } : {}
  return new MusivumError(isErrorCode(code) ? code : 'internal', message, facts)
}

function isErrorCode(code: string | undefined): code is ErrorCode {
  return code !== undefined && Object.hasOwn(errors, code)
}

function firstChoice(event: JsonObject): JsonObject | undefined {
  const choices = event['choices']
  const first: unknown = Array.isArray(choices) ? choices[0] : undefined
  return isJsonObject(first) ? first : undefined
}

function textOf(choice: JsonObject | undefined): string {
  const delta = choice?.['delta']
  return isJsonObject(delta) ? (asText(delta['content']) ?? asText(delta['refusal']) ?? '') : ''
}

function usageOf(value: Json | undefined): Answer['usage'] {
  if (!isJsonObject(value)) return null
  const inputTokens = value['prompt_tokens']
  const outputTokens = value['completion_tokens']
  return typeof inputTokens === 'number' && typeof outputTokens === 'number'
    ? { inputTokens, outputTokens }
    : null
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
