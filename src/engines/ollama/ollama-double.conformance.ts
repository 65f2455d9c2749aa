import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

// Ollama's wire: its own API and its OpenAI surface, which shortens what is too long as the threads describe.

export type OllamaDouble = {
  /** Of the OpenAI surface. */
  readonly baseUrl: string
  /** Paths, in the order in which they were asked for. */
  readonly asked: readonly string[]
  /** Names that were made by `/api/create`, with their context. */
  readonly made: ReadonlyMap<string, number>
  readonly close: () => Promise<void>
}

export type OllamaHabits = {
  readonly version?: string
  /** What the server gives a model that has no context of its own. */
  readonly defaultContext?: number
  /**
   * `half`: the front is cut away until half of the context is left (#17427). `messages`: the oldest go first until the rest
   * fits (#3839). Either with 200.
   */
  readonly shortens?: 'half' | 'messages'
  /** `truncate: false` is passed over, as versions before 0.13 do. */
  readonly ignoresTruncate?: boolean
  /** Versions without it tell nobody what context a model has. */
  readonly tellsContext?: boolean
  readonly capabilities?: readonly string[]
  /** Tokens that the answer has. */
  readonly writes?: number
}

type Message = { readonly role: string; readonly content?: string }
type Body = {
  readonly model?: string
  readonly from?: string
  readonly messages?: readonly Message[]
  readonly parameters?: { readonly num_ctx?: number }
  readonly truncate?: boolean
  readonly stream?: boolean
  readonly logprobs?: boolean
  readonly input?: readonly string[]
}

export const TRAINED_TOKENS = 32_768

export async function startOllama(habits: OllamaHabits = {}): Promise<OllamaDouble> {
  const { version = '0.33.2', defaultContext = 4096, shortens = 'half', capabilities } = habits
  const { ignoresTruncate = false, tellsContext = true, writes = 4 } = habits
  const asked: string[] = []
  const made = new Map<string, number>()
  const loaded = new Map<string, number>()
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    void readBody(request).then((body) => reply(request.url ?? '', body, response))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  function reply(path: string, body: Body, response: ServerResponse): void {
    const { model = '' } = body
    switch (path) {
      case '/api/version':
        return json(response, 200, { version })
      case '/api/show':
        return json(response, 200, {
          template: '{{ .Prompt }}',
          ...(capabilities !== undefined && { capabilities }),
          model_info: { 'general.architecture': 'qwen3', 'qwen3.context_length': TRAINED_TOKENS },
        })
      case '/api/create':
        made.set(model, body.parameters?.num_ctx ?? 0)
        return json(response, 200, { status: 'success' })
      case '/api/generate':
        load(model)
        return json(response, 200, { model, done: true, done_reason: 'load' })
      case '/api/ps': {
        const models = [...loaded].map(([name, context]) => ({
          name,
          model: name,
          ...(tellsContext && { context_length: context }),
        }))
        return json(response, 200, { models })
      }
      case '/api/chat':
        return native(body, response)
      case '/api/embed':
        return embed(body, response)
      case '/v1/chat/completions':
        return void completion(body, response)
      default:
        return json(response, 404, { error: 'not found' })
    }
  }

  function load(model: string): number {
    const context = made.get(model) ?? defaultContext
    loaded.set(model, context)
    return context
  }

  /** The tokens that are left of the prompt, and those it had. */
  function read({ model = '', messages = [] }: Body) {
    const context = load(model)
    const counts = messages.map(({ content = '' }) => content.split(' ').length + 4)
    const had = sum(counts)
    if (had < context) return { had, left: had, context }
    if (shortens === 'half') return { had, left: context - Math.floor((context - 4) / 2), context }
    const kept = counts.filter((_, index) => sum(counts.slice(index)) < context)
    return { had, left: sum(kept), context }
  }

  function native(body: Body, response: ServerResponse): void {
    const { had, left, context } = read(body)
    if (body.truncate === false && had >= context && !ignoresTruncate) {
      const error = `request (${had} tokens) exceeds the available context size (${context} tokens), try increasing it`
      return json(response, 400, { error })
    }
    const message = { role: 'assistant', content: 'A' }
    json(response, 200, {
      message,
      done: true,
      done_reason: 'length',
      prompt_eval_count: left,
      eval_count: 1,
    })
  }

  async function completion(body: Body, response: ServerResponse): Promise<void> {
    const { left } = read(body)
    const usage = { prompt_tokens: left, completion_tokens: writes, total_tokens: left + writes }
    const head = { id: 'chatcmpl-1', created: 1, model: body.model, system_fingerprint: 'fp_ollama' }
    if (body.stream !== true) {
      const message = { role: 'assistant', content: 'An answer.' }
      const choices = [{ index: 0, message, finish_reason: 'stop', ...logprobsOf(body) }]
      return json(response, 200, { ...head, object: 'chat.completion', choices, usage })
    }
    const chunk = (more: object) =>
      response.write(`data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', ...more })}\n\n`)
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const delta = { role: 'assistant', content: 'An answer.' }
    chunk({ choices: [{ index: 0, delta, finish_reason: null, ...logprobsOf(body) }] })
    while (body.messages?.at(-1)?.content === 'endless' && !response.destroyed) {
      chunk({ choices: [{ index: 0, delta: { role: 'assistant', content: ' on' }, finish_reason: null }] })
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    chunk({ choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: 'stop' }] })
    chunk({ choices: [], usage })
    response.end('data: [DONE]\n\n')
  }

  function embed({ model = '', input = [], truncate }: Body, response: ServerResponse): void {
    const context = load(model)
    const longest = Math.max(...input.map((text) => text.split(' ').length))
    if (longest > context && truncate === false)
      return json(response, 400, { error: 'the input length exceeds the context length' })
    json(response, 200, { model, embeddings: input.map(() => [0.6, 0.8]), prompt_eval_count: input.length })
  }

  const { port } = server.address() as AddressInfo
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    asked,
    made,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function logprobsOf({ logprobs }: Body): object {
  if (logprobs !== true) return {}
  const token = { token: 'An answer.', logprob: -0.25, bytes: null, top_logprobs: [] }
  return { logprobs: { content: [token] } }
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
  response.end(JSON.stringify(body))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

async function readBody(request: IncomingMessage): Promise<Body> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return parts.length === 0 ? {} : (JSON.parse(Buffer.concat(parts).toString('utf8')) as Body)
}
