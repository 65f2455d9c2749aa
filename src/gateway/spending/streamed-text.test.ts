import { expect, test } from 'vitest'
import { streamedTextBytes } from './streamed-text.ts'

const bytesOf = (text: string): number => streamedTextBytes(Buffer.from(text))
const chat = (delta: string) =>
  `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":${delta},"logprobs":null,"finish_reason":null}],"obfuscation":"a8fb"}\n\n`

test.each([
  ['a piece of a chat', chat('{"content":" word"}'), 5],
  ['with spaces, as Python writes it', chat('{"content": " word"}'), 5],
  ['its opening', chat('{"role":"assistant","content":""}'), 0],
  ['its end', chat('{}'), 0],
  ['a thought', chat('{"reasoning_content":"Let me"}'), 6],
  [
    'a call of a tool: its name and what it is given, not its id',
    chat(
      '{"tool_calls":[{"index":0,"id":"call_123","type":"function","function":{"name":"get","arguments":"{}"}}]}',
    ),
    3 + 2,
  ],
  ['two events in one packet', chat('{"content":"ab"}') + chat('{"content":"cde"}'), 5],
  [
    'a piece of a message',
    'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}\n\n',
    5,
  ],
  [
    'a piece of a response',
    'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","item_id":"msg_1","output_index":0,"delta":"Hello","logprobs":[],"obfuscation":"xyz"}\n\n',
    5,
  ],
  ['letters of several bytes, in bytes', chat('{"content":"नमस्ते"}'), Buffer.byteLength('नमस्ते')],
  ['escapes as they are written, never too few', chat(String.raw`{"content":"a\"b\n\u0939"}`), 12],
  ['a text that looks like a member', chat(String.raw`{"content":"\"delta\":{\"content\":\"x\"}"}`), 29],
  ['nothing of it', ': keep-alive\n\ndata: [DONE]\n\n', 0],
  ['half an event, which never comes', 'data: {"choices":[{"delta":{"content":"cut of', 6],
])('%s', (_, event, bytes) => {
  expect(bytesOf(event)).toBe(bytes)
})

test('the same is found wherever the word stands in the packet', () => {
  for (let padding = 0; padding < 40; padding += 1)
    expect(bytesOf(`data: {"${'x'.repeat(padding)}":1,"delta":{"content":"ab"}}\n\n`)).toBe(2)
})
