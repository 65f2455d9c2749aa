import type { Json } from '../../../core/json.ts'
import { having, type Part } from './schema-part.ts'

export type TypeName = 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean' | 'null'

const NUMBER_WORDS = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf']

/** Keywords that speak of values of one type only. */
export const WORDS_OF_TYPE: Readonly<Record<TypeName, readonly string[]>> = {
  object: [
    'properties',
    'required',
    'additionalProperties',
    'patternProperties',
    'propertyNames',
    'minProperties',
    'maxProperties',
    'dependentRequired',
    'dependentSchemas',
    'dependencies',
    'unevaluatedProperties',
  ],
  array: [
    'items',
    'prefixItems',
    'minItems',
    'maxItems',
    'uniqueItems',
    'contains',
    'minContains',
    'maxContains',
    'unevaluatedItems',
  ],
  string: ['minLength', 'maxLength', 'pattern', 'format'],
  number: NUMBER_WORDS,
  integer: NUMBER_WORDS,
  boolean: [],
  null: [],
}

const ALL: readonly TypeName[] = ['object', 'array', 'string', 'number', 'boolean', 'null']

/**
 * The types that all parts allow. Where none of them says so, those that their keywords speak of: `properties` alone allows
 * every number too, and nobody means that.
 */
export function typesOf(parts: readonly Part[]): readonly TypeName[] {
  const named = having(parts, 'type').map(({ schema }) => new Set([schema].flat() as readonly Json[]))
  if (named.length === 0) return spokenOf(parts)
  const allow = (type: TypeName) => named.every((names) => names.has(type))
  const types = ALL.filter(allow)
  const whole = named.every((names) => names.has('integer') || names.has('number'))
  return types.includes('number') || !whole ? types : [...types, 'integer']
}

function spokenOf(parts: readonly Part[]): readonly TypeName[] {
  const words = new Set(parts.flatMap(({ schema }) => Object.keys(schema)))
  const types = ALL.filter((type) => WORDS_OF_TYPE[type].some((word) => words.has(word)))
  // Values that are listed say their types themselves.
  return types.length === 0 || words.has('const') || words.has('enum') ? ALL : types
}
