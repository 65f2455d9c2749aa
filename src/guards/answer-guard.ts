import type { AnswerEvent } from '../core/events.ts'

/** One guard at work on one answer. Both throw `guard.refused` and `guard.failed`. */
export type AnswerGuard = {
  /** What may go on now. */
  readonly push: (event: AnswerEvent) => readonly AnswerEvent[]
  /** What was held, when the answer is whole. */
  readonly end: () => readonly AnswerEvent[] | Promise<readonly AnswerEvent[]>
}
