import type { Signature } from '../../core/conversation.ts'
import { MusivumError } from '../../core/errors.ts'
import type { AnswerEvent, FinishReason } from '../../core/events.ts'
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { readUsage } from '../../wire/usage/read-usage.ts'
import type { StreamPart } from './spec.ts'

export type PartReader = {
  /** Throws `upstream.cut` or `upstream.failed` for a finish that says the answer is not whole. */
  readonly read: (part: StreamPart) => readonly AnswerEvent[]
  /** The finish has come: nothing after it matters. */
  readonly done: () => boolean
}

/**
 * The parts of a provider's stream as events, in the order `core/events.ts` promises. Parts of kinds that tell nothing to a
 * client are skipped. `maker` is stamped on what the vendor wants to see again beside thoughts and tool calls.
 */
export function createPartReader(maker: string): PartReader {
  const blocks = createBlocks(maker)
  const calls = createCalls(maker)
  const extra = createExtra()
  let done = false

  function read(part: StreamPart): readonly AnswerEvent[] {
    switch (part.type) {
      case 'text-delta':
      case 'reasoning-start':
      case 'reasoning-delta':
        return blocks.piece(part)
      case 'text-end':
      case 'reasoning-end':
        return blocks.end(part)
      case 'tool-input-start':
        return [...blocks.close(), ...calls.start(textOf(part['id']), textOf(part['toolName']), part)]
      case 'tool-input-delta':
        return calls.piece(textOf(part['id']), textOf(part['delta']))
      case 'tool-call':
        return [...blocks.close(), ...calls.whole(part)]
      case 'source':
      case 'file':
        extra.add(part)
        return []
      case 'finish':
        done = true
        return [...blocks.close(), ...calls.close(), ...extra.events(), ...endOf(part)]
      default:
        return []
    }
  }

  return { read, done: () => done }
}

/** Text and thoughts: one block is open at a time, whatever the provider interleaves, and none without a piece in it. */
function createBlocks(maker: string) {
  let open: { readonly kind: 'text' | 'reasoning'; readonly id: string } | undefined
  const signed = new Map<string, JsonObject>()

  function close(): AnswerEvent[] {
    if (open === undefined) return []
    const { kind, id } = open
    open = undefined
    return kind === 'text' ? [{ kind: 'text-end', choice: 0 }] : [endOfThoughts(id)]
  }

  function endOfThoughts(id: string): AnswerEvent {
    const signature = signatureOf(maker, signed.get(id))
    signed.delete(id)
    return { kind: 'reasoning-end', choice: 0, ...(signature && { signature }) }
  }

  return {
    close,
    piece(part: StreamPart): AnswerEvent[] {
      const kind = part.type.startsWith('text') ? 'text' : 'reasoning'
      const id = `${kind} ${textOf(part['id'])}`
      if (kind === 'reasoning') remember(signed, id, part['providerMetadata'])
      const text = textOf(part['delta'])
      if (text === '') return []
      const events: AnswerEvent[] = []
      if (open?.id !== id) {
        events.push(...close(), { kind: `${kind}-start`, choice: 0 })
        open = { kind, id }
      }
      events.push({ kind: `${kind}-delta`, choice: 0, text })
      return events
    },
    end(part: StreamPart): AnswerEvent[] {
      const kind = part.type.startsWith('text') ? 'text' : 'reasoning'
      const id = `${kind} ${textOf(part['id'])}`
      if (kind === 'reasoning') remember(signed, id, part['providerMetadata'])
      if (open?.id === id) return close()
      // Thoughts that the vendor shows to nobody still have to go back to it.
      return signed.has(id) ? [...close(), { kind: 'reasoning-start', choice: 0 }, endOfThoughts(id)] : []
    },
  }
}

type OpenCall = { readonly index: number; said: boolean; ended: boolean }

