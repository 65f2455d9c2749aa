import { gzipSync } from 'node:zlib'
import { setTimeout as sleep } from 'node:timers/promises'
import { sendBytes, sendEvent, sendJson, startEvents, untilClosed, type Exchange } from './exchange.ts'
import { chunk, completion, errorBody, logprobsOf, usageChunk, usageOf } from './wire.ts'

export const HUGE_ARGUMENTS_BYTES = 1024 * 1024
const HUGE_PIECE_BYTES = 4096
/** One SSE line of this length, far over any real event. */
const LONG_LINE_BYTES = 40 * 1024 * 1024
const HUGE_JSON_BYTES = 80 * 1024 * 1024
const HTML = '<!DOCTYPE html>\n<html><head><title>Welcome to nginx!</title></head><body>hello</body></html>\n'

/** What the double does for each model name. Names without an entry get `plain`. */
export const behaviours = {
  plain,
  models,
  embeddings,
  'embeddings-base64': (e: Exchange) => embeddings({ ...e, body: { ...e.body, encoding_format: 'base64' } }),
  'embeddings-short': (e: Exchange) => embeddings({ ...e, body: { ...e.body, input: 'one' } }),
  'no-route': (e: Exchange) => sendJson(e, 404, '{"detail":"Not Found"}'),

  // Usage, in the ways vendors report it.
  'usage-null-chunks': (e: Exchange) => stream(e, { chunkExtra: { usage: null } }),
  'usage-on-choices': (e: Exchange) => stream(e, { usage: 'on-finish' }),
  'usage-always': (e: Exchange) => stream(e, { usage: 'always' }),
  'no-usage': (e: Exchange) => stream(e, { usage: 'never' }),

  // Framing.
  'no-done': (e: Exchange) => stream(e, { done: false }),
  crlf: (e: Exchange) => stream(e, { newline: '\r\n' }),
  comments: async (e: Exchange) => {
    startEvents(e)
    await sendBytes(e, ': PROCESSING\n\n')
    await stream(e, { started: true })
  },
  'split-unicode': splitUnicode,
  'one-packet': onePacket,
  'huge-tool-arguments': (e: Exchange) => streamToolCall(e, hugeArguments(), HUGE_PIECE_BYTES),
  'tool-call': (e: Exchange) => toolCall(e, '{"city":"Pune","unit":"celsius"}'),
  'long-line': async (e: Exchange) => {
    startEvents(e)
    await sendBytes(e, `data: {"choices":[{"index":0,"delta":{"content":"`)
    const filler = Buffer.alloc(1024 * 1024, 'a')
    for (let sent = 0; sent < LONG_LINE_BYTES; sent += filler.length) {
      if (!(await sendBytes(e, filler))) return
    }
    e.response.end('"}}]}\n\n')
  },
  reasoning: (e: Exchange) => stream(e, { reasoning: ['Let me ', 'think.'] }),
  'plain-stream': (e: Exchange) => stream(e, {}),

  // Errors inside a 200.
  'error-in-200': (e: Exchange) =>
    sendJson(
      e,
      200,
      errorBody('The server had an error while processing your request', 'server_error', null),
    ),
  'error-string-in-200': (e: Exchange) =>
    sendJson(e, 200, '{"error":"Unexpected endpoint or method. (POST /v1/chat/completions)"}'),
  'error-first-event': async (e: Exchange) => {
    startEvents(e)
    await sendEvent(e, errorBody('Rate limit reached', 'rate_limit_error', 429))
    await sendEvent(e, '[DONE]')
    e.response.end()
  },
  'error-mid-stream': async (e: Exchange) => {
    startEvents(e)
    await sendPieces(e, e.pieces.slice(0, 2))
    await sendEvent(e, errorBody('The engine process died', 'internal_server_error', 500))
    await sendEvent(e, '[DONE]')
    e.response.end()
  },

  // Whole answers that are not answers.
  'html-200': (e: Exchange) => sendJson(e, 200, HTML, { 'content-type': 'text/html' }),
  'html-502': (e: Exchange) => sendJson(e, 502, HTML, { 'content-type': 'text/html' }),
  'bad-json': (e: Exchange) => sendJson(e, 200, '{"id":"chatcmpl-1","choices":[{"index":0,'),
  'bad-json-event': async (e: Exchange) => {
    startEvents(e)
    await sendEvent(e, '{"id":"chatcmpl-1","choices":[{"index":0,')
    e.response.end()
  },
  'huge-json': async (e: Exchange) => {
    e.response.writeHead(200, { 'content-type': 'application/json' })
    const filler = Buffer.alloc(1024 * 1024, ' ')
    for (let sent = 0; sent < HUGE_JSON_BYTES; sent += filler.length) {
      if (!(await sendBytes(e, filler))) return
    }
    e.response.end('{}')
  },
  'early-hints': async (e: Exchange) => {
    e.response.writeEarlyHints({ link: '</style.css>; rel=preload' })
    await plain(e)
  },
  'other-json': (e: Exchange) => sendJson(e, 200, '{"hello":"world"}'),
  'json-for-stream': whole,
  'stream-for-json': (e: Exchange) => stream(e, {}),
  gzip: (e: Exchange) => {
    const body = gzipSync(wholeBody(e))
    e.response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
    e.response.end(body)
  },
  redirect: (e: Exchange) =>
    sendJson(e, 307, '', {
      location: `http://${e.headers.host ?? ''}/v1/elsewhere`,
      'content-type': 'text/plain',
    }),

  // Statuses, in the words of OpenAI, vLLM, llama-server, Ollama and FastAPI.
  'status-400': (e: Exchange) =>
    sendJson(
      e,
      400,
      errorBody("Invalid type for 'temperature': expected a decimal.", 'invalid_request_error', null),
    ),
  'status-400-key': (e: Exchange) =>
    sendJson(
      e,
      400,
      errorBody(`Bad header: ${e.headers.authorization ?? 'none'}`, 'invalid_request_error', null),
    ),
  'status-401': (e: Exchange) =>
    sendJson(
      e,
      401,
      errorBody(
        `Incorrect API key provided: ${(e.headers.authorization ?? '').replace('Bearer ', '')}.`,
        'invalid_request_error',
        'invalid_api_key',
      ),
    ),
  'status-404': (e: Exchange) =>
    sendJson(
      e,
      404,
      errorBody('The model `nope` does not exist.', 'invalid_request_error', 'model_not_found'),
    ),
  'status-422': (e: Exchange) =>
    sendJson(e, 422, '{"detail":[{"type":"missing","loc":["body","messages"],"msg":"Field required"}]}'),
  'status-429': (e: Exchange) =>
    sendJson(e, 429, errorBody('Rate limit reached for requests', 'requests', 'rate_limit_exceeded'), {
      'retry-after': '7',
    }),
  'status-429-date': (e: Exchange) =>
    sendJson(e, 429, errorBody('Slow down', 'requests', 'rate_limit_exceeded'), {
      'retry-after': new Date(Date.now() + 90_000).toUTCString(),
    }),
  'status-429-quota': (e: Exchange) =>
    sendJson(
      e,
      429,
      errorBody(
        'You exceeded your current quota, please check your plan.',
        'insufficient_quota',
        'insufficient_quota',
      ),
    ),
  'status-500': (e: Exchange) => sendJson(e, 500, errorBody('The server had an error', 'server_error', null)),
  'status-503': (e: Exchange) =>
    sendJson(e, 503, errorBody('The engine is currently overloaded', 'overloaded', null), {
      'retry-after': '3',
    }),
  'context-openai': (e: Exchange) =>
    sendJson(
      e,
      400,
      errorBody(
        "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens.",
        'invalid_request_error',
        'context_length_exceeded',
      ),
    ),
  'context-vllm': (e: Exchange) =>
    sendJson(
      e,
      400,
      '{"object":"error","message":"This model\'s maximum context length is 4096 tokens. However, you requested 5000 tokens.","type":"BadRequestError","param":null,"code":400}',
    ),
  'context-llama-server': (e: Exchange) =>
    sendJson(
      e,
      400,
      '{"error":{"code":400,"message":"request (13392 tokens) exceeds the available context size (8192 tokens), try increasing it","type":"exceed_context_size_error","n_prompt_tokens":13392,"n_ctx":8192}}',
    ),
  'context-ollama': (e: Exchange) =>
    sendJson(
      e,
      500,
      '{"error":{"message":"the input length exceeds the context length","type":"api_error","param":null,"code":null}}',
    ),

  // Time and connections.
  'slow-first-byte': async (e: Exchange) => {
    await sleep(e.slowMs)
    if (!e.response.destroyed) await plain(e)
  },
  'stall-before-first-event': async (e: Exchange) => {
    startEvents(e)
    e.response.flushHeaders()
    await untilClosed(e)
  },
  'stall-mid-stream': async (e: Exchange) => {
    startEvents(e)
    await sendPieces(e, e.pieces.slice(0, 2))
    await untilClosed(e)
  },
  endless: async (e: Exchange) => {
    startEvents(e)
    for (;;) if (!(await sendPieces(e, ['more ']))) return
  },
  'cut-mid-stream': async (e: Exchange) => {
    startEvents(e)
    await sendPieces(e, e.pieces.slice(0, 2))
    hangUp(e)
  },
  // Without a length and without chunks, the end of the connection is the end of the body: only the missing finish tells.
  'cut-silently': async (e: Exchange) => {
    e.response.useChunkedEncodingByDefault = false
    e.response.setHeader('connection', 'close')
    startEvents(e)
    await sendPieces(e, e.pieces.slice(0, 2))
    await sendBytes(e, 'data: {"choices":[{"index":0,"delta":{"content":"half a wo')
    e.response.end()
  },
  'reset-mid-stream': async (e: Exchange) => {
    startEvents(e)
    await sendPieces(e, e.pieces.slice(0, 2))
    e.closedByUs = true
    e.response.socket?.resetAndDestroy()
  },
  'cut-json': async (e: Exchange) => {
    const body = wholeBody(e)
    e.response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(body.length) })
    await sendBytes(e, body.subarray(0, body.length >> 1))
    hangUp(e)
  },
  'closed-before-headers': hangUp,

  /** The received body, as the text of the answer. */
  echo: (e: Exchange) => answerWith({ ...e, pieces: [e.text] }),
} as const

