import { randomBytes } from 'node:crypto'
import type { AnswerEvent } from '../../core/events.ts'
import type { DeltaReport } from './protocol.ts'
import type { CallPiece } from './tools/tool-use.ts'

export type AnswerEvents = {
  readonly add: (delta: DeltaReport) => void
  readonly end: () => void
}

/** What the process of a model reports of one answer, as events of that choice. An answer without a word is an empty text. */
export function answerEvents(choice: number, push: (event: AnswerEvent) => void): AnswerEvents {
  let text: 'none' | 'open' | 'ended' = 'none'
  let calls = 0

  function openText(): void {
    if (text !== 'open') push({ kind: 'text-start', choice })
    text = 'open'
  }

  function endText(): void {
    if (text === 'open') push({ kind: 'text-end', choice })
    text = 'ended'
  }

  function addCall(piece: CallPiece): void {
    const index = calls - 1
    if (piece.kind === 'start') {
      endText()
      push({ kind: 'tool-call-start', choice, index: calls++, id: newCallId(), name: piece.name })
    } else if (piece.kind === 'delta')
      push({ kind: 'tool-call-delta', choice, index, arguments: piece.arguments })
    else push({ kind: 'tool-call-end', choice, index })
  }

  return {
    add({ text: added, logprobs, call }) {
      if (call !== undefined) return addCall(call)
      openText()
      push({ kind: 'text-delta', choice, text: added, ...(logprobs !== undefined && { logprobs }) })
    },
    end() {
      if (text === 'none') openText()
      endText()
    },
  }
}

/** In the form of OpenAI's, and within the length that every protocol takes. */
function newCallId(): string {
  return `call_${randomBytes(12).toString('hex')}`
}
