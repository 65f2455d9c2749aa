import type { AnswerEvent } from '../core/events.ts'
import type { Block, CollectedAnswer, CollectedChoice } from '../wire/collect-answer.ts'

/** An answer that was collected whole, as the events that say it. */
export function* replayAnswer({ choices, usage, extra }: CollectedAnswer): Iterable<AnswerEvent> {
  if (Object.keys(extra).length > 0) yield { kind: 'extra', fields: extra }
  for (const choice of choices) yield* blockEvents(choice)
  if (usage !== undefined) yield { kind: 'usage', usage }
  for (const { index, finishReason, stopSequence } of choices)
    yield {
      kind: 'finish',
      choice: index,
      reason: finishReason,
      ...(stopSequence !== undefined && { stopSequence }),
    }
}

function* blockEvents({ index: choice, blocks }: CollectedChoice): Iterable<AnswerEvent> {
  let calls = 0
  for (const block of blocks) {
    yield* eventsOf(block, choice, calls)
    if (block.kind === 'tool-call') calls += 1
  }
}

function eventsOf(block: Block, choice: number, index: number): readonly AnswerEvent[] {
  switch (block.kind) {
    case 'text':
      return [
        { kind: 'text-start', choice },
        { kind: 'text-delta', choice, text: block.text },
        { kind: 'text-end', choice },
      ]
    case 'reasoning':
      return [
        { kind: 'reasoning-start', choice },
        ...(block.text === '' ? [] : [{ kind: 'reasoning-delta' as const, choice, text: block.text }]),
        { kind: 'reasoning-end', choice, ...(block.signature && { signature: block.signature }) },
      ]
    case 'refusal':
      return [{ kind: 'refusal-delta', choice, text: block.text }]
    case 'tool-call': {
      const { id, name, arguments: text, signature } = block
      return [
        { kind: 'tool-call-start', choice, index, id, name, ...(signature && { signature }) },
        { kind: 'tool-call-delta', choice, index, arguments: text },
        { kind: 'tool-call-end', choice, index },
      ]
    }
    default:
      return block satisfies never
  }
}
