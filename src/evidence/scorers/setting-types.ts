import { z } from 'zod'

/** What settings of scorers are made of; the words given as `error` finish the sentence "expected …". */

export function yesOrNo() {
  return z.boolean({ error: 'true or false' })
}

export function oneOf<const Names extends readonly string[]>(names: Names) {
  return z.enum(names, {
    error: names
      .map((name) => `"${name}"`)
      .join(', ')
      .replace(/, ([^,]*)$/, ' or $1'),
  })
}

export function numberFrom(least: number, most: number) {
  const error = `a number from ${least} to ${most}`
  return z.number({ error }).min(least, { error }).max(most, { error })
}

export function wholeNumberFrom(least: number, most: number) {
  const error = `a whole number from ${least} to ${most}`
  return z.int({ error }).min(least, { error }).max(most, { error })
}

export function someText(error: string) {
  return z.string({ error }).regex(/\S/, { error })
}

/** One text or several; always several inside. */
export function texts(error: string) {
  const several = z.array(someText(error), { error }).min(1, { error })
  return z.union([someText(error).transform((text) => [text]), several], { error })
}
