/** `event` is '' where the stream names none. */
export type ServerEvent = { readonly event: string; readonly data: string }

/**
 * Server-sent events out of pieces of text, wherever the pieces were cut: inside a line, inside a CRLF. Returns the
 * events that became whole. Ids, retry times and comments are not needed by any stream we read and are dropped.
 *
 *     const parser = sseParser()
 *     parser.push('event: a\ndata: {"b"')   // []
 *     parser.push(':1}\n\n')                // [{ event: 'a', data: '{"b":1}' }]
 */
export function sseParser(): { push(text: string): ServerEvent[] } {
  let rest = ''
  let event = ''
  let data: string[] = []
  let afterCr = false

  function endOfLine(line: string, done: ServerEvent[]): void {
    if (line === '') {
      if (data.length > 0) done.push({ event, data: data.join('\n') })
      data = []
      event = ''
      return
    }
    const [, name, value = ''] = /^(data|event)(?:$|: ?(.*))/s.exec(line) ?? []
    if (name === 'data') data.push(value)
    if (name === 'event') event = value
  }

  return {
    push(text) {
      const done: ServerEvent[] = []
      // A CRLF cut in two would otherwise read as two line ends, and an event would end early.
      let piece = afterCr && text.startsWith('\n') ? text.slice(1) : text
      if (text !== '') afterCr = text.endsWith('\r')
      piece = rest + piece
      const lines = piece.split(/\r\n|\r|\n/)
      rest = lines.pop() ?? ''
      for (const line of lines) endOfLine(line, done)
      const held = rest.length + data.reduce((sum, part) => sum + part.length, 0)
      if (held > MAX_EVENT_CHARS) throw new RangeError(`an event of more than ${MAX_EVENT_CHARS} characters`)
      return done
    },
  }
}

// A chunk of an answer is a few hundred characters; 4 Mi leaves room for a whole answer in one event and still keeps a
// server that never ends a line from filling the tab.
const MAX_EVENT_CHARS = 4 * 1024 * 1024
