import { z } from 'zod'
import { MusivumError } from '../../core/errors.ts'
import type { Json, JsonObject } from '../../core/json.ts'
import { nearestNames } from '../../core/nearest.ts'
import { describeValue } from '../../wire/field-checks.ts'

type Issue = z.core.$ZodIssue

/**
 * A body as the schema makes it. The schema's messages finish the sentence "expected …". `refused` has words for fields
 * that are known elsewhere and not taken here.
 *
 * @throws MusivumError `request.invalid`, one line about the first thing that is wrong
 */
export function checkBody<Schema extends z.ZodType>(
  schema: Schema,
  body: JsonObject,
  refused: Readonly<Record<string, string>>,
): z.output<Schema> {
  const result = schema.safeParse(body)
  if (result.success) return result.data
  throw fault(result.error.issues, (issue) => {
    if (issue.code === 'unrecognized_keys') return unknownField(schema, issue, refused)
    return `expected ${issue.message}, got ${describeValue(valueAt(body, issue.path))}`
  })
}

/**
 * The query of a URL by the schema; a parameter without a value counts as absent, because forms send it so.
 *
 * @throws MusivumError `request.invalid`: wrong, unknown or given twice
 */
export function checkQuery<Schema extends z.ZodObject>(
  schema: Schema,
  query: URLSearchParams,
): z.output<Schema> {
  const given = new Map<string, string>()
  for (const [name, value] of query) {
    if (value === '') continue
    if (given.has(name)) throw invalid(shown(name), 'is given twice')
    given.set(name, value)
  }
  const result = schema.safeParse(Object.fromEntries(given))
  if (result.success) return result.data
  throw fault(result.error.issues, (issue) =>
    issue.code === 'unrecognized_keys' ? unknownField(schema, issue, {}) : `expected ${issue.message}`,
  )
}

function fault(issues: readonly Issue[], words: (issue: Issue) => string): MusivumError {
  // A misspelt field is one mistake, and the field that is missing because of it is not a second.
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]
  if (issue === undefined) throw new TypeError('a schema refused a value without a reason')
  const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path
  return invalid(path.map((step) => shown(String(step))).join('.'), words(issue))
}

/** `path` '' is the body itself. */
function invalid(path: string, words: string): MusivumError {
  const where = path === '' ? 'the body' : path
  return new MusivumError('request.invalid', `${where}: ${words}`, { param: path === '' ? null : path })
}

const MAX_SHOWN_CHARS = 40

/** A name that a client made up, cut: it may be a key that was pasted in the wrong place. */
function shown(name: string): string {
  return /^[\w.-]+$/.test(name) && name.length <= MAX_SHOWN_CHARS ? name : '(a name)'
}

function unknownField(
  schema: z.ZodType,
  issue: Issue & { readonly code: 'unrecognized_keys' },
  refused: Readonly<Record<string, string>>,
): string {
  const [key = ''] = issue.keys
  const why = Object.hasOwn(refused, key) ? refused[key] : undefined
  if (why !== undefined) return why
  if (/^(cap|max|usd)?_?(eur|gbp|inr|chf|jpy|cny|aed|sar)$/i.test(key))
    return 'US dollars are the only currency known'
  // One that other alternatives have is not a slip of the hand.
  const known = fieldsAt(schema, issue.path).filter((name) => name !== key)
  const [nearest] = nearestNames(key, known, 1)
  if (nearest !== undefined) return `unknown; did you mean ${nearest}?`
  return known.length === 0 ? 'unknown; nothing is taken here' : `unknown; known here: ${known.join(', ')}`
}

/** The names of the fields of the object at a path in a schema. */
function fieldsAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): readonly string[] {
  const [step, ...rest] = path
  if (schema instanceof z.ZodDiscriminatedUnion)
    return [...new Set(schema.options.flatMap((option) => fieldsAt(option, path)))]
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable)
    return fieldsAt(schema.unwrap(), path)
  if (!(schema instanceof z.ZodObject)) return []
  if (step === undefined) return Object.keys(schema.shape)
  const inner = schema.shape[String(step)]
  return inner === undefined ? [] : fieldsAt(inner, rest)
}

function valueAt(body: JsonObject, path: readonly PropertyKey[]): Json | undefined {
  let value: unknown = body
  for (const step of path) value = (value as Record<PropertyKey, unknown> | undefined)?.[step]
  return value as Json | undefined
}
