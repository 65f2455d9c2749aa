import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { chunk, errorBody, usageChunk, usageOf } from '../../../test/upstream/wire.ts'
import {
  createSniffer as createWireSniffer,
  MAX_EVENT_BYTES,
  type SnifferOptions,
} from '../http/stream-sniffer.ts'
import { chatWords } from './chat-wire.ts'

const MODEL = 'upstream-name'
const text = (content: string, extra = {}) => chunk(MODEL, { delta: { content } }, extra)
const FINISH = chunk(MODEL, { finishReason: 'length' })
const USAGE = usageChunk(MODEL, usageOf(5))
const COUNTED = {
  inputTokens: 7,
  cacheReadTokens: 4,
  cacheWriteTokens: 0,
  outputTokens: 5,
  reasoningTokens: 0,
}

describe('a stream is passed on byte for byte', () => {
  test('whole events in one packet leave as the very same buffer', () => {
    const packet = Buffer.from(sse([text('a'), text('b')]))
    const { emitted } = sniff([packet])
    expect(emitted).toHaveLength(1)
    expect(emitted[0]).toBe(packet)
  })

  test.each(['\n', '\r\n'])('cut at every position, framed with %j, it is the same stream', (newline) => {
    const events = [text('naïve 🎉'), text('talks of "usage": {"a":1} and "error"'), FINISH, USAGE, '[DONE]']
    const stream = Buffer.from(sse(events, newline))
    const uncut = sniff([stream])
    expect(uncut.text).toBe(sse(events, newline))
    for (let at = 1; at < stream.length; at += 1) {
      const { text, seen } = sniff([stream.subarray(0, at), stream.subarray(at)])
      expect(text).toBe(uncut.text)
      expect(seen).toEqual(uncut.seen)
    }
  })

  test('packets of one byte make no difference', () => {
    const events = [text('é'), FINISH, USAGE, '[DONE]']
    for (const newline of ['\n', '\r\n']) {
      const bytes = [...Buffer.from(sse(events, newline))].map((byte) => Buffer.from([byte]))
      expect(sniff(bytes).text).toBe(sse(events, newline))
    }
  })

  test('an event leaves in the packet that completes it', () => {
    const emitted: string[] = []
    const sniffer = createSniffer({ ...ignoring, emit: (bytes) => emitted.push(String(bytes)) })
    sniffer.push(Buffer.from('data: {"choices":[]}'))
    expect(emitted).toEqual([])
    sniffer.push(Buffer.from('\n\ndata: {"cho'))
    expect(emitted).toEqual(['data: {"choices":[]}\n\n'])
  })

  test('comments, ids and names of events stay where they were', () => {
    const stream = `: PROCESSING\n\nid: 1\nevent: message\ndata: ${text('a')}\n\ndata: ${FINISH}\n\n`
    expect(sniff([Buffer.from(stream)]).text).toBe(stream)
  })

  test.each(['{"error"', '{"choices":[{"index":0,', '<html>', '"error": 5 }'])(
    'an event that is no JSON (%s) ends it, after all that came before',
    (event) => {
      expect(() => sniff([Buffer.from(sse([text('a'), event, FINISH]))])).toThrow('not JSON')
    },
  )
})

const FIXTURES = join(import.meta.dirname, '../../../fixtures/openai')
const FIXTURE_STREAMS = readdirSync(FIXTURES).filter((name) => /^(?!.*-in-stream).*\.events\.txt$/.test(name))

test.each(FIXTURE_STREAMS)('%s, cut at every byte, is the same stream with the same usage', (name) => {
  const stream = readFileSync(join(FIXTURES, name))
  const uncut = sniff([stream])
  expect(uncut.text).toBe(stream.toString())
  for (let at = 1; at < stream.length; at += 1) {
    const { text, seen } = sniff([stream.subarray(0, at), stream.subarray(at)])
    if (text !== uncut.text) expect({ at, text }).toEqual({ at, text: uncut.text })
    if (JSON.stringify(seen) !== JSON.stringify(uncut.seen)) expect({ at, seen }).toEqual(uncut.seen)
  }
})

test.each(['error', 'insufficient_system_resource', 'abort'])(
  'a finish reason that is a failure (%s) is one, after all that came before',
  (finishReason) => {
    const emitted: string[] = []
    const failed: unknown[] = []
    const fail = (error: unknown): never => {
      failed.push(error)
      throw new Error('failed')
    }
    const sniffer = createSniffer({ ...ignoring, emit: (bytes) => emitted.push(String(bytes)), fail })
    expect(() => sniffer.push(Buffer.from(sse([text('a'), chunk(MODEL, { finishReason })])))).toThrow(
      'failed',
    )
    expect(emitted.join('')).toBe(sse([text('a')]))
    expect(failed).toEqual([{ error: { type: 'finish_reason', code: finishReason } }])
  },
)

