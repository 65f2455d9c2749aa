import type { Readable } from 'node:stream'

/** `listening on http://127.0.0.1:41234`, and what versions before 2025 said. */
const LISTENING =
  /listening on (?:http:\/\/)?127\.0\.0\.1:(\d{1,5})\b|hostname: 127\.0\.0\.1, port: (\d{1,5})\b/

/** A line is at most some hundred bytes; a flood without a line end is not kept. */
const MAX_LINE_CHARS = 4096

/** The port that the program says in its log. Never resolves when it says none: its end is told elsewhere. */
export function listeningPort(logs: readonly Readable[]): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>()
  for (const log of logs) watch(log, resolve)
  return promise
}

function watch(log: Readable, found: (port: number) => void): void {
  let rest = ''
  const read = (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop()?.slice(-MAX_LINE_CHARS) ?? ''
    for (const line of lines) {
      const [, port, before] = LISTENING.exec(line) ?? []
      if (port === undefined && before === undefined) continue
      log.off('data', read)
      // The other listener of this log goes on reading: a full pipe would stop the server.
      found(Number(port ?? before))
    }
  }
  log.setEncoding('utf8').on('data', read)
}
