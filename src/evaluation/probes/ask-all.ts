import { MusivumError, toMusivumError } from '../../core/errors.ts'
import type { KeptAsk } from '../run/kept-ask.ts'
import type { RunModel } from '../run/run-model.ts'

export type ProbeQuestion = { readonly prompt: string }

export type ProbeSampling = { readonly maxTokens: number; readonly seed: number }

/** What became of one question. */
export type ProbeAnswer =
  | {
      readonly kind: 'answered'
      readonly text: string
      /** It ended at the token limit, before it was said what was asked for. */
      readonly cut: boolean
      /** It was answered before, so nothing was paid for it now. */
      readonly cached: boolean
    }
  | { readonly kind: 'failed'; readonly code: string }

export type AskAllOptions = {
  readonly model: RunModel
  readonly sampling: ProbeSampling
  readonly ask: KeptAsk
  readonly concurrency: number
  readonly signal: AbortSignal
  readonly onProgress?: (done: number) => void
}

/** As many failures before the first answer mean that there will be none. */
const HOPELESS = 5

/**
 * Asks every question once, at temperature 0, so many at a time.
 *
 * Rejects when the signal is aborted, when money runs out, and when nothing but failures comes; what was answered is kept.
 */
export async function askAll(
  questions: readonly ProbeQuestion[],
  options: AskAllOptions,
): Promise<readonly ProbeAnswer[]> {
  const answers: ProbeAnswer[] = []
  let [next, done, answered, failed] = [0, 0, 0, 0]
  const halt = new AbortController()
  const signal = AbortSignal.any([options.signal, halt.signal])

  async function work(): Promise<void> {
    for (let place = next++; place < questions.length; place = next++) {
      signal.throwIfAborted()
      const answer = await askOne(questions[place] ?? { prompt: '' }, options, signal)
      if (answer instanceof MusivumError) failed += 1
      else answered += 1
      if (answer instanceof MusivumError && answered === 0 && failed >= HOPELESS) throw hopeless(answer)
      answers[place] = answer instanceof MusivumError ? { kind: 'failed', code: answer.code } : answer
      options.onProgress?.((done += 1))
    }
  }

  const workers = Array.from({ length: Math.min(options.concurrency, questions.length) }, () =>
    work().catch((thrown: unknown) => {
      // The first reason is the one that is told: the others only hear of it.
      if (!halt.signal.aborted) halt.abort(thrown)
    }),
  )
  await Promise.all(workers)
  signal.throwIfAborted()
  return answers
}

async function askOne(
  { prompt }: ProbeQuestion,
  { model, sampling, ask }: AskAllOptions,
  signal: AbortSignal,
): Promise<ProbeAnswer | MusivumError> {
  const messages = [{ role: 'user', content: prompt }] as const
  const call = { model: model.name, messages, temperature: 0, ...sampling }
  try {
    const { text, finishReason, cached } = await ask({ model, call, sample: 1 }, signal)
    return { kind: 'answered', text, cut: finishReason === 'length', cached }
  } catch (thrown) {
    signal.throwIfAborted()
    const error = toMusivumError(thrown)
    if (error.code === 'budget.exhausted') throw error
    return error
  }
}

function hopeless({ code, message, facts, cause }: MusivumError): MusivumError {
  return new MusivumError(code, `the first ${HOPELESS} questions all failed (${code}): ${message}`, facts, {
    cause,
  })
}
