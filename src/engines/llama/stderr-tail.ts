import type { Readable } from 'node:stream'

// The engine can log megabytes; what explains an end is in its last lines.
const MAX_TAIL_CHARS = 8 * 1024

/** Reads a stream to its end, remembering only the last 8 KiB; the returned function picks the line that explains most. */
export function stderrTail(stream: Readable | null): () => string | undefined {
  let tail = ''
  stream?.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-MAX_TAIL_CHARS)
  })
  return () => explanation(tail)
}

export function explanation(tail: string): string | undefined {
  const lines = tail
    .split('\n')
    .map((line) => withoutPaths(line.trim()))
    .filter((line) => line !== '')
  const telling = lines.findLast((line) => /assert|error|terminate|exception|abort/i.test(line))
  return (telling ?? lines.at(-1))?.slice(0, 200)
}

/** Paths of this machine are nobody's business; the file name at their end is what helps. */
function withoutPaths(line: string): string {
  return line.replaceAll(/(?:file:\/\/)?(?:\/[^\s/:"'()]+)+\/(?=[^\s/])/g, '')
}