export type BehaviourName = keyof typeof behaviours

function plain(exchange: Exchange): unknown {
  if (exchange.path === '/v1/embeddings') return embeddings(exchange)
  if (exchange.body.tool_choice === 'required') return toolCall(exchange, '{"city":"Pune"}')
  const format = exchange.body.response_format?.type
  if (format === 'json_schema' || format === 'json_object') {
    return answerWith({ ...exchange, pieces: ['{"ans', 'wer":', '42}'] })
  }
  return answerWith(exchange)
}

function answerWith(exchange: Exchange): unknown {
  return exchange.body.stream === true ? stream(exchange, {}) : whole(exchange)
}

function models(exchange: Exchange, names: readonly string[] = ['upstream-name'], ownedBy = 'system'): void {
  const data = names.map((id) => ({ id, object: 'model', created: 1_763_769_600, owned_by: ownedBy }))
  sendJson(exchange, 200, JSON.stringify({ object: 'list', data }))
}

function embeddings(exchange: Exchange): void {
  const { input = '', dimensions = 4, encoding_format: format = 'float' } = exchange.body
  const inputs = typeof input === 'string' ? [input] : input
  const data = inputs.map((text, index) => {
    const vector = Float32Array.from({ length: dimensions }, (_, i) => (text.length + i) / 8)
    const embedding = format === 'base64' ? Buffer.from(vector.buffer).toString('base64') : [...vector]
    return { object: 'embedding', index, embedding }
  })
  const usage = { prompt_tokens: inputs.length * 3, total_tokens: inputs.length * 3 }
  // Sent last first: the index says where a vector belongs, not its place in the list.
  sendJson(
    exchange,
    200,
    JSON.stringify({ object: 'list', data: data.reverse(), model: exchange.model, usage }),
  )
}

