/** A client of one protocol, by hand: what it sends, and what it makes of the bytes that come back. */
export type DialectClient = {
  readonly name: string
  readonly path: string
  readonly body: (model: string, stream: boolean) => string
  /** Of a reply with status 200. */
  readonly whole: (body: string) => Heard
  readonly streamed: (body: string) => Heard
  /** Whether the body of a refusal is an error as this protocol writes it. */
  readonly isError: (body: string) => boolean
}

/** `text`: everything a user was shown. `end`: whole, broken off with an error event, or neither, which is a lie. */
export type Heard = { readonly text: string; readonly end: 'whole' | 'error' | 'nothing' }

type Fields = Readonly<Record<string, unknown>>

const PROMPT = 'Say hello.'

export const chatClient: DialectClient = {
  name: 'chat completions',
  path: '/v1/chat/completions',
  body: (model, stream) => JSON.stringify({ model, stream, messages: [{ role: 'user', content: PROMPT }] }),
  whole(body) {
    const message = first(fields(JSON.parse(body))['choices'])['message']
    return { text: textAt(fields(message), 'content'), end: 'whole' }
  },
  streamed(body) {
    const events = dataOf(body)
    const json = events.filter((data) => data !== '[DONE]').map((data) => fields(JSON.parse(data)))
    const text = json.map((event) => textAt(fields(first(event['choices'])['delta']), 'content')).join('')
    const broke = json.some((event) => isOpenAiError(event))
    return { text, end: endOf(events.at(-1) === '[DONE]', broke) }
  },
  isError: (body) => isOpenAiError(fields(JSON.parse(body))),
}

export const responsesClient: DialectClient = {
  name: 'responses',
  path: '/v1/responses',
  body: (model, stream) => JSON.stringify({ model, stream, input: PROMPT, store: false }),
  whole(body) {
    const items = (fields(JSON.parse(body))['output'] ?? []) as readonly unknown[]
    const parts = items.flatMap((item) => (fields(item)['content'] ?? []) as readonly unknown[])
    return { text: parts.map((part) => textAt(fields(part), 'text')).join(''), end: 'whole' }
  },
  streamed(body) {
    const events = dataOf(body).map((data) => fields(JSON.parse(data)))
    const ofType = (type: string) => events.filter((event) => event['type'] === type)
    const text = ofType('response.output_text.delta').map((event) => textAt(event, 'delta'))
    const broke = ofType('error').length + ofType('response.failed').length > 0
    const whole = ofType('response.completed').length + ofType('response.incomplete').length === 1
    return { text: text.join(''), end: endOf(whole, broke) }
  },
  isError: (body) => isOpenAiError(fields(JSON.parse(body))),
}

export const messagesClient: DialectClient = {
  name: 'messages',
  path: '/v1/messages',
  body: (model, stream) =>
    JSON.stringify({ model, stream, max_tokens: 256, messages: [{ role: 'user', content: PROMPT }] }),
  whole(body) {
    const parts = (fields(JSON.parse(body))['content'] ?? []) as readonly unknown[]
    return { text: parts.map((part) => textAt(fields(part), 'text')).join(''), end: 'whole' }
  },
  streamed(body) {
    const events = dataOf(body).map((data) => fields(JSON.parse(data)))
    const text = events.map((event) => textAt(fields(event['delta']), 'text')).join('')
    const broke = events.some((event) => event['type'] === 'error')
    const whole = events.filter((event) => event['type'] === 'message_stop').length === 1
    return { text, end: endOf(whole, broke) }
  },
  isError(body) {
    const said = fields(JSON.parse(body))
    return said['type'] === 'error' && typeof fields(said['error'])['type'] === 'string'
  },
}

function endOf(whole: boolean, broke: boolean): Heard['end'] {
  if (whole && broke) return 'nothing'
  return whole ? 'whole' : broke ? 'error' : 'nothing'
}

function dataOf(body: string): readonly string[] {
  return body.split('\n').flatMap((line) => (line.startsWith('data: ') ? [line.slice('data: '.length)] : []))
}

function isOpenAiError(said: Fields): boolean {
  return typeof fields(said['error'])['message'] === 'string'
}

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}

function first(value: unknown): Fields {
  return Array.isArray(value) ? fields(value[0]) : {}
}

function textAt(value: Fields, key: string): string {
  const text = value[key]
  return typeof text === 'string' ? text : ''
}
