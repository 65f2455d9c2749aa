import type { EngineState } from '../engine.ts'
import type { DoneReport } from './protocol.ts'

export type EngineFacts = Required<
  Pick<EngineState & { readonly kind: 'ready' }, 'promptTokens' | 'tokensPerSecond'>
>

/** What a model has done, for whoever looks at it: speed lately, and what needed no reading. */
export type EngineMeter = {
  readonly add: (done: DoneReport) => void
  readonly facts: () => EngineFacts
}

/** How much an answer weighs beside the one after it: the last ten or so make up most of the figure. */
const FADING = 0.9

export function engineMeter(): EngineMeter {
  let reused = 0
  let evaluated = 0
  const reading = fadingRate()
  const writing = fadingRate()
  return {
    add({ reusedTokens, evaluatedTokens, outputTokens, promptMs, writingMs }) {
      reused += reusedTokens
      evaluated += evaluatedTokens
      reading.add(evaluatedTokens, promptMs)
      // The first token came with the end of the prompt.
      writing.add(Math.max(0, outputTokens - 1), writingMs)
    },
    facts: () => ({
      promptTokens: { reused, evaluated },
      tokensPerSecond: { prompt: reading.perSecond(), answer: writing.perSecond() },
    }),
  }
}

/** Sums that fade, rather than a mean of speeds: a short answer says little about speed and must count little. */
function fadingRate() {
  let tokens = 0
  let ms = 0
  return {
    add(moreTokens: number, moreMs: number): void {
      if (moreTokens === 0) return
      tokens = tokens * FADING + moreTokens
      ms = ms * FADING + moreMs
    },
    perSecond: (): number | null => (ms > 0 ? (tokens / ms) * 1000 : null),
  }
}
