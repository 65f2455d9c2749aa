import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'

// Started as the program `llama-server`: understands its arguments and speaks its wire, as of llama.cpp v0.5.0 (tools/server).
// The first argument is the test's: what is to go wrong.

const [mode = '', ...given] = process.argv.slice(2)

const OPTIONS = {
  model: { type: 'string' },
  alias: { type: 'string' },
  host: { type: 'string' },
  port: { type: 'string' },
  'ctx-size': { type: 'string' },
  parallel: { type: 'string' },
  threads: { type: 'string' },
  'threads-batch': { type: 'string' },
  'batch-size': { type: 'string' },
  'ubatch-size': { type: 'string' },
  'n-gpu-layers': { type: 'string' },
  lora: { type: 'string' },
  'cache-ram': { type: 'string' },
  'api-key': { type: 'string' },
  offline: { type: 'boolean' },
  'no-webui': { type: 'boolean' },
  'no-slots': { type: 'boolean' },
  'no-context-shift': { type: 'boolean' },
  jinja: { type: 'boolean' },
  'no-kv-unified': { type: 'boolean' },
  embeddings: { type: 'boolean' },
  reranking: { type: 'boolean' },
} as const

/** An older program knows fewer words. */
const NEWER = new Set(['--offline', '--no-kv-unified', '--cache-ram'])
const known = Object.keys(OPTIONS).filter((name) => mode !== 'old' || !NEWER.has(`--${name}`))

if (mode === 'not-it') end(0, 'usage: something else')
if (given.includes('--help')) end(0, known.map((name) => `--${name} N   what it does`).join('\n'))
const unknown = given.find((word) => word.startsWith('--') && !known.includes(word.slice(2)))
if (unknown !== undefined) end(1, `error: invalid argument: ${unknown}`)

const { values } = parseArgs({ args: given, options: OPTIONS })
const key = process.env['LLAMA_API_KEY']
const contextTokens = Number(values['ctx-size']) / Number(values.parallel)
let ready = false
let running = 0

readFileSync(values.model ?? '')
if (mode === 'crash-at-start') end(134, '/src/ggml.c:42: GGML_ASSERT(tensor != NULL) failed')

const server = createServer((request, response) => void handle(request, response))
server.listen(Number(values.port), values.host, () => {
  const { port } = server.address() as AddressInfo
  if (mode === 'slow') setTimeout(() => (ready = true), 50)
  else ready = true
  process.stderr.write(
    `srv  llama_server: model loaded\nsrv  llama_server: listening on http://127.0.0.1:${port}\n`,
  )
})

type Body = {
  readonly messages?: readonly { readonly role: string; readonly content?: string }[]
  readonly stream?: boolean
  readonly stream_options?: { readonly include_usage?: boolean }
  readonly tools?: readonly { readonly function: { readonly name: string } }[]
  readonly response_format?: { readonly type: string }
  readonly n?: number
  readonly logprobs?: boolean
  readonly cache_prompt?: boolean
  readonly input?: string | readonly string[]
  readonly documents?: readonly string[]
}

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url ?? ''
  if (!ready) return error(response, 503, 'unavailable_error', 'Loading model')
  if (path === '/health') return json(response, { status: 'ok' })
  const asksForKey = key !== undefined && mode !== 'open'
  if (asksForKey && request.headers.authorization !== `Bearer ${key}`)
    return error(response, 401, 'authentication_error', 'Invalid API Key')
  const body = await readBody(request)
  switch (path) {
    case '/props':
      return json(response, {
        default_generation_settings: { n_ctx: contextTokens },
        total_slots: Number(values.parallel),
        build_info: 'b6900-1a2b3c4d',
      })
    case '/v1/chat/completions':
      return chat(body, response)
    case '/v1/chat/completions/input_tokens':
      if (mode === 'old') return error(response, 404, 'not_found_error', 'File Not Found')
      return json(response, { object: 'response.input_tokens', input_tokens: promptTokensOf(body) })
    case '/v1/embeddings':
      return embeddings(body, response)
    case '/v1/rerank':
      return rerank(body, response)
    default:
      return error(response, 404, 'not_found_error', 'File Not Found')
  }
}

function chat(body: Body, response: ServerResponse): Promise<void> | void {
  if (values.embeddings === true || values.reranking === true)
    return error(response, 501, 'not_supported_error', 'This server does not support completions')
  const prompt = body.messages?.at(-1)?.content ?? ''
  const promptTokens = promptTokensOf(body)
  if (promptTokens >= contextTokens) {
    const message = `request (${promptTokens} tokens) exceeds the available context size (${contextTokens} tokens), try increasing it`
    const facts = { n_prompt_tokens: promptTokens, n_ctx: contextTokens }
    return error(response, 400, 'exceed_context_size_error', message, facts)
  }
  if ((body.n ?? 1) > Number(values.parallel))
    return error(response, 400, 'invalid_request_error', 'n_cmpl cannot be greater than the number of slots')
  running += 1
  if (running > Number(values.parallel))
    process.stderr.write('E more requests at once than there are slots\n')
  const cached = body.cache_prompt === false ? 0 : 5
  const usage = {
    completion_tokens: 4,
    prompt_tokens: promptTokens,
    total_tokens: promptTokens + 4,
    prompt_tokens_details: { cached_tokens: cached },
  }
  if (body.stream === true) return stream(body, prompt, usage, response).finally(() => (running -= 1))
  running -= 1
  const choices = indices(body).map((index) => ({ index, ...wholeChoice(body, prompt) }))
  json(response, { ...HEAD, object: 'chat.completion', choices, usage, timings: { cache_n: cached } })
}

