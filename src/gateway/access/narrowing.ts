import { MusivumError } from '../../core/errors.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import type { NanoUsd } from '../../core/money.ts'
import { describeValue } from '../../wire/field-checks.ts'
import { editJsonObject } from '../../wire/json-edit.ts'
import { parseJsonBody } from '../../wire/json-body.ts'
import { scanJson } from '../../wire/json-scan.ts'
import { exactUsd } from '../admin/exact-usd.ts'
import type { Exchange } from '../exchange.ts'

/** What a client rules out for one request. It can only take candidates away from what its key and the policy leave. */
export type Narrowing = {
  /** Lists of names, or `prefix*`; a model must be in each of them. */
  readonly models: readonly (readonly string[])[]
  /** The most that the answer may cost at worst. */
  readonly maxPrice: NanoUsd | undefined
  readonly onlyOpen: boolean
  readonly noDataLeaves: boolean
}

/** The wishes of a client, and its body without them: they are for us, and mean nothing to the server behind the model. */
export type Narrowed = { readonly narrowing: Narrowing | undefined; readonly body: string }

/**
 * Reads `x-musivum-models`, `-max-price-usd`, `-only`, `-no-data-leaves` and the field `musivum` of the body, which says
 * the same; where both are given, both hold. Nearly no request has any, and then nothing is parsed.
 *
 * @throws MusivumError `request.invalid`, naming the header or the field
 */
export function readNarrowing({ header }: Pick<Exchange, 'header'>, body: string): Narrowed {
  const fromHeaders = headerNarrowing(header)
  if (!body.includes(FIELD_TEXT)) return { narrowing: fromHeaders, body }
  const { field, rest } = takeField(body)
  // OpenAI's clients send null for what is not set.
  const fromBody = field === undefined || field === null ? undefined : bodyNarrowing(field)
  return { narrowing: both(fromHeaders, fromBody), body: rest }
}

const FIELD = 'musivum'
const FIELD_TEXT = `"${FIELD}"`

/**
 * A spelling of the field that `readNarrowing` does not see is refused rather than sent on: a wish for privacy must not be
 * lost to a capital letter or an escape.
 */
export function refuseMisspelt(extra: JsonObject): void {
  for (const key in extra)
    if (key.length === FIELD.length && key.toLowerCase() === FIELD)
      throw invalid(FIELD, 'written with other letters or escapes; expected exactly "musivum"')
}

/** The body stays as it is byte for byte but for the field, so that it can still be passed through. */
function takeField(body: string): { readonly field?: Json; readonly rest: string } {
  // First, so that a fault of the JSON is told with its place in what the client sent.
  const field = parseJsonBody(body)[FIELD]
  if (field === undefined) return { rest: body }
  const rest = editJsonObject(body, scanJson(body), { set: new Map(), drop: new Set([FIELD]) })
  return { field, rest }
}

function headerNarrowing(header: Exchange['header']): Narrowing | undefined {
  const models = header(HEADERS.models)
  const price = header(HEADERS.maxPrice)
  const only = header(HEADERS.only)
  const stays = header(HEADERS.noDataLeaves)
  if ((models ?? price ?? only ?? stays) === undefined) return undefined
  return {
    models: models === undefined ? [] : [namesIn(models.split(','), HEADERS.models)],
    maxPrice: price === undefined ? undefined : amount(price, HEADERS.maxPrice),
    onlyOpen: only !== undefined && isOpen(only, HEADERS.only),
    noDataLeaves: stays !== undefined && yesOrNo(stays, HEADERS.noDataLeaves),
  }
}

const HEADERS = {
  models: 'x-musivum-models',
  maxPrice: 'x-musivum-max-price-usd',
  only: 'x-musivum-only',
  noDataLeaves: 'x-musivum-no-data-leaves',
} as const

function bodyNarrowing(field: Json): Narrowing {
  if (!isJsonObject(field)) throw invalid(FIELD, `expected an object, got ${describeValue(field)}`)
  for (const key of Object.keys(field))
    if (!KNOWN.includes(key)) throw invalid(FIELD, `expected only ${KNOWN.join(', ')} in it`)
  const { models, max_price_usd: price, only, no_data_leaves: stays } = field
  return {
    models: models === undefined ? [] : [namesOf(models, `${FIELD}.models`)],
    maxPrice: price === undefined ? undefined : amount(price, `${FIELD}.max_price_usd`),
    onlyOpen: only !== undefined && isOpen(only, `${FIELD}.only`),
    noDataLeaves: stays !== undefined && yesOrNo(stays, `${FIELD}.no_data_leaves`),
  }
}

const KNOWN: readonly string[] = ['models', 'max_price_usd', 'only', 'no_data_leaves']

function both(a: Narrowing | undefined, b: Narrowing | undefined): Narrowing | undefined {
  if (a === undefined || b === undefined) return a ?? b
  const prices = [a.maxPrice, b.maxPrice].filter((price) => price !== undefined)
  return {
    models: [...a.models, ...b.models],
    maxPrice: prices.length === 0 ? undefined : (Math.min(...prices) as NanoUsd),
    onlyOpen: a.onlyOpen || b.onlyOpen,
    noDataLeaves: a.noDataLeaves || b.noDataLeaves,
  }
}

// A client picks among a handful; each name is compared with each candidate.
const MAX_NAMES = 64
const MAX_NAME_CHARS = 128

function namesOf(value: Json, param: string): readonly string[] {
  if (!isJsonArray(value)) throw invalid(param, `expected a list of names, got ${describeValue(value)}`)
  const texts = value.filter((name) => typeof name === 'string')
  if (texts.length < value.length) throw invalid(param, 'expected a list of names, got something else in it')
  return namesIn(texts, param)
}

function namesIn(texts: readonly string[], param: string): readonly string[] {
  const names = texts.map((name) => name.trim())
  const right = names.every((name) => name !== '' && name.length <= MAX_NAME_CHARS)
  if (right && names.length > 0 && names.length <= MAX_NAMES) return names
  throw invalid(param, `expected 1 to ${MAX_NAMES} names of models, or "prefix*", with commas between them`)
}

function amount(value: Json, param: string): NanoUsd {
  const written = typeof value === 'string' || typeof value === 'number' ? exactUsd(value) : undefined
  if (written?.kind === 'amount') return written.nanoUsd
  throw invalid(
    param,
    `expected ${written?.expected ?? `a number of US dollars, got ${describeValue(value)}`}`,
  )
}

function isOpen(value: Json, param: string): true {
  if (value !== 'open') throw invalid(param, 'expected "open"')
  return true
}

function yesOrNo(value: Json, param: string): boolean {
  if (value === true || value === 'true') return true
  if (value === false || value === 'false') return false
  throw invalid(param, 'expected true or false')
}

function invalid(param: string, words: string): MusivumError {
  return new MusivumError('request.invalid', `${param}: ${words}`, { param })
}
