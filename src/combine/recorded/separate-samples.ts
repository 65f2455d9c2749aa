import type { Outcome } from '../../evidence/outcome.ts'

/**
 * Each sample of a model as a column of its own, named `model#sample`: a table averages the samples of an item, and of an
 * average nobody can say whether it agrees. Rows without a sample stay as they are.
 */
export function separateSamples(outcome: Outcome): Outcome {
  const { sample, ...rest } = outcome
  return sample === undefined ? outcome : { ...rest, model: `${rest.model}#${sample}` }
}

/** The columns of one model's samples, in the order in which they were first seen; none when it has only one. */
export function samplesOf(model: string, models: readonly string[]): readonly string[] {
  return models.filter((name) => name.startsWith(`${model}#`))
}
