import type { AnswerEvent } from '../core/events.ts'

/** An output guard sees the events on their way to the client and may change, hold or end them. */
export type Guard = (events: AsyncIterable<AnswerEvent>) => AsyncIterable<AnswerEvent>

/** Step 8 of an answer. Without guards the events pass untouched, and bytes may be relayed. */
export function check(
  guards: readonly Guard[],
  events: AsyncIterable<AnswerEvent>,
): AsyncIterable<AnswerEvent> {
  return guards.reduce((checked, guard) => guard(checked), events)
}
