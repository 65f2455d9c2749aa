import type { IncomingMessage, ServerResponse } from 'node:http'
import { chunk, completion, usageChunk, usageOf } from './wire.ts'

const STREAM_FLAG = /"stream"\s*:\s*true/
const MODEL = 'fast-double'
// 1.5 KB of answer, the size the reference measurements use.
const WHOLE = Buffer.from(
  completion(
    MODEL,
    [{ index: 0, message: { role: 'assistant', content: 'word '.repeat(220) }, finish_reason: 'stop' }],
    usageOf(220),
  ),
)
const WHOLE_HEAD = { 'content-type': 'application/json', 'content-length': String(WHOLE.length) }
const STREAM_HEAD = { 'content-type': 'text/event-stream; charset=utf-8' }
const FINISH = Buffer.from(
  `data: ${chunk(MODEL, { finishReason: 'stop' }, { usage: null })}\n\ndata: ${usageChunk(MODEL, usageOf(100))}\n\ndata: [DONE]\n\n`,
)

export type FastStream = { readonly chunks?: number; readonly chunkText?: string; readonly delayMs?: number }

/** Answers without reading more of the request than its stream flag, from bytes made once. */
export function answerFast(request: IncomingMessage, response: ServerResponse, options: FastStream): void {
  let streamed = false
  request.on('data', (part: Buffer) => {
    streamed ||= STREAM_FLAG.test(part.toString('latin1'))
  })
  request.on('end', () => {
    if (streamed) return streamFast(response, options)
    response.writeHead(200, WHOLE_HEAD)
    response.end(WHOLE)
  })
}

function streamFast(response: ServerResponse, options: FastStream): void {
  const { chunks = 100, chunkText = ' word', delayMs = 0 } = options
  const event = eventOf(chunkText)
  const later = delayMs > 0 ? (next: () => void) => setTimeout(next, delayMs) : setImmediate
  let sent = 0
  response.writeHead(200, STREAM_HEAD)
  const next = (): void => {
    if (response.destroyed) return
    if (sent === chunks) {
      response.end(FINISH)
      return
    }
    sent += 1
    response.write(event)
    later(next)
  }
  next()
}

const eventsByText = new Map<string, Buffer>()

function eventOf(text: string): Buffer {
  const known = eventsByText.get(text)
  if (known !== undefined) return known
  const made = Buffer.from(`data: ${chunk(MODEL, { delta: { content: text } }, { usage: null })}\n\n`)
  eventsByText.set(text, made)
  return made
}
