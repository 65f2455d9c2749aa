import { strict as assert } from 'node:assert'
import { studentTQuantile } from './distributions.ts'
import { meanOf, summarizeColumn, type Interval } from './one-column.ts'

export type LabelledItem = {
  /** The human score, and the judge's score of the same item. */
  readonly human: number
  readonly judge: number
}

export type PpiEstimate = {
  readonly labelled: number
  readonly judged: number
  readonly mean: number | null
  readonly se: number | null
  readonly interval: Interval | null
  /** How much the judge is trusted, 0 to 1; 0 is the plain mean of the labels. */
  readonly lambda: number
  /** Mean of judge − human on the labelled items: what a judge alone would be wrong by. */
  readonly judgeBias: number | null
  /** The interval of the labels alone, to be printed beside, and how many times the labels it would take. */
  readonly plain: { readonly mean: number | null; readonly interval: Interval | null }
  readonly labelsWorth: number | null
}

/**
 * PPI++ (Angelopoulos, Duchi and Zrnic, arXiv 2311.01453, section 6; reference code ppi_py) for a mean: many judged items
 * without a label, few with one.
 *
 *     θ = λ · mean(f on N judged) + mean(y − λ f on n labelled)
 *     SE² = λ² Var(f)/N + Var(y − λ f)/n,   λ = Cov(y, f) / ((1 + n/N) Var f), clipped to 0 … 1
 *
 * with Var f over all judged scores. The interval is wider than the paper's θ ± z · SE, which covers 92 to 94 % instead of 95
 * at 50 to 100 labels: t_{n−2}, because λ was fitted, and one squared score added to the spread of y − λ f, as Wilson's
 * interval adds z²/4 ≈ 1, because a good judge errs on so few labels that their spread is often seen too small.
 */
export function ppiMean(
  labelled: readonly LabelledItem[],
  judgedOnly: ArrayLike<number>,
  confidence = 0.95,
): PpiEstimate {
  const [n, N] = [labelled.length, judgedOnly.length]
  const human = labelled.map((item) => item.human)
  const judge = labelled.map((item) => item.judge)
  assert(
    [...human, ...judge].every((score) => score >= 0 && score <= 1),
    'scores are from 0 to 1',
  )
  const plain = summarizeColumn(human, { confidence })
  const base = {
    labelled: n,
    judged: N,
    judgeBias: n === 0 ? null : meanOf(judge) - meanOf(human),
    plain: { mean: plain.mean, interval: plain.interval },
  }
  const lambda = n < 2 || N === 0 ? 0 : lambdaOf(human, judge, judgedOnly)
  // Without a helping judge, or with labels that all agree, the plain interval is the one that holds.
  if (n < 3 || lambda === 0 || plain.se === 0)
    return {
      ...base,
      mean: plain.mean,
      se: plain.se,
      interval: plain.interval,
      lambda: 0,
      labelsWorth: n === 0 ? null : 1,
    }
  const rest = human.map((score, index) => score - lambda * (judge[index] ?? 0))
  const mean = lambda * meanOf(judgedOnly) + meanOf(rest)
  const se = Math.sqrt((lambda * lambda * varianceOf(judgedOnly)) / N + varianceOf(rest) / n)
  // A judge without a single error on the labels leaves no spread in the rest; its misses are then bounded like a rate of 0.
  if (varianceOf(rest) < 1e-12)
    return { ...base, mean: plain.mean, se: plain.se, interval: plain.interval, lambda: 0, labelsWorth: 1 }
  const widened = Math.sqrt(se * se + 1 / (n - 1) / n)
  const half = studentTQuantile((1 + confidence) / 2, n - 2) * widened
  // The estimate itself may leave 0 … 1 by a little when the judge is off; the truth cannot.
  const inside = Math.min(1, Math.max(0, mean))
  return {
    ...base,
    mean: inside,
    se,
    interval: [Math.max(0, Math.min(inside, mean - half)), Math.min(1, Math.max(inside, mean + half))],
    lambda,
    labelsWorth: varianceOf(human) / n / (se * se),
  }
}

function lambdaOf(human: readonly number[], judge: readonly number[], judgedOnly: ArrayLike<number>): number {
  const [n, N] = [human.length, judgedOnly.length]
  const [meanHuman, meanJudge] = [meanOf(human), meanOf(judge)]
  const products = human.map((score, index) => (score - meanHuman) * ((judge[index] ?? 0) - meanJudge))
  const covariance = products.reduce((sum, product) => sum + product, 0) / (n - 1)
  const variance = varianceOf([...judge, ...Array.from(judgedOnly)])
  return variance < 1e-12 ? 0 : Math.min(1, Math.max(0, covariance / ((1 + n / N) * variance)))
}

function varianceOf(values: ArrayLike<number>): number {
  const mean = meanOf(values)
  let squares = 0
  for (let index = 0; index < values.length; index += 1) squares += ((values[index] ?? 0) - mean) ** 2
  return values.length < 2 ? 0 : squares / (values.length - 1)
}
