import type { AnswerEvent } from '../../core/events.ts'
import { createRestorer, type Restorer } from '../pseudonyms/restorer.ts'
import { maskJson } from './mask-json.ts'

/**
 * Puts the values back into an answer on its way to the client: text, reasoning, refusals and the arguments of tool
 * calls, each block with a memory of its own, because blocks interleave. Log-probabilities are of the words the model
 * wrote, which the client does not see, so they are left out.
 */
export type AnswerRestorer = {
  /** What may go on; text that could be the beginning of a stand-in comes with a later event, at the latest its block's end. */
  readonly push: (event: AnswerEvent) => readonly AnswerEvent[]
  /** Stand-ins restored, and words that look like some and are none, over all blocks. */
  readonly restored: () => number
  readonly unknown: () => readonly string[]
}

export function createAnswerRestorer(standIns: ReadonlyMap<string, string>): AnswerRestorer {
  const open = new Map<string, Restorer>()
  const ended: Restorer[] = []

  function restorerOf(block: string): Restorer {
    const known = open.get(block)
    if (known !== undefined) return known
    const made = createRestorer(standIns, block.startsWith('call') ? { form: 'json' } : {})
    open.set(block, made)
    return made
  }

  function endOf(block: string): string {
    const restorer = open.get(block)
    if (restorer === undefined) return ''
    open.delete(block)
    ended.push(restorer)
    return restorer.end()
  }

  /** A delta for what was held, if anything was, before the event that ends its block. */
  function closing(block: string, delta: (text: string) => AnswerEvent, event?: AnswerEvent): AnswerEvent[] {
    const rest = endOf(block)
    return [...(rest === '' ? [] : [delta(rest)]), ...(event === undefined ? [] : [event])]
  }

  function push(event: AnswerEvent): readonly AnswerEvent[] {
    switch (event.kind) {
      case 'text-delta': {
        const text = restorerOf(`text ${event.choice}`).push(event.text)
        return text === '' ? [] : [{ kind: 'text-delta', choice: event.choice, text }]
      }
      case 'reasoning-delta':
      case 'refusal-delta': {
        const text = restorerOf(`${event.kind} ${event.choice}`).push(event.text)
        return text === '' ? [] : [{ ...event, text }]
      }
      case 'tool-call-delta': {
        const text = restorerOf(`call ${event.choice} ${event.index}`).push(event.arguments)
        return text === '' ? [] : [{ ...event, arguments: text }]
      }
      case 'text-end':
        return closing(`text ${event.choice}`, (text) => ({ ...event, kind: 'text-delta', text }), event)
      case 'reasoning-end':
        return closing(
          `reasoning-delta ${event.choice}`,
          (text) => ({ kind: 'reasoning-delta', choice: event.choice, text }),
          event,
        )
      case 'tool-call-end':
        return closing(
          `call ${event.choice} ${event.index}`,
          (text) => ({ ...event, kind: 'tool-call-delta', arguments: text }),
          event,
        )
      case 'finish':
        return closing(
          `refusal-delta ${event.choice}`,
          (text) => ({ kind: 'refusal-delta', choice: event.choice, text }),
          event,
        )
      case 'extra':
        return [{ ...event, fields: maskJson(event.fields, wholly) }]
      case 'text-start':
      case 'reasoning-start':
      case 'tool-call-start':
      case 'usage':
        return [event]
    }
  }

  function wholly(text: string): string {
    const restorer = createRestorer(standIns)
    ended.push(restorer)
    return restorer.push(text) + restorer.end()
  }

  const all = (): readonly Restorer[] => [...ended, ...open.values()]
  return {
    push,
    restored: () => all().reduce((sum, restorer) => sum + restorer.restored(), 0),
    unknown: () => all().flatMap((restorer) => restorer.unknown()),
  }
}
