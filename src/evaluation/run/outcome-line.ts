import type { Outcome } from '../../evidence/outcome.ts'

/** One line of an outcomes file, with its line break: the fields that are known, always in the same order. */
export function outcomeLine(outcome: Outcome): string {
  const { task, item, model, sample, score, answer, chars, category, cluster, lang, error } = outcome
  const fields = { task, item, model, sample, score, answer, chars }
  const measured = { cost_usd: outcome.costUsd, latency_ms: outcome.latencyMs }
  return `${JSON.stringify({ ...fields, ...measured, category, cluster, lang, error })}\n`
}

/** The same without what two runs of the same table may differ in: when it was made, and what it cost. */
export function tableLine({ item, model, sample, score, answer, error }: Outcome): string {
  // The words of a failure may hold a time or an id; that it failed is what counts.
  return `${JSON.stringify([item, model, sample ?? null, score, answer ?? null, error !== undefined])}\n`
}
