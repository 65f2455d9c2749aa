import { existsSync, readFileSync } from 'node:fs'
import type { Dialect } from '../../src/core/conversation.ts'
import { say, type Saying } from './say.ts'
import { startVendors, type VendorReply, type VendorRequest, type Vendors } from './vendors.ts'

/**
 * Vendors that answer with the bytes in fixtures/. The model's name says which: `NAME` is `NAME.events.txt` or
 * `NAME.response.json` of the folder of the protocol that was spoken. `A+B` answers with A at first and with B once the
 * conversation has a turn of the assistant, `NAME@cut` closes the connection after half of the stream, `NAME@stream` streams
 * whatever was asked for, and a name of `sayings` says that.
 */
export function startRecorded(sayings: Readonly<Record<string, Saying>> = {}): Promise<Vendors> {
  return startVendors((request) => {
    const [name = '', how] = turnName(request).split('@')
    const saying = sayings[name]
    if (saying !== undefined)
      return { body: say(request.dialect, request.body.model, saying, request.stream) }
    return recorded(request, name, how)
  })
}

const FOLDERS: Readonly<Record<Dialect, string>> = {
  'openai-chat': 'openai',
  'openai-responses': 'openai-responses',
  'anthropic-messages': 'anthropic',
}

/** The status that goes with a recorded error, where it is not 400. */
const STATUS: Readonly<Record<string, number>> = {
  'openai-rate-limit-error': 429,
  'rate-limit-error': 429,
  'overloaded-error': 529,
  'authentication-error': 401,
}

function recorded({ dialect, stream }: VendorRequest, name: string, how: string | undefined): VendorReply {
  const base = `../../fixtures/${FOLDERS[dialect]}/${name}`
  const events = new URL(`${base}.events.txt`, import.meta.url)
  const whole = new URL(`${base}.response.json`, import.meta.url)
  // What was recorded as a stream only is streamed even where one JSON answer was asked for, as some servers do.
  if (existsSync(events) && (stream || how === 'stream' || !existsSync(whole))) {
    const bytes = readFileSync(events)
    const headers = { 'content-type': 'text/event-stream' }
    // Half of a stream may end inside a character: so do connections.
    return how === 'cut' || name === 'cut' || name.includes('-cut-')
      ? { body: how === 'cut' ? bytes.subarray(0, bytes.length >> 1) : bytes, cut: true, headers }
      : { body: bytes, headers }
  }
  if (!existsSync(whole)) return { status: 500, body: `{"error":{"message":"no recording ${name}"}}` }
  const body = readFileSync(whole)
  return name.endsWith('-error')
    ? { status: STATUS[name] ?? 400, body, headers: { 'retry-after': '7' } }
    : { body }
}

function turnName({ body }: VendorRequest): string {
  const names = body.model.split('+')
  const history = typeof body.input === 'string' ? [] : (body.input ?? body.messages ?? [])
  const turns = history.filter(({ role, type }) => role === 'assistant' || type === 'function_call').length
  return names[Math.min(turns, names.length - 1)] ?? ''
}
