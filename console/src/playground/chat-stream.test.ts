import { afterEach, describe, expect, test, vi } from 'vitest'
import { eventsOfChunk, streamChat, type ChatEvent } from './chat-stream.ts'

const request = { model: 'm', system: '', prompt: 'hi', temperature: null, maxTokens: null, seed: null }

afterEach(() => vi.unstubAllGlobals())

/** What the browser's `fetch` would give for these bytes. */
function answering(wire: string, status = 200): void {
  const headers = { 'x-musivum-request-id': 'r1' }
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(wire, { status, headers })))
}

async function collected(): Promise<{ events: ChatEvent[]; error: unknown }> {
  const events: ChatEvent[] = []
  const error = await streamChat(request, new AbortController().signal, (event) => events.push(event)).catch(
    (thrown: unknown) => thrown,
  )
  return { events, error }
}

describe('a streamed answer', () => {
  test('is text, a toy notice, usage and a finish, in the order of the wire', async () => {
    answering(
      'data: {"choices":[{"delta":{"role":"assistant","content":""}}],"musivum":{"toy":true,"notice":"a toy"}}\n\n' +
        'data: {"choices":[{"delta":{"content":"नम"}}]}\n\ndata: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n' +
        'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1}}\n\ndata: [DONE]\n\n',
    )
    expect(await collected()).toEqual({
      error: undefined,
      events: [
        { kind: 'begun', requestId: 'r1' },
        { kind: 'toy', notice: 'a toy' },
        { kind: 'text', text: 'नम' },
        { kind: 'finish', reason: 'stop' },
        { kind: 'usage', inputTokens: 3, outputTokens: 1 },
      ],
    })
  })

  test('that stops without its end mark is an error, with the text kept', async () => {
    answering('data: {"choices":[{"delta":{"content":"half"}}]}\n\n')
    const { events, error } = await collected()
    expect(events.at(-1)).toEqual({ kind: 'text', text: 'half' })
    expect(error).toMatchObject({ code: 'upstream.cut' })
  })

  test('with an error event inside fails with that error', async () => {
    answering('data: {"error":{"message":"it crashed","code":"engine.crashed"}}\n\ndata: [DONE]\n\n')
    expect((await collected()).error).toMatchObject({ message: 'it crashed', code: 'engine.crashed' })
  })
})

describe('a refused request', () => {
  test('fails with the words and the code of the gateway, and its id is known', async () => {
    answering('{"error":{"message":"No model has this name.","code":"model.not_found"}}', 404)
    const { events, error } = await collected()
    expect(events).toEqual([{ kind: 'begun', requestId: 'r1' }])
    expect(error).toMatchObject({ message: 'No model has this name.', code: 'model.not_found', status: 404 })
  })

  test('by a proxy with a web page is named by its status, without the page', async () => {
    answering('<html>Bad gateway</html>', 502)
    expect((await collected()).error).toMatchObject({ message: 'HTTP 502', code: null })
  })
})

test('chunks of a shape nobody promised are passed over', () => {
  for (const data of [
    'null',
    '[]',
    'not json',
    '{}',
    '{"choices":[null]}',
    '{"choices":[{"delta":null}],"usage":{}}',
  ]) {
    expect(eventsOfChunk(data)).toEqual([])
  }
})
