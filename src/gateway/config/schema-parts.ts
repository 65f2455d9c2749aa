import { z } from 'zod'

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