function whole(exchange: Exchange): void {
  sendJson(exchange, 200, wholeBody(exchange).toString())
}

function wholeBody(exchange: Exchange): Buffer {
  const { body, pieces, model } = exchange
  const content = pieces.join('')
  const choices = Array.from({ length: body.n ?? 1 }, (_, index) => ({
    index,
    message: { role: 'assistant', content, refusal: null, annotations: [] },
    logprobs: body.logprobs === true ? logprobsOf(content) : null,
    finish_reason: 'stop',
  }))
  return Buffer.from(completion(model, choices, usageOf(pieces.length)))
}

type StreamStyle = {
  readonly newline?: string
  readonly done?: boolean
  /** `asked`: a last event without choices, if the client asked for it (OpenAI). `on-finish`: beside the finish reason. */
  readonly usage?: 'asked' | 'on-finish' | 'always' | 'never'
  readonly chunkExtra?: Record<string, unknown>
  readonly reasoning?: readonly string[]
  readonly started?: boolean
}

async function stream(exchange: Exchange, style: StreamStyle): Promise<void> {
  const { newline = '\n', done = true, usage = 'asked' } = style
  const { body, model, pieces } = exchange
  if (style.started !== true) startEvents(exchange)
  const asked = usage === 'always' || (usage === 'asked' && body.stream_options?.include_usage === true)
  for (let index = 0; index < (body.n ?? 1); index += 1) {
    if (!(await sendPieces(exchange, pieces, { ...style, newline, index }))) return
  }
  for (let index = 0; index < (body.n ?? 1); index += 1) {
    const extra = usage === 'on-finish' ? { usage: usageOf(pieces.length) } : style.chunkExtra
    await sendEvent(exchange, chunk(model, { index, finishReason: 'stop' }, extra), newline)
  }
  if (asked) await sendEvent(exchange, usageChunk(model, usageOf(pieces.length)), newline)
  if (done) await sendEvent(exchange, '[DONE]', newline)
  exchange.response.end()
}