function createCalls(maker: string) {
  const calls = new Map<string, OpenCall>()

  function start(id: string, name: string, part: StreamPart): AnswerEvent[] {
    if (calls.has(id)) return []
    const index = calls.size
    calls.set(id, { index, said: false, ended: false })
    const signature = signatureOf(maker, part['providerMetadata'])
    return [{ kind: 'tool-call-start', choice: 0, index, id, name, ...(signature && { signature }) }]
  }

  function piece(id: string, text: string): AnswerEvent[] {
    const call = calls.get(id)
    if (call === undefined || call.ended || text === '') return []
    call.said = true
    return [{ kind: 'tool-call-delta', choice: 0, index: call.index, arguments: text }]
  }

  function end(call: OpenCall): AnswerEvent[] {
    if (call.ended) return []
    call.ended = true
    return [{ kind: 'tool-call-end', choice: 0, index: call.index }]
  }

  return {
    start,
    piece,
    /** The call in one piece: after its pieces, or instead of them. */
    whole(part: StreamPart): AnswerEvent[] {
      // The vendor's own server has run this one, such as a search; no client may be asked to.
      if (part['providerExecuted'] === true) return []
      const id = textOf(part['toolCallId'])
      const events = start(id, textOf(part['toolName']), part)
      const call = calls.get(id)
      if (call === undefined) return events
      if (!call.said) events.push(...piece(id, textOf(part['input'])))
      return [...events, ...end(call)]
    },
    close: (): AnswerEvent[] => [...calls.values()].flatMap(end),
  }
}

/** Where the answer is from, and pictures in it: no protocol of ours has a place for them, but clients may look. */
function createExtra() {
  const sources: JsonObject[] = []
  const files: JsonObject[] = []
  return {
    add(part: StreamPart): void {
      if (part.type === 'source') sources.push(plain({ url: part['url'], title: part['title'] }))
      else files.push(plain({ media_type: part['mediaType'], data: base64Of(part['data']) }))
    },
    events(): AnswerEvent[] {
      const fields = { ...(sources.length > 0 && { sources }), ...(files.length > 0 && { files }) }
      return Object.keys(fields).length === 0 ? [] : [{ kind: 'extra', fields }]
    },
  }
}

function plain(fields: Readonly<Record<string, unknown>>): JsonObject {
  const texts = Object.entries(fields).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  )
  return Object.fromEntries(texts)
}

function base64Of(data: unknown): unknown {
  return isRecord(data) ? data['data'] : data
}

/** All that came with it: which of the fields the vendor wants to see again is only known to its package. */
function signatureOf(maker: string, fields: unknown): Signature | undefined {
  if (!isRecord(fields) || Object.keys(fields).length === 0) return undefined
  return { maker, value: JSON.parse(JSON.stringify(fields)) as Json }
}

function remember(signed: Map<string, JsonObject>, id: string, fields: unknown): void {
  if (!isRecord(fields)) return
  const merged: Record<string, Json> = { ...signed.get(id) }
  for (const [provider, own] of Object.entries(fields))
    if (isJsonObject(own)) merged[provider] = { ...objectOf(merged[provider]), ...own }
  signed.set(id, merged)
}

function endOf(part: StreamPart): readonly AnswerEvent[] {
  const reason = finishReason(part['finishReason'])
  const { usage } = readUsage(part['usage'])
  return [
    ...(usage === undefined ? [] : [{ kind: 'usage' as const, usage }]),
    { kind: 'finish', choice: 0, reason },
  ]
}

/** Packages end a stream that was cut with a finish of their own making: only what the server itself said has a raw form. */
function finishReason(finish: unknown): FinishReason {
  const { unified, raw } = isRecord(finish) ? finish : { unified: finish, raw: finish }
  switch (unified) {
    case 'stop':
    case 'length':
    case 'content-filter':
    case 'tool-calls':
      return unified
    case 'error':
      throw new MusivumError('upstream.failed', 'the server ended its answer as failed')
    default:
      if (raw !== undefined && raw !== null) return 'other'
      throw new MusivumError('upstream.cut', 'the server closed the connection before its answer was whole')
  }
}

function objectOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {}
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
