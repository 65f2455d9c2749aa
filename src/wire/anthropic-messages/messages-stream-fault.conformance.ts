import { createSseParser } from '../sse.ts'

type Event = {
  readonly type?: string
  readonly index?: number
  readonly message?: {
    readonly content?: readonly unknown[]
    readonly usage?: { readonly input_tokens?: unknown }
  }
  readonly content_block?: { readonly type?: string }
  readonly delta?: { readonly type?: string; readonly stop_reason?: unknown }
  readonly usage?: { readonly output_tokens?: unknown }
}

/** Which deltas a block of each type takes; others take none. */
const DELTAS: Readonly<Record<string, readonly string[]>> = {
  text: ['text_delta', 'citations_delta'],
  thinking: ['thinking_delta', 'signature_delta'],
  tool_use: ['input_json_delta'],
}

/**
 * What is wrong with the grammar of a stream of this protocol, as Anthropic's "Streaming messages" page gives it; '' when
 * nothing is. For tests of whatever writes one.
 */
export function messagesStreamFault(text: string): string {
  const names = [...text.matchAll(/^event: (.*)$/gm)].map(([, name]) => name)
  const sse = createSseParser()
  const payloads = [...sse.push(new TextEncoder().encode(text)), ...sse.end()]
  if (names.length !== payloads.length) return 'an event has no name, or a name no data'
  const events = payloads.map((payload) => JSON.parse(payload) as Event)
  let blocks = 0
  let open: { readonly type: string; signed: boolean } | undefined
  let state: 'before' | 'content' | 'stopping' | 'over' = 'before'
  for (const [position, event] of events.entries()) {
    const at = `event ${position} (${event.type})`
    if (names[position] !== event.type) return `${at} is called ${names[position]}`
    if (state === 'over') return `${at} comes after message_stop`
    if (event.type === 'ping') continue
    if ((event.type === 'message_start') !== (state === 'before')) return `${at} comes out of order`
    switch (event.type) {
      case 'message_start':
        if (event.message?.content?.length !== 0) return `${at} starts with content`
        if (typeof event.message.usage?.input_tokens !== 'number') return `${at} has no usage`
        state = 'content'
        break
      case 'content_block_start':
        if (state !== 'content' || open !== undefined) return `${at} comes while another block is open`
        if (event.index !== blocks) return `${at} is numbered ${event.index} in place of ${blocks}`
        open = { type: event.content_block?.type ?? '', signed: false }
        break
      case 'content_block_delta': {
        const delta = event.delta?.type ?? ''
        if (open === undefined || event.index !== blocks) return `${at} belongs to no open block`
        if (DELTAS[open.type]?.includes(delta) !== true) return `${at} puts ${delta} into ${open.type}`
        if (open.signed) return `${at} comes after the signature`
        open.signed = delta === 'signature_delta'
        break
      }
      case 'content_block_stop':
        if (open === undefined || event.index !== blocks) return `${at} stops no open block`
        if (open.type === 'thinking' && !open.signed) return `${at} stops thoughts without a signature`
        open = undefined
        blocks += 1
        break
      case 'message_delta':
        if (open !== undefined) return `${at} comes inside a block`
        if (typeof event.delta?.stop_reason !== 'string') return `${at} has no reason to stop`
        if (typeof event.usage?.output_tokens !== 'number') return `${at} has no usage`
        state = 'stopping'
        break
      case 'message_stop':
        if (state !== 'stopping') return `${at} comes before message_delta`
        state = 'over'
        break
      default:
        return `${at} is no event of this protocol`
    }
  }
  return state === 'over' ? '' : 'it never stopped'
}
