import type { AnswerEvent } from '../core/events.ts'
import type { AnswerGuard } from './answer-guard.ts'
import { followAnswer } from './follow-answer.ts'
import type { About, Guard, GuardVerdict } from './guard.ts'
import { holdAnswer } from './hold-answer.ts'
import { Tally } from './tally.ts'
import { windowAnswer } from './window-answer.ts'

/**
 * An answer on its way through its guards, one after the other in the order of the configuration: each sees what the one before
 * let through. `onVerdicts` is told once, however the answer ends.
 *
 * Throws `guard.refused` and `guard.failed`: before anything has left they are the answer, afterwards its end.
 */
export async function* guardAnswer(
  guards: readonly Guard[],
  events: AsyncIterable<AnswerEvent>,
  about: About,
  onVerdicts: (verdicts: readonly GuardVerdict[]) => void,
): AsyncIterable<AnswerEvent> {
  const tallies = guards.map((guard) => new Tally(guard, about.nowMs))
  const chain = tallies.map((tally) => atWork(tally, about))
  try {
    for await (const event of events) yield* through(chain, [event])
    for (const [place, guard] of chain.entries()) yield* through(chain.slice(place + 1), await guard.end())
  } finally {
    onVerdicts(tallies.map((tally) => tally.verdict()))
  }
}

function atWork(tally: Tally, about: About): AnswerGuard {
  const { mode, check } = tally.guard
  if (mode === 'hold') return holdAnswer(tally, about)
  if (mode === 'after') return followAnswer(tally, about)
  // Only what finds places can judge a part of an answer; the configuration refuses others, and holding is the closed side.
  return check.kind === 'local' ? windowAnswer(tally, check, about) : holdAnswer(tally, about)
}

function through(chain: readonly AnswerGuard[], events: readonly AnswerEvent[]): readonly AnswerEvent[] {
  return chain.reduce<readonly AnswerEvent[]>(
    (passed, guard) => passed.flatMap((event) => guard.push(event)),
    events,
  )
}
