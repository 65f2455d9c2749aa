/** The live list of the admin API, one event of a kind at a time. Resolves once the server has begun to send. */
export async function firstEvents(
  origin: string,
  kind: 'request' | 'state',
): Promise<{ readonly next: () => Promise<unknown>; readonly close: () => void }> {
  const closing = new AbortController()
  const response = await fetch(`${origin}/api/requests/live`, { signal: closing.signal })
  if (response.body === null) throw new TypeError('the live list has no body')
  const events = eventsOf(response.body.pipeThrough(new TextDecoderStream()), kind)
  return {
    async next() {
      const { value, done } = await events.next()
      if (done === true) throw new Error('the live list ended')
      return value
    },
    close: () => closing.abort(),
  }
}

async function* eventsOf(text: AsyncIterable<string>, kind: string): AsyncGenerator<unknown, undefined> {
  let rest = ''
  for await (const part of text) {
    const events = (rest + part).split('\n\n')
    rest = events.pop() ?? ''
    for (const event of events) {
      const [, name, data] = /^event: (\w+)\ndata: (.*)$/s.exec(event) ?? []
      if (name === kind && data !== undefined) yield JSON.parse(data)
    }
  }
  return undefined
}
