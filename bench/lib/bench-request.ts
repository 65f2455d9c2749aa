/** The three protocols that a client may speak. */
export type Protocol = 'chat' | 'messages' | 'responses'

export type BenchRequest = {
  readonly protocol: Protocol
  readonly model: string
  readonly stream: boolean
}

type Spoken = {
  readonly path: string
  readonly fields: Readonly<Record<string, unknown>>
  /** What every streamed piece of text holds once, and nothing else of the answer. */
  readonly piece: string
  /** How a stream that is whole ends. */
  readonly ending: RegExp
}

// Together with the fields around it 1 KB, the size the reference measurements use.
const QUESTION = 'Please summarise the following note for me. '.repeat(20)
const CAREFUL = 'You are a careful assistant.'
const USER = { role: 'user', content: QUESTION }

export const spoken: Readonly<Record<Protocol, Spoken>> = {
  chat: {
    path: '/v1/chat/completions',
    fields: { temperature: 0, messages: [{ role: 'system', content: CAREFUL }, USER] },
    piece: '"delta":{"content":',
    ending: /data: \[DONE\]\n\n$/,
  },
  messages: {
    path: '/v1/messages',
    fields: { max_tokens: 512, temperature: 0, system: CAREFUL, messages: [USER] },
    piece: '"type":"text_delta"',
    ending: /^data: \{"type":"message_stop".*\}\n\n$/m,
  },
  responses: {
    path: '/v1/responses',
    // Not kept: whoever wants it kept pays for a write to disk, which no proxy beside us does.
    fields: { store: false, temperature: 0, instructions: CAREFUL, input: [USER] },
    piece: '"type":"response.output_text.delta"',
    ending: /^data: \{"type":"response.completed".*\}\n\n$/m,
  },
}

/** The body that all ways through a proxy are measured with. */
export function benchBody({ protocol, model, stream }: BenchRequest): string {
  return JSON.stringify({ model, stream, ...spoken[protocol].fields })
}

export const BENCH_HEADERS = {
  'content-type': 'application/json',
  authorization: 'Bearer bench',
  'anthropic-version': '2023-06-01',
} as const
