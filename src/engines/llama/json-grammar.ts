import { MusivumError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { readableSchema, type ReadableSchema } from '../../wire/json-schema/readable-schema.ts'
import { SchemaFault } from '../../wire/json-schema/schema-fault.ts'
import type { SchemaGap } from '../engine.ts'
import { compileSchema, type CompiledSchema } from './schema/compile-schema.ts'

/**
 * A JSON Schema as a GBNF grammar. We write the grammar ourselves because the library's own converter silently ignores
 * `pattern`, ranges and `uniqueItems`, turns `anyOf` and `{}` into `null`, and lets an integer be `1e-5`. Where a grammar
 * cannot say a keyword, it allows too much, and `schemaGaps` names the keyword: the answer is to be validated. What neither
 * holds is refused by name and path; nothing is dropped.
 *
 * Liberties, all inside the schema: properties come in the order they are declared; an object that declares properties gets no
 * others unless `additionalProperties` or `patternProperties` speaks of them; a schema without a type is of the types that its
 * keywords speak of; numbers have up to fifteen digits before and after the point; a format is written in its plainest form.
 *
 * @throws MusivumError `request.unsupported` with the keyword and its JSON path
 */
export function jsonSchemaGrammar(schema: JsonObject): string {
  const outcome = outcomeOf(schema)
  if ('refused' in outcome) throw outcome.refused
  return outcome.grammar
}

/** What an answer written under the grammar is to be validated for; of a schema that is refused, nothing. */
export function schemaGaps(schema: JsonObject): readonly SchemaGap[] {
  const outcome = outcomeOf(schema)
  return 'refused' in outcome ? [] : outcome.gaps
}

/** Places of words in it that no draft knows, and that say nothing: a keyword misspelt is among them. */
export function schemaUnknownWords(schema: JsonObject): readonly string[] {
  const outcome = outcomeOf(schema)
  return 'refused' in outcome ? [] : outcome.passedOver
}

/** The grammar of any JSON object, for `response_format: json_object`. */
export function jsonObjectGrammar(): string {
  return jsonSchemaGrammar(ANY_OBJECT)
}

const ANY_OBJECT: JsonObject = { type: 'object' }

type Outcome = (CompiledSchema & Pick<ReadableSchema, 'passedOver'>) | { readonly refused: MusivumError }

/** One request asks about the same schema several times: for its gaps, its worst cost and its grammar. */
const outcomes = new WeakMap<JsonObject, Outcome>()

function outcomeOf(schema: JsonObject): Outcome {
  const known = outcomes.get(schema)
  if (known !== undefined) return known
  const outcome = compile(schema)
  outcomes.set(schema, outcome)
  return outcome
}

function compile(schema: JsonObject): Outcome {
  try {
    const { schema: readable, passedOver } = readableSchema(schema)
    return { ...compileSchema(readable), passedOver }
  } catch (thrown) {
    if (thrown instanceof MusivumError) return { refused: thrown }
    if (thrown instanceof SchemaFault) return { refused: refusedFor(thrown) }
    throw thrown
  }
}

function refusedFor({ message, place }: SchemaFault): MusivumError {
  const cut = place.lastIndexOf('/')
  const facts = cut === -1 ? { path: place } : { keyword: place.slice(cut + 1), path: place.slice(0, cut) }
  return new MusivumError('request.unsupported', `This JSON schema cannot be followed: ${message}.`, facts)
}
