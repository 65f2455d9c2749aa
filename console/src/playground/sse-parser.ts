/**
 * Server-sent events out of pieces of text, wherever the pieces were cut: inside a line, inside a CRLF. Returns the
 * `data` of each event that became whole. Names, ids and comments are not needed by OpenAI's protocol and are dropped.
 *
 *     const parser = sseParser()
 *     parser.push('data: {"a"')   // []
 *     parser.push(':1}\n\n')      // ['{"a":1}']
 */
export function sseParser(): { push(text: string): string[] } {
  let rest = ''
  let data: string[] = []
  let afterCr = false

  function endOfLine(line: string, done: string[]): void {
    if (line === '') {
      if (data.length > 0) done.push(data.join('\n'))
      data = []
    } else if (line.startsWith('data:')) data.push(line.slice(line[5] === ' ' ? 6 : 5))
    else if (line === 'data') data.push('')
  }

  return {
    push(text) {
      const done: string[] = []
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
