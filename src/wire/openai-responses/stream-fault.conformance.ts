import { isDeepStrictEqual } from 'node:util'
import { createSseParser } from '../sse.ts'

type Event = { readonly type: string; readonly sequence_number: number; readonly [key: string]: unknown }

/**
 * What is wrong with a streamed response, as OpenAI documents its events; '' when nothing is. For tests of whatever
 * renders one.
 */
export function streamFault(text: string): string {
  const frames = text.split('\n\n').slice(0, -1)
  const events = createSseParser()
    .push(new TextEncoder().encode(text))
    .map((payload) => JSON.parse(payload) as Event)
  if (events.length !== frames.length) return 'an event is not one frame'
  for (const [index, event] of events.entries()) {
    const at = `event ${index} (${event.type})`
    if (event.sequence_number !== index) return `${at} is numbered ${event.sequence_number}`
    if (!frames[index]?.startsWith(`event: ${event.type}\ndata: `))
      return `${at} has another name in its frame`
  }
  const [created, inProgress, ...rest] = events
  if (created?.type !== 'response.created' || inProgress?.type !== 'response.in_progress')
    return 'it does not begin with response.created and response.in_progress'
  const last = rest.at(-1)
  if (last === undefined || !LAST.has(last.type)) return 'it does not end with the end of a response'
  return itemsFault(rest.slice(0, -1), last)
}

const LAST = new Set(['response.completed', 'response.incomplete', 'response.failed'])

type OpenItem = {
  readonly id: string
  readonly type: string
  readonly texts: Map<string, string>
  part: string
  done?: unknown
}

function itemsFault(events: readonly Event[], last: Event): string {
  const items: OpenItem[] = []
  for (const [index, event] of events.entries()) {
    if (LAST.has(event.type) || event.type === 'response.created') return `${event.type} comes in the middle`
    if (event.type === 'error') continue
    const fault = itemFault(items, event)
    if (fault !== '') return `event ${index + 2} (${event.type}) ${fault}`
  }
  if (last.type === 'response.failed') return ''
  if (items.some((item) => item.done === undefined)) return 'an item never ends'
  const { output } = last['response'] as { output: unknown }
  const same = isDeepStrictEqual(
    output,
    items.map((item) => item.done),
  )
  return same ? '' : 'the output at the end is not the items that were streamed'
}

function itemFault(items: OpenItem[], event: Event): string {
  const at = event['output_index'] as number
  if (event.type === 'response.output_item.added') {
    if (at !== items.length) return `adds item ${at} after ${items.length}`
    const { id, type } = event['item'] as { id: string; type: string }
    items.push({ id, type, texts: new Map(), part: '' })
    return ''
  }
  const item = items[at]
  if (item === undefined) return 'belongs to no item'
  if (item.done !== undefined) return 'comes after the end of its item'
  if (event.type === 'response.output_item.done') return doneFault(item, event)
  if (event['item_id'] !== item.id) return 'names another item than its index'
  return pieceFault(item, event)
}

function doneFault(item: OpenItem, event: Event): string {
  const done = event['item'] as { id: string; type: string }
  if (done.id !== item.id || done.type !== item.type) return 'ends another item than began'
  if (item.part !== '') return 'ends an item whose part is open'
  item.done = done
  return ''
}

/** Pieces that must stand in a part of their own. */
const IN_PART = /^response\.(?:output_text|refusal|reasoning_summary_text)\./

function pieceFault(item: OpenItem, event: Event): string {
  const kind = event.type.replace(/\.(?:added|delta|done)$/, '')
  if (event.type.endsWith('_part.added')) {
    if (item.part !== '') return 'begins a part within another'
    item.part = kind
    return ''
  }
  if (event.type.endsWith('_part.done')) {
    if (item.part !== kind) return 'ends a part that is not open'
    item.part = ''
    return ''
  }
  if (IN_PART.test(event.type) && item.part === '') return 'stands in no part'
  const said = item.texts.get(kind) ?? ''
  if (event.type.endsWith('.delta')) {
    item.texts.set(kind, said + String(event['delta']))
    return ''
  }
  const whole = event['text'] ?? event['refusal'] ?? event['arguments']
  return whole === said ? '' : 'says another text than its deltas'
}
