import type { AnswerEvent } from '../../core/events.ts'
import type { Usage } from '../../core/usage.ts'

/** An answer as it is kept: in our own form, so that it can be given again whole or streamed. Undefined when it may not be kept. */
export type EventRecorder = {
  readonly add: (event: AnswerEvent) => void
  readonly whole: () => Uint8Array | undefined
}

/** As long as an answer that fits the largest entry of the cache; what is longer is not remembered on the way. */
const MAX_CHARS = 4 * 1024 * 1024

export function eventRecorder(): EventRecorder {
  const events: AnswerEvent[] = []
  const open = new Set<number>()
  const ended = new Map<number, boolean>()
  let chars = 0
  return {
    add(event) {
      chars += charsIn(event)
      if (chars > MAX_CHARS) events.length = 0
      else if (!joined(events, event)) events.push(event)
      if (event.kind === 'finish') ended.set(event.choice, KEPT_ENDS.has(event.reason))
      else if ('choice' in event) open.add(event.choice)
    },
    whole() {
      const finished = ended.size > 0 && [...open].every((choice) => ended.has(choice))
      if (!finished || chars > MAX_CHARS || ![...ended.values()].every(Boolean)) return undefined
      return Buffer.from(JSON.stringify(events))
    },
  }
}

/**
 * How an answer that is kept must have ended. One that was cut for its length is not kept, though the next one would be cut
 * too: who asks again hopes for less thinking and more answer. One that a server filtered was no answer.
 */
const KEPT_ENDS: ReadonlySet<string> = new Set(['stop', 'tool-calls'])

/** Pieces of one text are kept as one; with log-probabilities each piece has its own. */
function joined(events: AnswerEvent[], event: AnswerEvent): boolean {
  const last = events.at(-1)
  if (last === undefined || last.kind !== event.kind) return false
  if (last.kind === 'text-delta' && event.kind === 'text-delta') {
    if (last.choice !== event.choice || last.logprobs !== undefined || event.logprobs !== undefined)
      return false
    events[events.length - 1] = { ...last, text: last.text + event.text }
    return true
  }
  if (last.kind === 'reasoning-delta' && event.kind === 'reasoning-delta') {
    if (last.choice !== event.choice) return false
    events[events.length - 1] = { ...last, text: last.text + event.text }
    return true
  }
  if (last.kind === 'tool-call-delta' && event.kind === 'tool-call-delta') {
    if (last.choice !== event.choice || last.index !== event.index) return false
    events[events.length - 1] = { ...last, arguments: last.arguments + event.arguments }
    return true
  }
  return false
}

function charsIn(event: AnswerEvent): number {
  switch (event.kind) {
    case 'text-delta':
      return event.text.length + (event.logprobs === undefined ? 0 : JSON.stringify(event.logprobs).length)
    case 'reasoning-delta':
    case 'refusal-delta':
      return event.text.length
    case 'tool-call-delta':
      return event.arguments.length
    default:
      return EVENT_CHARS
  }
}

// Starts, ends and names: a bound on their number as well, against an answer of a million empty blocks.
const EVENT_CHARS = 64

export function readEvents(bytes: Uint8Array): readonly AnswerEvent[] {
  // Written by the recorder above in this process, so its form is known.
  return JSON.parse(
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'),
  ) as readonly AnswerEvent[]
}

export function usageOfEvents(bytes: Uint8Array): Usage | undefined {
  const event = readEvents(bytes).find(({ kind }) => kind === 'usage')
  return event?.kind === 'usage' ? event.usage : undefined
}
