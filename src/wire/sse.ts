import { MusivumError } from '../core/errors.ts'

/**
 * The largest event we take, in characters: a tool call of a whole file sent in one piece, or a generated image of
 * 12 MB in base64. Without it a server that never ends its line would fill our memory.
 */
export const MAX_SSE_EVENT_CHARS = 16 * 1024 * 1024

export type SseParser = {
  /** The `data` of every event that ended in this chunk. Throws `upstream.bad_answer` when an event is over the bound. */
  readonly push: (chunk: Uint8Array) => readonly string[]
  /**
   * What is left when the connection has closed: an event whose last line was whole and only lacked the empty line, as
   * some servers end their stream. Half a line is a cut, not an event, and is not returned.
   */
  readonly end: () => readonly string[]
}

/** Server-sent events, incremental: the same payloads come out however the bytes are cut. Other fields than `data` are skipped. */
export function createSseParser(): SseParser {
  const decoder = new TextDecoder()
  let afterCarriageReturn = false
  let line = ''
  let data: string | undefined

  /** CR, LF and CRLF all end a line; the LF of a CRLF may come with the next chunk. */
  function withOneLineEnd(decoded: string): string {
    if (decoded === '') return decoded
    const text = afterCarriageReturn && decoded.startsWith('\n') ? decoded.slice(1) : decoded
    afterCarriageReturn = decoded.endsWith('\r')
    return text.includes('\r') ? text.replaceAll(/\r\n?/g, '\n') : text
  }

  function takeLine(whole: string, payloads: string[]): void {
    if (whole === '') {
      if (data !== undefined) payloads.push(data)
      data = undefined
      return
    }
    const value = dataOf(whole)
    if (value === undefined) return
    data = data === undefined ? value : `${data}\n${value}`
    if (data.length > MAX_SSE_EVENT_CHARS) throw tooLarge()
  }

  return {
    push(chunk) {
      const text = withOneLineEnd(decoder.decode(chunk, { stream: true }))
      const payloads: string[] = []
      let start = 0
      for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
        takeLine(line + text.slice(start, end), payloads)
        line = ''
        start = end + 1
      }
      line += text.slice(start)
      if (line.length > MAX_SSE_EVENT_CHARS) throw tooLarge()
      return payloads
    },
    end() {
      const payloads: string[] = []
      if (line !== '' && dataOf(line) !== '[DONE]') return payloads
      if (line !== '') takeLine(line, payloads)
      takeLine('', payloads)
      line = ''
      return payloads
    },
  }
}

function dataOf(line: string): string | undefined {
  if (line === 'data') return ''
  if (!line.startsWith('data:')) return undefined
  return line.startsWith(' ', 5) ? line.slice(6) : line.slice(5)
}

function tooLarge(): MusivumError {
  return new MusivumError(
    'upstream.bad_answer',
    `the server sent one event of more than ${MAX_SSE_EVENT_CHARS} characters`,
  )
}
