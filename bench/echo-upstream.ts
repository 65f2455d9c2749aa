import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerJobs } from './lib/child.ts'

/** A server of Chat Completions that streams back what it was told, in a process of its own: a model that copies stand-ins. */
export type EchoJob = {
  /** What a model that sees no personal data must never be told; asked under the name `masked`. */
  readonly forbidden: string
}
export type EchoStarted = { readonly url: string }

/** Pieces of an answer are about as long as tokens of a model are. */
const PIECE = /[^]{1,4}/g
/** Enough to hold a few stand-ins; the rest of a long prompt would only measure how fast pieces are passed on. */
const MAX_ECHO_CHARS = 240

answerJobs<EchoJob, EchoStarted>(async ({ forbidden }) => {
  const server = createServer((request, response) => {
    echo(request, response, forbidden).catch((error: unknown) => response.destroy(error as Error))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1` }
})

type Asked = { readonly model: string; readonly messages: readonly { readonly content: string }[] }

async function echo(request: IncomingMessage, response: ServerResponse, forbidden: string): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const { model, messages } = JSON.parse(Buffer.concat(chunks).toString()) as Asked
  const said = messages.at(-1)?.content ?? ''
  if (model === 'masked' && said.includes(forbidden)) {
    response.writeHead(500).end()
    return
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.socket?.setNoDelay(true)
  for (const content of upTo(said).match(PIECE) ?? []) {
    send(response, { choices: [{ index: 0, delta: { content }, finish_reason: null }] })
    // The next turn of the loop: each piece is a write of its own, as from a model.
    await new Promise((resolve) => setImmediate(resolve))
  }
  send(response, { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })
  response.end('data: [DONE]\n\n')
}

/** Whole words only, so that the last stand-in is not cut. */
function upTo(text: string): string {
  if (text.length <= MAX_ECHO_CHARS) return text
  return text.slice(0, text.lastIndexOf(' ', MAX_ECHO_CHARS))
}

function send(response: ServerResponse, fields: object): void {
  const chunk = {
    id: 'echo',
    object: 'chat.completion.chunk',
    created: 1_764_000_000,
    model: 'echo',
    ...fields,
  }
  response.write(`data: ${JSON.stringify(chunk)}\n\n`)
}
