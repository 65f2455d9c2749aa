import { errors, MusivumError, toMusivumError } from '../../core/errors.ts'
import type { Outcome } from '../../evidence/outcome.ts'
import type { Score, Scorer } from '../../evidence/scorers/scorer.ts'
import type { KeptReply } from './kept-ask.ts'
import type { PlannedCall } from './plan-run.ts'

/** An outcome and what became of the scoring; a scorer that fails says nothing about the model. */
export type ScoredAnswer = {
  readonly outcome: Outcome
  readonly kind: 'scored' | 'unparsed' | 'scorer-failed' | 'call-failed'
  /** Said by a judge that compares in both orders: the order decided, which counts as a tie. */
  readonly flipped?: boolean
}

/** The outcome of an answer. Never rejects but when the signal is aborted or money ran out. */
export async function scoreAnswer(
  planned: PlannedCall,
  reply: KeptReply,
  scorer: Scorer,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<ScoredAnswer> {
  const base = { ...namesOf(planned), ...measuresOf(reply) }
  // A model that answers nothing has not been wrong in an interesting way; no scorer needs to look.
  if (reply.text.trim() === '') return { kind: 'unparsed', outcome: { ...base, score: 0, answer: '' } }
  try {
    const score = await scored(scorer, planned, reply.text, timeoutMs, signal)
    if (score.kind === 'unparsed') return { kind: 'unparsed', outcome: { ...base, score: 0, answer: '' } }
    const outcome = { ...base, score: score.score, answer: score.answer }
    return { kind: 'scored', outcome, ...flipOf(score) }
  } catch (thrown) {
    signal.throwIfAborted()
    if (thrown instanceof MusivumError && thrown.code === 'budget.exhausted') throw thrown
    return { kind: 'scorer-failed', outcome: { ...base, score: 0, error: `scorer: ${wordsOf(thrown)}` } }
  }
}

function flipOf(score: Score): { readonly flipped?: boolean } {
  return 'flipped' in score && typeof score.flipped === 'boolean' ? { flipped: score.flipped } : {}
}

/** The outcome of a call that ended without an answer. */
export function failedAnswer(planned: PlannedCall, error: MusivumError): ScoredAnswer {
  // A vendor's refusal may quote the prompt, and outcomes are handed on.
  const line = error.code === 'upstream.rejected' ? errors[error.code].means : error.message
  const outcome = { ...namesOf(planned), score: 0, error: `${error.code}: ${line}` }
  return { kind: 'call-failed', outcome }
}

async function scored(
  scorer: Scorer,
  { item }: PlannedCall,
  output: string,
  timeoutMs: number,
  signal: AbortSignal,
) {
  const limited = new AbortController()
  const cancel = (): void => limited.abort(signal.reason)
  signal.addEventListener('abort', cancel, { once: true })
  const timer = setTimeout(() => limited.abort(hung(timeoutMs)), timeoutMs)
  try {
    // A scorer that hangs may not look at its signal either.
    const score = await Promise.race([
      scorer.score(item.item, output, limited.signal),
      aborted(limited.signal),
    ])
    if (score.kind === 'scored' && !(score.score >= 0 && score.score <= 1))
      throw new RangeError(`the score is ${score.score}; expected a number from 0 to 1`)
    return score
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', cancel)
  }
}

function hung(timeoutMs: number): RangeError {
  return new RangeError(`no score within ${timeoutMs / 1_000} s`)
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
}

/** A scorer of ours says what it means; what a stranger's throws may hold the answer, and is named by its kind only. */
function wordsOf(thrown: unknown): string {
  if (thrown instanceof MusivumError || thrown instanceof RangeError) return toOneLine(thrown.message)
  return thrown instanceof Error ? `threw ${thrown.name}` : 'threw something that is no error'
}

function toOneLine(message: string): string {
  return toMusivumError(new MusivumError('request.invalid', message)).message
}

function namesOf({ item, model, sampleName }: PlannedCall): Omit<Outcome, 'score'> {
  const { task, item: name, category, cluster, lang } = item.item
  return {
    task,
    item: name,
    model: model.name,
    ...(category !== undefined && { category }),
    ...(cluster !== undefined && { cluster }),
    ...(lang !== undefined && { lang }),
    ...(sampleName !== undefined && { sample: sampleName }),
  }
}

function measuresOf({ text, cost, latencyMs }: KeptReply) {
  return {
    chars: text.length,
    // Our own weights send no bill, which is 0; a price nobody knows is left out.
    ...(cost.kind === 'metered' && { costUsd: cost.nanoUsd / 1e9 }),
    ...(cost.kind === 'owned' && { costUsd: 0 }),
    latencyMs: Math.round(10 * latencyMs) / 10,
  }
}
