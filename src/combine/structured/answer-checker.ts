import { Validator } from '@cfworker/json-schema'
import type { ResponseFormat } from '../../core/conversation.ts'
import { MusivumError } from '../../core/errors.ts'
import type { FoundJson } from '../../core/json-in-text.ts'
import { isJsonObject, type JsonObject } from '../../core/json.ts'
import { readableSchema } from '../../wire/json-schema/readable-schema.ts'
import { SchemaFault } from '../../wire/json-schema/schema-fault.ts'
import { jsonInAnswer } from './json-in-answer.ts'
import { TooLong, withinTime } from './within-time.ts'

/** JSON without a schema, or held to one. */
export type JsonFormat = { readonly kind: 'json' } | Extract<ResponseFormat, { readonly kind: 'json-schema' }>

export type Checked =
  /** The JSON as the model wrote it. */
  | { readonly kind: 'fits'; readonly json: string }
  /** What is wrong, for the model: it may quote the answer. `keyword` is the part of the schema that was not met. */
  | { readonly kind: 'fault'; readonly faults: readonly string[]; readonly keyword: string }

/** Looks for JSON of the wanted form in an answer. Throws `request.invalid` when the schema takes too long to check. */
export type AnswerChecker = (answer: string) => Checked

/** It goes into the prompt, where it is 64 k tokens: more than any answer is worth. */
const MAX_SCHEMA_CHARS = 256 * 1024
/** 64 k tokens. */
const MAX_ANSWER_CHARS = 256 * 1024
/** The largest answer takes 200 ms under a schema of objects in lists; nothing else of the gateway runs meanwhile. */
const MAX_CHECK_MS = 500
const MAX_FAULTS = 5
const MAX_FAULT_CHARS = 300

/** `field` is what the client calls the format, for the message of `request.invalid` when its schema cannot be used. */
export function answerChecker(format: JsonFormat, field: string): AnswerChecker {
  const faultsIn = format.kind === 'json' ? notAnObject : validatorOf(format.schema, field)
  return (answer) => {
    if (answer.length > MAX_ANSWER_CHARS)
      return fault(`It is longer than ${MAX_ANSWER_CHARS} characters.`, 'length')
    try {
      return withinTime(MAX_CHECK_MS, () => check(jsonInAnswer(answer), faultsIn))
    } catch (thrown) {
      if (!(thrown instanceof TooLong)) throw thrown
      throw invalidSchema(field, `it takes longer than ${MAX_CHECK_MS} ms to check an answer against it`)
    }
  }
}

type Fault = { readonly text: string; readonly keyword: string }
type FaultsIn = (value: FoundJson['value']) => readonly Fault[]

/** The last that fits, because models that think aloud end with their answer; none: what is wrong with the longest. */
function check(found: readonly FoundJson[], faultsIn: FaultsIn): Checked {
  if (found.length === 0) return fault('It holds no JSON.', 'json')
  for (const { text, value } of found.toReversed())
    if (faultsIn(value).length === 0) return { kind: 'fits', json: text }
  const longest = found.reduce((best, each) => (each.text.length > best.text.length ? each : best))
  const faults = faultsIn(longest.value)
  return {
    kind: 'fault',
    faults: faults.slice(0, MAX_FAULTS).map(({ text }) => text.slice(0, MAX_FAULT_CHARS).toWellFormed()),
    keyword: faults[0]?.keyword ?? 'json',
  }
}

function fault(text: string, keyword: string): Checked {
  return { kind: 'fault', faults: [text], keyword }
}

function notAnObject(value: FoundJson['value']): readonly Fault[] {
  return isJsonObject(value) ? [] : [{ text: 'It is not a JSON object.', keyword: 'type' }]
}

function validatorOf(schema: JsonObject, field: string): FaultsIn {
  if (JSON.stringify(schema).length > MAX_SCHEMA_CHARS)
    throw invalidSchema(field, `it is longer than ${MAX_SCHEMA_CHARS} characters`)
  const validator = new Validator(readable(schema, field), '2020-12', false)
  return (value) => {
    const { valid, errors } = validated(validator, value)
    if (valid) return []
    const own = errors.filter(({ keyword }) => !PASSES_ON.has(keyword))
    return own.map(({ instanceLocation, keyword, error }) => ({
      text: `${instanceLocation}: ${keyword === 'false' ? 'This is not allowed here.' : error}`,
      keyword: keyword === 'false' ? 'additionalProperties' : keyword,
    }))
  }
}

function validated(validator: Validator, value: FoundJson['value']): ReturnType<Validator['validate']> {
  try {
    return validator.validate(value)
  } catch (thrown) {
    // Of a name with half a character in it there is no pointer.
    if (!(thrown instanceof URIError)) throw thrown
    const error = 'It holds a name that is not valid Unicode.'
    return { valid: false, errors: [{ keyword: 'json', keywordLocation: '#', instanceLocation: '#', error }] }
  }
}

function readable(schema: JsonObject, field: string): JsonObject {
  try {
    return readableSchema(schema).schema
  } catch (thrown) {
    throw thrown instanceof SchemaFault ? invalidSchema(field, thrown.message) : thrown
  }
}

/** Errors that only say that there is another one further in. */
const PASSES_ON: ReadonlySet<string> = new Set([
  '$ref',
  'allOf',
  'properties',
  'patternProperties',
  'additionalProperties',
  'unevaluatedProperties',
  'items',
  'prefixItems',
  'additionalItems',
  'unevaluatedItems',
  'dependentSchemas',
  'if',
])

function invalidSchema(field: string, why: string): MusivumError {
  return new MusivumError('request.invalid', `${field}: this JSON schema cannot be used: ${why}`, {
    param: field,
  })
}
