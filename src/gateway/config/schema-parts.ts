import { z } from 'zod'
import { durationMs, durationPattern } from './duration.ts'

/** Shapes that the parts of `musivum.yaml` are made of. The words given as `error` finish the sentence "expected …". */

export function mapping<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject(shape, { error: 'a mapping' })
}

export function text(pattern: RegExp, error: string) {
  // `abort`: what is checked after this may rely on the pattern.
  return z.string({ error }).regex(pattern, { error, abort: true })
}

export function wholeNumber(least: number, most: number) {
  const error = `a whole number from ${least} to ${most}`
  return z.int({ error }).min(least, { error }).max(most, { error })
}

export function number(least: number, most: number) {
  const error = `a number from ${least} to ${most}`
  return z.number({ error }).min(least, { error }).max(most, { error })
}

export function yesOrNo(description: string) {
  return z.boolean({ error: 'true or false' }).meta({ description })
}

export const DURATION = 'a duration such as `30s`, `5m` or `500ms`'

// Timers of Node.js count in 31 bits: a longer one fires at once, which would unload every model after each answer.
const LONGEST_DURATION_MS = 24 * 86_400_000

export const duration = text(durationPattern, DURATION).refine(
  (value) => durationMs(value) <= LONGEST_DURATION_MS,
  {
    error: 'a duration of at most `576h`',
  },
)
