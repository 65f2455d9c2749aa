import type { AnswerEvent } from '../../core/events.ts'

/**
 * What is wrong with the order of `events`, as `core/events.ts` promises it; '' when nothing is. For tests of whatever
 * makes events.
 */
export function orderFault(events: readonly AnswerEvent[]): string {
  const open = new Set<string>()
  const finished = new Set<number>()
  const calls = new Map<number, number>()
  let usage = 0
  for (const [position, event] of events.entries()) {
    const at = `event ${position} (${event.kind})`
    if ('choice' in event && finished.has(event.choice)) return `${at} comes after the finish of its choice`
    switch (event.kind) {
      case 'text-start':
      case 'reasoning-start': {
        const block = `${event.kind.slice(0, -6)} ${event.choice}`
        if (open.has(block)) return `${at} starts a block that is open`
        open.add(block)
        break
      }
      case 'text-delta':
      case 'reasoning-delta':
        if (!open.has(`${event.kind.slice(0, -6)} ${event.choice}`)) return `${at} belongs to no open block`
        break
      case 'text-end':
      case 'reasoning-end':
        if (!open.delete(`${event.kind.slice(0, -4)} ${event.choice}`)) return `${at} ends no open block`
        break
      case 'tool-call-start':
        if (event.index !== (calls.get(event.choice) ?? 0)) return `${at} is not numbered from 0`
        if (event.id === '') return `${at} has no id`
        calls.set(event.choice, event.index + 1)
        open.add(`call ${event.choice} ${event.index}`)
        break
      case 'tool-call-delta':
        if (!open.has(`call ${event.choice} ${event.index}`)) return `${at} belongs to no open call`
        break
      case 'tool-call-end':
        if (!open.delete(`call ${event.choice} ${event.index}`)) return `${at} ends no open call`
        break
      case 'usage':
        usage += 1
        if (usage > 1) return `${at} comes a second time`
        break
      case 'finish':
        finished.add(event.choice)
        break
      case 'refusal-delta':
      case 'extra':
        break
      default:
        return event satisfies never
    }
  }
  if (open.size > 0) return `never ended: ${[...open].join(', ')}`
  return finished.size === 0 ? 'no choice finished' : ''
}
