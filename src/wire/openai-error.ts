import type { MusivumError } from '../core/errors.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../core/json.ts'

/** A failure in OpenAI's shape, with our code in `code`. `requestId` '' where there was no request to name. */
export function renderOpenAiError(error: MusivumError, requestId: string): JsonObject {
  const { param } = error.facts
  return {
    error: {
      message: error.message,
      type: typeOf(error.status),
      param: typeof param === 'string' ? param : null,
      code: error.code,
      ...(requestId === '' ? {} : { request_id: requestId }),
    },
  }
}

/** The words OpenAI uses; its clients choose their exception by the status and show the type. */
function typeOf(status: number): string {
  switch (status) {
    case 401:
      return 'authentication_error'
    case 402:
      return 'insufficient_quota'
    case 403:
      return 'permission_error'
    case 429:
      return 'rate_limit_error'
    default:
      return status < 500 ? 'invalid_request_error' : 'server_error'
  }
}

/** What a server said about a failure. The message may quote the client or a key: show it to nobody unasked. */
export type UpstreamError = {
  readonly message: string
  /** '' when the server gave none. */
  readonly code: string
  readonly type: string
}

/**
 * Reads the shapes that OpenAI-wire servers answer with:
 *
 *     {"error":{"message","type","code"}}       OpenAI, llama-server (numeric code), Ollama, newer vLLM
 *     {"error":"text"}                          Ollama's own paths, text-generation-inference
 *     {"object":"error","message","type"}       older vLLM, and {"message"} of many proxies
 *     {"detail":"text"} or {"detail":[{"msg"}]} FastAPI, in front of vLLM and others; Mistral has it under `message`
 *     [{"error":{…}}]                           Gemini's OpenAI endpoint
 *
 * Undefined when the value is none of these, such as an answer.
 */
export function parseOpenAiError(value: unknown): UpstreamError | undefined {
  const body = isJsonArray(value) ? value[0] : value
  if (!isJsonObject(body)) return undefined
  if (isJsonObject(body.error)) return fromObject(body.error)
  if (typeof body.error === 'string' && body.error !== '') return upstreamError(body.error, body)
  if ('choices' in body || 'data' in body) return undefined
  if (typeof body.message === 'string') return upstreamError(body.message, body)
  if (isJsonObject(body.message)) return fromDetail(body.message.detail)
  return fromDetail(body.detail)
}

function fromObject(error: JsonObject): UpstreamError {
  return upstreamError(typeof error.message === 'string' ? error.message : '', error)
}

function fromDetail(detail: Json | undefined): UpstreamError | undefined {
  if (typeof detail === 'string') return upstreamError(detail, {})
  const first: unknown = isJsonArray(detail) ? detail[0] : detail
  if (!isJsonObject(first)) return undefined
  const message = first.msg ?? first.message
  return typeof message === 'string' ? upstreamError(message, first) : undefined
}

function upstreamError(message: string, source: JsonObject): UpstreamError {
  return { message, code: wordOf(source.code), type: wordOf(source.type) }
}

function wordOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''
}