async function sendPieces(
  exchange: Exchange,
  pieces: readonly string[],
  style: StreamStyle & { readonly index?: number } = {},
): Promise<boolean> {
  const { index = 0, newline = '\n', chunkExtra = {}, reasoning = [] } = style
  const send = (delta: Record<string, unknown>, logprobs: unknown = null) =>
    sendEvent(exchange, chunk(exchange.model, { index, delta, logprobs }, chunkExtra), newline)
  await send({ role: 'assistant', content: '', refusal: null })
  for (const text of reasoning) await send({ reasoning_content: text })
  for (const content of pieces) {
    const logprobs = exchange.body.logprobs === true ? logprobsOf(content) : null
    if (!(await send({ content }, logprobs))) return false
  }
  return true
}

function toolCall(exchange: Exchange, args: string): unknown {
  if (exchange.body.stream === true) return streamToolCall(exchange, args, 7)
  const call = { id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: args } }
  const message = { role: 'assistant', content: null, tool_calls: [call], refusal: null }
  const choice = { index: 0, message, logprobs: null, finish_reason: 'tool_calls' }
  return sendJson(exchange, 200, completion(exchange.model, [choice], usageOf(9)))
}

async function streamToolCall(exchange: Exchange, args: string, pieceBytes: number): Promise<void> {
  const { model } = exchange
  startEvents(exchange)
  const call = { index: 0, id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '' } }
  await sendEvent(exchange, chunk(model, { delta: { role: 'assistant', content: null, tool_calls: [call] } }))
  for (let at = 0; at < args.length; at += pieceBytes) {
    const piece = { index: 0, function: { arguments: args.slice(at, at + pieceBytes) } }
    if (!(await sendEvent(exchange, chunk(model, { delta: { tool_calls: [piece] } })))) return
  }
  await sendEvent(exchange, chunk(model, { finishReason: 'tool_calls' }))
  if (exchange.body.stream_options?.include_usage === true) {
    await sendEvent(exchange, usageChunk(model, usageOf(9)))
  }
  await sendEvent(exchange, '[DONE]')
  exchange.response.end()
}

function hugeArguments(): string {
  const filler = '"error" "usage":{ naïve ☃ '
  const text = filler.repeat(Math.ceil(HUGE_ARGUMENTS_BYTES / Buffer.byteLength(filler)))
  return JSON.stringify({ text })
}

/** Every packet ends in the middle of a code point or of a line. */
async function splitUnicode(exchange: Exchange): Promise<void> {
  startEvents(exchange)
  const slow = { ...exchange, delayMs: Math.max(exchange.delayMs, 2) }
  for (const content of ['🎉', 'é', 'हिन्दी']) {
    const event = Buffer.from(`data: ${chunk(exchange.model, { delta: { content } })}\n\n`)
    const inside = event.indexOf(Buffer.from(content)) + 1
    await sendBytes(slow, event.subarray(0, inside))
    await sendBytes(slow, event.subarray(inside, event.length - 1))
    await sendBytes(slow, event.subarray(event.length - 1))
  }
  await sendBytes(slow, `data: ${chunk(exchange.model, { finishReason: 'stop' })}\n\ndata: [DO`)
  await sendBytes(slow, 'NE]\n\n')
  exchange.response.end()
}

/** The whole stream in one write, as a proxy that buffers would send it. */
async function onePacket(exchange: Exchange): Promise<void> {
  const { model, pieces } = exchange
  const events = pieces.map((content) => chunk(model, { delta: { content } }))
  events.push(chunk(model, { finishReason: 'stop' }), usageChunk(model, usageOf(pieces.length)), '[DONE]')
  startEvents(exchange)
  exchange.response.end(events.map((event) => `data: ${event}\n\n`).join(''))
}

function hangUp(exchange: Exchange): void {
  exchange.closedByUs = true
  exchange.response.socket?.destroy()
}
