import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'

export type Proxy = {
  readonly url: string
  /** `CONNECT hub.test:443` or `GET http://…`, oldest first. */
  readonly seen: readonly string[]
  readonly close: () => Promise<void>
}

/**
 * A proxy as companies have one: tunnels for TLS, forwards what is plain.
 *
 * @param ports where the names lie that only it can find: `hub.test:443` to a port of this machine
 * @param password when given, `Proxy-Authorization` must be Basic with it
 */
export async function startProxy(ports: ReadonlyMap<string, number>, password?: string): Promise<Proxy> {
  const seen: string[] = []
  const open = new Set<Socket>()
  const refuses = ({ headers }: IncomingMessage) =>
    password !== undefined &&
    headers['proxy-authorization'] !== `Basic ${Buffer.from(password).toString('base64')}`
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${new URL(request.url ?? '').origin}`)
    if (refuses(request)) response.writeHead(407).end()
    else forward(request, response)
  })
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    seen.push(`CONNECT ${request.url}`)
    const port = ports.get(request.url ?? '')
    if (refuses(request)) return socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
    if (port === undefined) return socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
    tunnel(socket, port, open)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
        for (const socket of open) socket.destroy()
      }),
  }
}

function tunnel(socket: Socket, port: number, open: Set<Socket>): void {
  const there = connect(port, '127.0.0.1', () => socket.write('HTTP/1.1 200 Connection established\r\n\r\n'))
  for (const [one, other] of [
    [socket, there],
    [there, socket],
  ] as const) {
    open.add(one)
    one.pipe(other)
    one.on('error', () => other.destroy())
    one.on('close', () => {
      open.delete(one)
      other.destroy()
    })
  }
}

function forward(request: IncomingMessage, response: ServerResponse): void {
  const there = httpRequest(
    request.url ?? '',
    { method: request.method, headers: request.headers },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    },
  )
  there.on('error', () => response.destroy())
  request.pipe(there)
}
