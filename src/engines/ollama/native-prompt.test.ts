import { expect, test } from 'vitest'
import { nativePrompt, sizeOf } from './native-prompt.ts'

test('messages are turned as the server turns them: parts become messages, arguments become objects', () => {
  const call = { id: 'c1', type: 'function', function: { name: 'now', arguments: '{"zone":"IST"}' } }
  const body = {
    model: 'm',
    temperature: 0,
    messages: [
      { role: 'system', content: 'Be brief.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
        ],
      },
      { role: 'assistant', content: null, reasoning: 'Hm.', tool_calls: [call] },
      { role: 'tool', tool_call_id: 'c1', content: 'noon' },
    ],
    tools: [{ type: 'function', function: { name: 'now' } }],
  }
  expect(nativePrompt(body)).toEqual({
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'What is this?' },
      { role: 'user', content: '', images: ['AAAA'] },
      {
        role: 'assistant',
        thinking: 'Hm.',
        tool_calls: [{ function: { name: 'now', arguments: { zone: 'IST' } } }],
        content: '',
      },
      { role: 'tool', tool_call_id: 'c1', content: 'noon' },
    ],
    tools: [{ type: 'function', function: { name: 'now' } }],
  })
})

test('its size is that of its texts, however they were written, and not of its pictures', () => {
  const picture = { type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(10_000)}` } }
  const said = JSON.parse('{"role":"user","content":"\\u0928\\u092e"}') as { role: string; content: string }
  const { bytes, units, pictures } = sizeOf(
    nativePrompt({ messages: [said, { role: 'user', content: [picture] }] }),
  )
  expect({ bytes: bytes < 150, more: bytes - units, pictures }).toEqual({
    bytes: true,
    more: 4,
    pictures: true,
  })
})

test('what the server itself will refuse is not counted and does not throw', () => {
  const messages = [
    { role: 'user', content: [{ type: 'image_url', image_url: 'https://example.org/a.png' }] },
    { role: 'assistant', tool_calls: [{ function: { name: 'now', arguments: '{' } }, 'no call'] },
    'no message',
  ]
  expect(nativePrompt({ messages })).toEqual({
    messages: [
      { role: 'assistant', content: '', tool_calls: [{ function: { name: 'now', arguments: {} } }] },
    ],
  })
})