function promptTokensOf({ messages = [] }: Body): number {
  return (messages.at(-1)?.content ?? '').split(' ').length + 10
}

const HEAD = {
  id: 'chatcmpl-LsQ7',
  created: 1_764_000_000,
  model: values.alias,
  system_fingerprint: 'b6900-1a2b3c4d',
}

function wholeChoice(body: Body, prompt: string): object {
  const tool = body.tools?.[0]?.function.name
  if (tool !== undefined)
    return {
      finish_reason: 'tool_calls',
      message: {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'Kd81mZpQ', type: 'function', function: { name: tool, arguments: '{}' } }],
      },
    }
  const text = piecesOf(body, prompt).join('')
  return {
    finish_reason: 'stop',
    message: { role: 'assistant', content: text },
    ...(body.logprobs === true && { logprobs: { content: [logprob(text)] } }),
  }
}

async function stream(body: Body, prompt: string, usage: object, response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const send = (data: unknown) =>
    response.write(`data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`)
  const chunk = (index: number, delta: object, finish_reason: string | null, more: object = {}) =>
    send({ ...HEAD, object: 'chat.completion.chunk', choices: [{ index, delta, finish_reason, ...more }] })
  const tool = body.tools?.[0]?.function.name
  for (const index of indices(body)) {
    chunk(index, { role: 'assistant', content: null }, null)
    if (tool !== undefined)
      chunk(
        index,
        {
          tool_calls: [
            { index: 0, id: 'Kd81mZpQ', type: 'function', function: { name: tool, arguments: '{}' } },
          ],
        },
        null,
      )
    else
      for (const piece of piecesOf(body, prompt)) {
        chunk(
          index,
          { content: piece },
          null,
          body.logprobs === true ? { logprobs: { content: [logprob(piece)] } } : {},
        )
      }
    // Until the client has had enough of it, as `ignore_eos` would.
    while (prompt === 'endless' && !response.destroyed && !response.writableEnded) {
      chunk(index, { content: 'on ' }, null)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    chunk(index, {}, tool === undefined ? 'stop' : 'tool_calls')
  }
  if (body.stream_options?.include_usage === true)
    send({ ...HEAD, object: 'chat.completion.chunk', choices: [], usage })
  send('[DONE]')
  response.end()
}

function piecesOf({ response_format: format }: Body, prompt: string): readonly string[] {
  if (format !== undefined && format.type !== 'text') return ['{"answer":', '4}']
  if (prompt === 'environment') return [Object.keys(process.env).toSorted().join(' ')]
  if (prompt === 'arguments') return [given.join(' ')]
  return ['Hé', 'llo ', '🎉']
}

function logprob(token: string): object {
  return {
    id: 1,
    token,
    bytes: [...Buffer.from(token)],
    logprob: -0.25,
    top_logprobs: [{ id: 1, token, bytes: [...Buffer.from(token)], logprob: -0.25 }],
  }
}

function indices({ n = 1 }: Body): readonly number[] {
  return Array.from({ length: n }, (_, index) => index)
}

function embeddings({ input = '' }: Body, response: ServerResponse): void {
  if (values.embeddings !== true)
    return error(
      response,
      501,
      'not_supported_error',
      'This server does not support embeddings. Start it with `--embeddings`',
    )
  const inputs = typeof input === 'string' ? [input] : input
  const data = inputs.map((_, index) => ({ object: 'embedding', index, embedding: [0.6, 0.8] }))
  json(response, {
    object: 'list',
    model: values.alias,
    data,
    usage: { prompt_tokens: inputs.length, total_tokens: inputs.length },
  })
}

function rerank({ documents = [] }: Body, response: ServerResponse): void {
  if (values.reranking !== true)
    return error(
      response,
      501,
      'not_supported_error',
      'This server does not support reranking. Start it with `--reranking`',
    )
  const results = documents.map((document, index) => ({ index, relevance_score: -document.length }))
  json(response, {
    object: 'list',
    model: values.alias,
    results,
    usage: { prompt_tokens: 3, total_tokens: 3 },
  })
}

function json(response: ServerResponse, body: object): void {
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' })
  response.end(JSON.stringify(body))
}

function error(
  response: ServerResponse,
  code: number,
  type: string,
  message: string,
  facts: object = {},
): void {
  response.writeHead(code, { 'content-type': 'application/json; charset=utf-8' })
  response.end(JSON.stringify({ error: { code, message, type, ...facts } }))
}

async function readBody(request: IncomingMessage): Promise<Body> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return parts.length === 0 ? {} : (JSON.parse(Buffer.concat(parts).toString('utf8')) as Body)
}

function end(code: number, line: string): never {
  process.stderr.write(`${line}\n`)
  process.exit(code)
}
