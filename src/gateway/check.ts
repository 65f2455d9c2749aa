import type { AnswerEvent } from '../core/events.ts'
import { guardAnswer } from '../guards/guard-answer.ts'
import type { Guard } from '../guards/guard.ts'
import { guardsFor } from '../guards/guards-for.ts'
import { aboutRequest } from './guards/about-request.ts'
import { circumstance, noteVerdicts } from './guards/verdicts.ts'
import type { Delivery } from './operation.ts'

/** Step 8 of an answer. Without guards the events pass untouched, and bytes may be relayed. */
export function check(delivery: Delivery, events: AsyncIterable<AnswerEvent>): AsyncIterable<AnswerEvent> {
  const guards = outputGuards(delivery)
  if (guards.length === 0) return events
  return guardAnswer(guards, events, aboutRequest(delivery), (verdicts) =>
    noteVerdicts(delivery.record, verdicts),
  )
}

/** The guards that an answer of this model to this request is under. */
export function outputGuards({
  snapshot,
  record,
  chosen,
}: Pick<Delivery, 'snapshot' | 'record' | 'chosen'>): readonly Guard[] {
  return snapshot.guards.length === 0
    ? []
    : guardsFor(snapshot.guards, 'output', circumstance(record, [chosen]))
}
