import { z } from 'zod'
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import type { Item } from '../item.ts'
import { calendarDay } from './calendar-day.ts'
import { EMPTY_OUTPUT, isEmpty } from './empty-output.ts'
import { foldText } from './fold-text.ts'
import { goldFault } from './gold-texts.ts'
import { jsonInText } from './json-in-text.ts'
import { showQuantity } from './quantity.ts'
import { wholeNumberIn } from './read-numbers.ts'
import type { Score, Scorer } from './scorer.ts'
import { oneOf, texts, yesOrNo } from './setting-types.ts'

export const jsonSettings = z.strictObject({
  /** Which fields count, "address.city" for one inside another. Default: all fields of the gold. */
  fields: texts('the name of a field such as "address.city", or a list of them').optional(),
  /** `share` of the fields that match, or 1 only when `all` of them do. */
  score: oneOf(['share', 'all']).default('share'),
  /** Fields of the output that the gold has not: let be, or counted as wrong. */
  extra: oneOf(['ignore', 'count']).default('ignore'),
  ignore_case: yesOrNo().default(false),
})

type Settings = z.output<typeof jsonSettings>

/**
 * How much of the gold object the last JSON object of the output holds. Numbers match by value ("1,000" is 1000),
 * dates by day, texts composed and trimmed, lists in their order; null is the same as absent. A gold list is compared
 * as a whole.
 */
export function jsonScorer(settings: Settings): Scorer {
  const { fields, ...others } = settings
  return {
    name: 'json',
    settings: { ...others, ...(fields !== undefined && { fields }) },
    fault: (item) => faultOf(item, settings),
    score: (item, output) => {
      if (isEmpty(output)) return EMPTY_OUTPUT
      const gold = goldOf(item)
      if (gold === undefined) throw new TypeError('an item with a fault is not scored')
      const kind = isJsonArray(gold) ? 'list' : 'object'
      const given = jsonInText(output, kind === 'list' ? '[' : '{')
      if (given === undefined) return { kind: 'unparsed', why: `the output holds no JSON ${kind}` }
      return compare(gold, given, settings)
    },
  }
}

function goldOf({ gold }: Item): Json | undefined {
  const value = typeof gold === 'string' ? (jsonInText(gold, '{') ?? jsonInText(gold, '[')) : gold
  return isJsonObject(value) || isJsonArray(value) ? value : undefined
}

function faultOf(item: Item, { fields }: Settings): string | undefined {
  const gold = goldOf(item)
  if (gold === undefined) return goldFault(item, 'a JSON object or list')
  if (depthOf(gold) > MAX_DEPTH) return `"gold" is nested deeper than ${MAX_DEPTH}`
  const missing = fields?.find((field) => fieldOf(gold, field) === undefined)
  if (missing !== undefined) return `"gold" has no field "${missing}", which the scorer's settings name`
  return isJsonObject(gold) && Object.keys(gold).length === 0 ? '"gold" has no fields to compare' : undefined
}

/** Answers are records, not trees; what is deeper could end the stack. */
const MAX_DEPTH = 32

function depthOf(value: Json, depth = 0): number {
  if (depth > MAX_DEPTH || typeof value !== 'object' || value === null) return depth
  return Math.max(depth, ...Object.values(value).map((inner: Json) => depthOf(inner, depth + 1)))
}

function compare(gold: Json, given: Json, settings: Settings): Score {
  if (depthOf(given) > MAX_DEPTH)
    return { kind: 'unparsed', why: `the JSON of the output is nested deeper than ${MAX_DEPTH}` }
  const form = (value: Json | undefined): string => canonical(value ?? null, settings)
  const fields = settings.fields ?? (isJsonObject(gold) ? Object.keys(gold) : undefined)
  const matches = fields?.map(
    (field) => form(read(gold, field, settings)) === form(read(given, field, settings)),
  )
  const all = matches ?? [form(gold) === form(given)]
  const share = all.filter(Boolean).length / (all.length + extraFields(gold, given, settings))
  const score = settings.score === 'share' ? share : Math.floor(share)
  return { kind: 'scored', score, answer: form(given) }
}

function extraFields(gold: Json, given: Json, { extra }: Settings): number {
  if (extra === 'ignore' || !isJsonObject(gold) || !isJsonObject(given)) return 0
  return Object.keys(given).filter((name) => given[name] !== null && !Object.hasOwn(gold, name)).length
}

/** Only names of settings are paths: a gold may have a field that is called "a.b". */
function read(value: Json, field: string, { fields }: Settings): Json | undefined {
  return fields === undefined ? ownField(value, field) : fieldOf(value, field)
}

function fieldOf(value: Json, path: string): Json | undefined {
  const own = ownField(value, path)
  if (own !== undefined) return own
  return path
    .split('.')
    .reduce<Json | undefined>(
      (inner, name) => (inner === undefined ? undefined : ownField(inner, name)),
      value,
    )
}

function ownField(value: Json, name: string): Json | undefined {
  return isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
}

/** One text for all ways of writing the same value. */
function canonical(value: Json, settings: Settings): string {
  if (isJsonArray(value)) return `[${value.map((each) => canonical(each, settings)).join(',')}]`
  if (isJsonObject(value)) return canonicalObject(value, settings)
  if (typeof value === 'string') return canonicalText(value, settings)
  return typeof value === 'number' ? canonicalText(String(value), settings) : String(value)
}

function canonicalObject(value: JsonObject, settings: Settings): string {
  const fields = Object.entries(value)
    .filter(([, field]) => field !== null)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonical(field, settings)}`).join(',')}}`
}

function canonicalText(text: string, { ignore_case }: Settings): string {
  const number = wholeNumberIn(text, { decimal: 'auto', percent: 'ignore' })
  if (number !== undefined && !isIdentifier(text)) return showQuantity(number)
  return calendarDay(text) ?? JSON.stringify(foldText(text, { ignore_case, ignore_punctuation: false }))
}

/** "007" and "0041" are names; as numbers they would meet "7" and "41". */
function isIdentifier(text: string): boolean {
  return /^\s*0\d/.test(text)
}
