import { reached } from '../api/admin.ts'
import { ApiError, errorOfBody, errorOfResponse, isRecord, parsed } from '../api/api-error.ts'
import { sseParser } from '../api/sse-parser.ts'

export type ChatRequest = {
  readonly model: string
  readonly system: string
  readonly prompt: string
  readonly temperature: number | null
  readonly maxTokens: number | null
  readonly seed: number | null
}

export type ChatEvent =
  | { readonly kind: 'begun'; readonly requestId: string | null }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'reasoning'; readonly text: string }
  | { readonly kind: 'toy'; readonly notice: string }
  | { readonly kind: 'usage'; readonly inputTokens: number; readonly outputTokens: number }
  | { readonly kind: 'finish'; readonly reason: string }

/**
 * Asks one model and hands on what comes back, as it comes. Rejects with an `ApiError` when the gateway or the model
 * fails, also in the middle, and with the signal's reason when someone pressed stop.
 */
export async function streamChat(
  request: ChatRequest,
  signal: AbortSignal,
  onEvent: (event: ChatEvent) => void,
): Promise<void> {
  const response = await reached('/v1/chat/completions', {
    method: 'POST',
    signal,
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify(wireRequest(request)),
  })
  onEvent({ kind: 'begun', requestId: response.headers.get('x-musivum-request-id') })
  if (!response.ok) throw await errorOfResponse(response)
  if (response.body === null) throw cut()
  await readStream(response.body, onEvent)
}

function wireRequest(request: ChatRequest): Record<string, unknown> {
  const { model, system, prompt, temperature, maxTokens, seed } = request
  const messages = [{ role: 'user', content: prompt }]
  return {
    model,
    messages: system.trim() === '' ? messages : [{ role: 'system', content: system }, ...messages],
    stream: true,
    stream_options: { include_usage: true },
    ...(temperature !== null && { temperature }),
    ...(maxTokens !== null && { max_tokens: maxTokens }),
    ...(seed !== null && { seed }),
  }
}

async function readStream(
  body: ReadableStream<Uint8Array>,
  onEvent: (event: ChatEvent) => void,
): Promise<void> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  const parser = sseParser()
  for (;;) {
    const { done, value } = await reader.read().catch(rethrowAsCut)
    // A stream that ends without its end mark was cut, however whole the text may look.
    if (done) throw cut()
    for (const { data } of parser.push(decoder.decode(value, { stream: true }))) {
      if (data === '[DONE]') return
      for (const event of eventsOfChunk(data)) onEvent(event)
    }
  }
}

function rethrowAsCut(cause: unknown): never {
  if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
  throw cut(cause)
}

function cut(cause?: unknown): ApiError {
  return new ApiError(
    'The answer was cut off before its end.',
    { status: 502, code: 'upstream.cut' },
    { cause },
  )
}

/** What one chunk of OpenAI's protocol says; fields of a shape we do not expect are passed over. Throws an error event. */
export function eventsOfChunk(data: string): readonly ChatEvent[] {
  const chunk = parsed(data)
  if (!isRecord(chunk)) return []
  if (isRecord(chunk['error'])) throw errorOfBody(data, statusOf(chunk['error']))
  const choice: unknown = Array.isArray(chunk['choices']) ? chunk['choices'][0] : undefined
  return [...toyEvents(chunk), ...choiceEvents(choice), ...usageEvents(chunk['usage'])]
}

// An error in the stream has no HTTP status of its own any more; 502 is what the gateway would have answered.
function statusOf(error: Record<string, unknown>): number {
  return typeof error['status'] === 'number' ? error['status'] : 502
}

function toyEvents(chunk: Record<string, unknown>): readonly ChatEvent[] {
  const about = chunk['musivum']
  if (!isRecord(about) || about['toy'] !== true) return []
  return [{ kind: 'toy', notice: typeof about['notice'] === 'string' ? about['notice'] : '' }]
}

function choiceEvents(choice: unknown): readonly ChatEvent[] {
  if (!isRecord(choice)) return []
  const delta = isRecord(choice['delta']) ? choice['delta'] : {}
  const events: ChatEvent[] = []
  const reasoning = delta['reasoning_content'] ?? delta['reasoning']
  if (typeof reasoning === 'string' && reasoning !== '') events.push({ kind: 'reasoning', text: reasoning })
  if (typeof delta['content'] === 'string' && delta['content'] !== '')
    events.push({ kind: 'text', text: delta['content'] })
  if (typeof choice['finish_reason'] === 'string')
    events.push({ kind: 'finish', reason: choice['finish_reason'] })
  return events
}

function usageEvents(usage: unknown): readonly ChatEvent[] {
  if (!isRecord(usage)) return []
  const { prompt_tokens: inputTokens, completion_tokens: outputTokens } = usage
  if (typeof inputTokens !== 'number' || typeof outputTokens !== 'number') return []
  return [{ kind: 'usage', inputTokens, outputTokens }]
}
