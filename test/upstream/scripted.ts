import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What the server does with one request; a function of its key, of how many requests came before, and of its body. */
export type Act =
  | { readonly kind: 'answer'; readonly text: string; readonly delayMs?: number }
  | { readonly kind: 'refuse'; readonly status: number; readonly retryAfter?: number; readonly code?: string }
  | { readonly kind: 'hang-up' | 'stall' }
  /** Says some text, then fails: by an error event, or by closing the connection. */
  | { readonly kind: 'break-off'; readonly text: string; readonly by: 'error' | 'close' }

export type Scripted = {
  readonly url: string
  /** The keys of the requests so far, in their order. */
  readonly keys: readonly string[]
  /** Their bodies. */
  readonly bodies: readonly object[]
  readonly aborted: () => number
  readonly close: () => Promise<void>
}

/** A server that speaks Chat Completions and behaves as the test says, request by request. */
export async function startScripted(
  script: (key: string, before: number, body: object) => Act,
): Promise<Scripted> {
  const keys: string[] = []
  const bodies: object[] = []
  let aborted = 0
  const server = createServer((request, response) => {
    const key = (request.headers.authorization ?? '').replace('Bearer ', '')
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as { readonly stream?: boolean }
      const act = script(key, keys.length, body)
      keys.push(key)
      bodies.push(body)
      response.on('close', () => {
        if (!response.writableFinished) aborted += 1
      })
      perform(act, body.stream === true, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    keys,
    bodies,
    aborted: () => aborted,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function perform(act: Act, stream: boolean, response: ServerResponse): void {
  switch (act.kind) {
    case 'answer':
      setTimeout(() => (stream ? streamed(response, act.text) : whole(response, act.text)), act.delayMs ?? 0)
      break
    case 'refuse': {
      const { status, retryAfter, code = null } = act
      const headers = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }
      response.writeHead(status, { 'content-type': 'application/json', ...headers })
      response.end(JSON.stringify({ error: { message: 'not now', type: 'error', param: null, code } }))
      break
    }
    case 'hang-up':
      response.destroy()
      break
    case 'stall':
      break
    case 'break-off':
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(chunk({ role: 'assistant', content: act.text }))
      setImmediate(() => {
        if (act.by === 'close') response.destroy()
        else response.end('data: {"error":{"message":"broke","type":"server_error","code":null}}\n\n')
      })
      break
    default:
      act satisfies never
  }
}

const USAGE = { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 }

function whole(response: ServerResponse, text: string): void {
  const message = { role: 'assistant', content: text }
  const choices = [{ index: 0, message, finish_reason: 'stop' }]
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(
    JSON.stringify({ id: 'c-1', object: 'chat.completion', created: 1, model: 'm', choices, usage: USAGE }),
  )
}

function streamed(response: ServerResponse, text: string): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write(chunk({ role: 'assistant', content: '' }))
  for (const piece of text.match(/.{1,4}/gs) ?? []) response.write(chunk({ content: piece }))
  response.write(chunk({}, 'stop'))
  response.write(`data: ${JSON.stringify({ id: 'c-1', choices: [], usage: USAGE })}\n\n`)
  response.end('data: [DONE]\n\n')
}

function chunk(delta: object, finish: string | null = null): string {
  const choices = [{ index: 0, delta, finish_reason: finish }]
  return `data: ${JSON.stringify({ id: 'c-1', object: 'chat.completion.chunk', created: 1, model: 'm', choices })}\n\n`
}
