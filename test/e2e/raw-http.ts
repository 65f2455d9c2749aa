import { connect } from 'node:net'

/** Everything the server says to these bytes until it closes the connection, for requests that no client would send. */
export function say(origin: string, ...pieces: readonly (string | Buffer)[]): Promise<string> {
  const { hostname, port } = new URL(origin)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname)
    const said: Buffer[] = []
    socket.on('data', (part) => said.push(part))
    socket.on('close', () => resolve(Buffer.concat(said).toString('utf8')))
    // A server that refuses may close while we still write: what it said before counts.
    socket.on('error', (error) => {
      if (said.length === 0) reject(error)
    })
    for (const piece of pieces) socket.write(piece)
  })
}

/** The first lines of a request, ended by an empty one. */
export function head(line: string, ...headers: readonly string[]): string {
  return [`${line} HTTP/1.1`, 'connection: close', ...headers, '', ''].join('\r\n')
}
