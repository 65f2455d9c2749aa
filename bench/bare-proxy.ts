import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Agent, type Dispatcher } from 'undici'
import { answerJobs } from './lib/child.ts'

/**
 * The least a Node.js proxy can do: `node:http` in, undici `dispatch` out, bytes both ways with back-pressure and abort.
 * It reads nothing, logs nothing and decides nothing; what we cost more than this is what a gateway is for.
 */
export type BareProxyJob = { readonly origins: readonly string[] }
export type BareProxyStarted = { readonly urls: readonly string[] }

const agent = new Agent({ connections: 256, pipelining: 1 })

answerJobs<BareProxyJob, BareProxyStarted>(async ({ origins }) => ({
  urls: await Promise.all(origins.map(listen)),
}))

function listen(origin: string): Promise<string> {
  const server = createServer((request, response) => forward(origin, request, response))
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  })
}

function forward(origin: string, request: IncomingMessage, response: ServerResponse): void {
  const parts: Buffer[] = []
  // A body as a stream costs undici more than all the rest of a small request, so it is gathered first.
  request.on('data', (part: Buffer) => parts.push(part))
  request.on('end', () => {
    const { url: path = '/', method = 'GET' } = request
    const headers = { 'content-type': 'application/json', authorization: 'Bearer bench' }
    const body = parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts)
    agent.dispatch(
      {
        origin,
        path,
        method: method as Dispatcher.HttpMethod,
        headers,
        body: body.length === 0 ? null : body,
      },
      bytesTo(response),
    )
  })
}

function bytesTo(response: ServerResponse): Dispatcher.DispatchHandler {
  return {
    onRequestStart(controller) {
      response.once('close', () => {
        if (!response.writableFinished) controller.abort(new Error('the client went away'))
      })
    },
    onResponseStart(_, status, headers) {
      delete headers['connection']
      delete headers['keep-alive']
      delete headers['transfer-encoding']
      response.writeHead(status, headers)
    },
    onResponseData(controller, chunk) {
      if (response.write(chunk)) return
      controller.pause()
      response.once('drain', () => controller.resume())
    },
    onResponseEnd() {
      response.end()
    },
    onResponseError() {
      response.destroy()
    },
  }
}