describe('usage and finish reason are read on the way', () => {
  test.each([
    ['in an event of its own', [text('a'), FINISH, USAGE, '[DONE]']],
    [
      'beside the finish reason',
      [text('a'), chunk(MODEL, { finishReason: 'length' }, { usage: usageOf(5) }), '[DONE]'],
    ],
    ['after null on every chunk', [text('a', { usage: null }), FINISH, USAGE, '[DONE]']],
    [
      'growing from chunk to chunk',
      [text('a', { usage: usageOf(1) }), text('b', { usage: usageOf(5) }), FINISH, '[DONE]'],
    ],
    ['with spaces, as Python writes JSON', [spaced(text('a')), spaced(FINISH), spaced(USAGE), '[DONE]']],
  ])('usage %s', (_, events) => {
    const { seen } = sniff([Buffer.from(sse(events))])
    expect(seen).toMatchObject({ usage: COUNTED, finishReason: 'length', done: true, begun: true })
  })

  test('of several answers the first one gives the finish reason', () => {
    const second = chunk(MODEL, { index: 1, finishReason: 'stop' })
    expect(sniff([Buffer.from(sse([second, FINISH]))]).seen.finishReason).toBe('length')
    expect(sniff([Buffer.from(sse([FINISH, second]))]).seen.finishReason).toBe('length')
  })

  test('a stream whose last event lacks its empty line is whole', () => {
    const { text: passed, seen } = sniff([Buffer.from(`${sse([text('a'), FINISH])}data: [DONE]`)])
    expect(seen.done).toBe(true)
    expect(passed).toBe(`${sse([text('a'), FINISH])}data: [DONE]`)
  })

  test('half an event at the end of a cut stream is not passed on', () => {
    const { text: passed, seen } = sniff([Buffer.from(`${sse([text('a')])}data: {"choices":[{"del`)])
    expect(passed).toBe(sse([text('a')]))
    expect(seen).toMatchObject({ done: false, finishReason: undefined })
  })
})

describe('the usage event that the client did not ask for', () => {
  test.each(['\n', '\r\n'])('is taken out, and nothing else is, with %j', (newline) => {
    const stream = Buffer.from(sse([text('a'), FINISH, USAGE, '[DONE]'], newline))
    for (let at = 1; at <= stream.length; at += 1) {
      const { text: passed, seen } = sniff([stream.subarray(0, at), stream.subarray(at)], true)
      expect(passed).toBe(sse([text('a'), FINISH, '[DONE]'], newline))
      expect(seen.usage).toMatchObject(COUNTED)
    }
  })

  test('an event with choices stays although it has usage', () => {
    const stream = sse([chunk(MODEL, { finishReason: 'stop' }, { usage: usageOf(5) }), '[DONE]'])
    expect(sniff([Buffer.from(stream)], true).text).toBe(stream)
  })

  test("Azure's first event, which has no choices and no usage, stays", () => {
    const filter = chunk(
      MODEL,
      {},
      { choices: [], prompt_filter_results: [{ prompt_index: 0 }], usage: null },
    )
    const stream = sse([filter, text('a'), FINISH])
    expect(sniff([Buffer.from(stream)], true).text).toBe(stream)
  })
})

describe('an event that reports an error', () => {
  test.each([
    ['OpenAI', errorBody('boom', 'server_error', null)],
    ['older vLLM', '{"object":"error","message":"boom","type":"BadRequestError","code":400}'],
    ['a bare string', '{"error":"boom"}'],
    [
      'OpenRouter, beside choices',
      chunk(MODEL, { finishReason: 'error' }, { error: { code: 502, message: 'boom' } }),
    ],
  ])('of %s fails after everything before it was passed on', (_, payload) => {
    const emitted: string[] = []
    const sniffer = createSniffer({ ...ignoring, emit: (bytes) => emitted.push(String(bytes)) })
    const packet = Buffer.from(sse([text('a'), payload, '[DONE]']))
    expect(() => sniffer.push(packet)).toThrow(payload)
    expect(emitted.join('')).toBe(sse([text('a')]))
    expect(sniffer.seen.begun).toBe(true)
  })

  test('as the first event leaves the stream not begun', () => {
    const sniffer = createSniffer(ignoring)
    const packet = Buffer.from(`: PROCESSING\n\n${sse([errorBody('boom', 'server_error', null)])}`)
    expect(() => sniffer.push(packet)).toThrow('boom')
    expect(sniffer.seen.begun).toBe(false)
  })

  test('is not seen in a null error, nor in text about errors', () => {
    const stream = sse([text('{"error": "x"} \\"error\\"', { error: null }), FINISH])
    expect(sniff([Buffer.from(stream)]).text).toBe(stream)
  })
})

test('an event over the bound fails instead of filling memory', () => {
  const sniffer = createSniffer(ignoring)
  const packet = Buffer.alloc(1024 * 1024, 'a')
  const fill = () => {
    for (let sent = 0; sent <= MAX_EVENT_BYTES; sent += packet.length) sniffer.push(packet)
  }
  expect(fill).toThrow('too long')
})

const ignoring = {
  removeUsageEvent: false,
  emit: () => {},
  fail(error: unknown): never {
    throw new Error(JSON.stringify(error))
  },
  notJson(): never {
    throw new Error('not JSON')
  },
  tooLong(): never {
    throw new Error('too long')
  },
}

function createSniffer(options: SnifferOptions) {
  return createWireSniffer(options, chatWords)
}

function sniff(packets: readonly Buffer[], removeUsageEvent = false) {
  const emitted: Uint8Array[] = []
  const sniffer = createSniffer({ ...ignoring, removeUsageEvent, emit: (bytes) => emitted.push(bytes) })
  for (const packet of packets) if (packet.length > 0) sniffer.push(packet)
  sniffer.end()
  return { emitted, text: Buffer.concat(emitted).toString(), seen: { ...sniffer.seen } }
}

function sse(payloads: readonly string[], newline = '\n'): string {
  return payloads.map((payload) => `data: ${payload}${newline}${newline}`).join('')
}

/** `{"a": 1, "b": 2}`, on one line. */
function spaced(json: string): string {
  return json.replaceAll('":', '": ').replaceAll(',"', ', "')
}
