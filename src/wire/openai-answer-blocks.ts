import type { Signature } from '../core/conversation.ts'
import type { AnswerEvent, TokenLogprob } from '../core/events.ts'

export type AnswerBlocks = {
  readonly say: (text: string, logprobs: readonly TokenLogprob[] | undefined, events: AnswerEvent[]) => void
  readonly reason: (text: string, events: AnswerEvent[]) => void
  readonly refuse: (text: string, events: AnswerEvent[]) => void
  /** Ends the block of reasoning, or makes one of nothing but a signature. */
  readonly sign: (signature: Signature, events: AnswerEvent[]) => void
  /** Ends whatever is open: another item or a tool call begins, or the answer is over. */
  readonly leave: (events: AnswerEvent[]) => void
}

/** The blocks of text and reasoning of one choice, of which one is open at most: each starts at its first piece. */
export function createAnswerBlocks(choice: number): AnswerBlocks {
  let open: 'text' | 'reasoning' | undefined

  function enter(block: 'text' | 'reasoning' | undefined, events: AnswerEvent[]): void {
    if (open === block) return
    if (open !== undefined) events.push({ kind: `${open}-end`, choice })
    if (block !== undefined) events.push({ kind: `${block}-start`, choice })
    open = block
  }

  return {
    say(text, logprobs, events) {
      // A token may be half a character: no text yet, but its log-probability must not be lost.
      if (text === '' && logprobs === undefined) return
      enter('text', events)
      events.push(
        logprobs === undefined
          ? { kind: 'text-delta', choice, text }
          : { kind: 'text-delta', choice, text, logprobs },
      )
    },
    reason(text, events) {
      if (text === '') return
      enter('reasoning', events)
      events.push({ kind: 'reasoning-delta', choice, text })
    },
    refuse(text, events) {
      if (text === '') return
      enter(undefined, events)
      events.push({ kind: 'refusal-delta', choice, text })
    },
    sign(signature, events) {
      enter('reasoning', events)
      events.push({ kind: 'reasoning-end', choice, signature })
      open = undefined
    },
    leave: (events) => enter(undefined, events),
  }
}
