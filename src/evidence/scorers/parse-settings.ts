import type { z } from 'zod'
import { invalid } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { nearestNames } from '../../core/nearest.ts'

/**
 * The settings of a scorer with everything left out filled in. Throws `request.invalid` with one line that names the
 * setting and what was expected of it, and never repeats a text: it may be a key that somebody pasted there.
 *
 * The `error` texts of the schema finish the sentence "expected …".
 */
export function parseSettings<Schema extends z.ZodObject>(
  scorer: string,
  schema: Schema,
  settings: JsonObject,
): z.output<Schema> {
  const parsed = schema.safeParse(settings)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const known = Object.keys(schema.shape)
  throw invalid(`scorer ${scorer}: ${issue === undefined ? 'the settings are wrong' : lineOf(issue, known)}`)
}

function lineOf(issue: z.core.$ZodIssue, known: readonly string[]): string {
  if (issue.code === 'unrecognized_keys') return unknownSetting(issue.keys[0] ?? '', known)
  return issue.path.length === 0
    ? issue.message
    : `setting "${issue.path.join('.')}": expected ${issue.message}`
}

function unknownSetting(name: string, known: readonly string[]): string {
  const [nearest] = nearestNames(name, known, 1)
  if (nearest !== undefined) return `unknown setting "${name}"; did you mean "${nearest}"?`
  const names = known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`
  return `unknown setting "${name}"; ${names}`
}
