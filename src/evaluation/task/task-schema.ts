import { z } from 'zod'
import { COMBINE_METHODS } from '../../combine/recorded/combine-recorded.ts'

/** What a task file may say. The words given as `error` finish the sentence "expected …". */

const name = text(/\S/, 'a name')
const model = text(/\S/, 'the name of a model')
const fileName = text(/\S/, 'the name of a file, relative to this one')
const models = z.array(model, { error: 'a list of names of models' }).min(1, { error: 'at least one model' })

const sampling = mapping({
  /** Null leaves a choice to the server. */
  max_tokens: wholeNumber(1, 10_000_000).exactOptional(),
  temperature: number(0, 2).nullable().exactOptional(),
  seed: wholeNumber(0, 2 ** 31 - 1).exactOptional(),
})

/** The most of anything at once: a thousand open calls hold a few megabytes each. */
const MAX_CONCURRENCY = 1_000

const limits = mapping({
  concurrency: wholeNumber(1, MAX_CONCURRENCY).exactOptional(),
  concurrency_per_model: wholeNumber(1, MAX_CONCURRENCY).exactOptional(),
  requests_per_minute: number(0.01, 1_000_000).exactOptional(),
  attempts: wholeNumber(1, 20).exactOptional(),
  timeout_s: number(0.1, 86_400).exactOptional(),
  scorer_timeout_s: number(0.1, 86_400).exactOptional(),
  max_cost_usd: number(0, 9_000_000).exactOptional(),
})

const combination = mapping({
  method: z.enum(COMBINE_METHODS, { error: `one of ${COMBINE_METHODS.join(', ')}` }),
  members: models,
  escalate: model.exactOptional(),
})

export const taskSchema = mapping({
  task: name,
  items: z.union([fileName, z.array(fileName, { error: 'a list of files' }).min(1)], {
    error: 'the name of a file, or a list of them',
  }),
  prompt: text(/\S/, 'the text of a prompt, such as `{{prompt}}`').exactOptional(),
  system: text(/\S/, 'the text of a system message').exactOptional(),
  scorer: z.union([text(/\S/, 'the name of a scorer'), z.record(z.string(), z.json())], {
    error: 'the name of a scorer, or a mapping with its `kind`',
  }),
  reference: model,
  candidates: models,
  margin: number(0, 1),
  confidence: number(0.5, 0.9999).exactOptional(),
  samples: wholeNumber(1, 1_000).exactOptional(),
  seed: wholeNumber(0, 2 ** 32 - 1).exactOptional(),
  sampling: sampling.exactOptional(),
  limits: limits.exactOptional(),
  combine: z.array(combination, { error: 'a list of combinations' }).exactOptional(),
})

export type TaskFile = z.infer<typeof taskSchema>

/** The keys that a mapping at this path may have, for "did you mean". */
export function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  switch (path[0]) {
    case undefined:
      return Object.keys(taskSchema.shape)
    case 'sampling':
      return Object.keys(sampling.shape)
    case 'limits':
      return Object.keys(limits.shape)
    default:
      return Object.keys(combination.shape)
  }
}

function mapping<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject(shape, { error: 'a mapping' })
}

function text(pattern: RegExp, error: string) {
  return z.string({ error }).regex(pattern, { error })
}

function number(least: number, most: number) {
  const error = `a number from ${least} to ${most}`
  return z.number({ error }).min(least, { error }).max(most, { error })
}

function wholeNumber(least: number, most: number) {
  const error = `a whole number from ${least} to ${most}`
  return z.int({ error }).min(least, { error }).max(most, { error })
}
