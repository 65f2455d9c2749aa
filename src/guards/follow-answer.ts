import type { AnswerEvent } from '../core/events.ts'
import { AnswerBlocks, MAX_KEPT_CHARS } from './answer-blocks.ts'
import type { AnswerGuard } from './answer-guard.ts'
import type { About } from './guard.ts'
import { judgePieces } from './judge-pieces.ts'
import type { Tally } from './tally.ts'

/**
 * Everything leaves at once and is judged at the end. Where the guard refuses, the word that the answer ended well waits for
 * the verdict, so that no client takes a refused answer for a whole one.
 */
export function followAnswer(tally: Tally, about: About): AnswerGuard {
  const blocks = new AnswerBlocks()
  const finishes: AnswerEvent[] = []
  const waits = tally.guard.action === 'refuse'

  return {
    push(event) {
      if (!tally.failed) blocks.add(event)
      if (blocks.chars > MAX_KEPT_CHARS && !tally.failed)
        tally.fail(new RangeError(`the answer is over ${MAX_KEPT_CHARS} characters long`))
      if (event.kind !== 'finish' || !waits) return [event]
      finishes.push(event)
      return []
    },
    async end() {
      if (!tally.failed) await judgePieces(tally, blocks.pieces(), about)
      tally.settle()
      tally.finish()
      return finishes
    },
  }
}
