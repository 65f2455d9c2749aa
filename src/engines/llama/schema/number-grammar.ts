import {
  choice,
  literal,
  never,
  nothing,
  oneOfTexts,
  optional,
  repeat,
  rule,
  sequence,
  source,
  text,
  type Expression,
} from './expression.ts'
import { EXPONENT, FRACTION } from './json-rules.ts'
import { leave, numbersOf, type Leaf, type Part } from './schema-part.ts'

/** All integers of 15 digits, which are exact in a double. */
const WIDEST = 10 ** 15 - 1
const DIGITS = 15
/** Ranges of up to so many integers are written out, so that only multiples can be. */
const MAX_LISTED = 1_000

const BOUNDS = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum']

export function numberGrammar(leaf: Leaf, type: 'integer' | 'number'): Expression {
  const range = rangeOf(leaf.parts)
  const steps = numbersOf(leaf.parts, 'multipleOf')
  // A multiple of 5 is an integer.
  if (type === 'integer' || steps.some((each) => Number.isInteger(each))) return integers(leaf, range, steps)
  const places = steps.length === 1 ? decimalPlaces(steps[0] ?? 1) : undefined
  if (steps.length > 0 && places === undefined) leave(leaf, 'multipleOf')
  return reals(leaf, range, places ?? DIGITS)
}

type Bound = { readonly at: number; readonly open: boolean }
type Range = { readonly low: Bound; readonly high: Bound }

const NO_LOW: Bound = { at: -Infinity, open: false }
const NO_HIGH: Bound = { at: Infinity, open: false }

function rangeOf(parts: readonly Part[]): Range {
  const bounds = (plain: string, open: string): readonly Bound[] => [
    ...numbersOf(parts, plain).map((at) => ({ at, open: false })),
    ...numbersOf(parts, open).map((at) => ({ at, open: true })),
  ]
  const tighter = (a: Bound, b: Bound, sign: number) =>
    (b.at - a.at) * sign > 0 || (b.at === a.at && b.open) ? b : a
  return {
    low: bounds('minimum', 'exclusiveMinimum').reduce((a, b) => tighter(a, b, 1), NO_LOW),
    high: bounds('maximum', 'exclusiveMaximum').reduce((a, b) => tighter(a, b, -1), NO_HIGH),
  }
}

function integers(leaf: Leaf, { low, high }: Range, steps: readonly number[]): Expression {
  const least = low.open && Number.isInteger(low.at) ? low.at + 1 : Math.ceil(low.at)
  const most = high.open && Number.isInteger(high.at) ? high.at - 1 : Math.floor(high.at)
  const meaning = steps.filter((each) => each !== 1)
  if (most - least < MAX_LISTED && meaning.every((each) => Number.isInteger(each)))
    return listed(Math.max(least, -WIDEST), Math.min(most, WIDEST), meaning)
  if (meaning.length > 0) leave(leaf, 'multipleOf')
  if (least <= -WIDEST && most >= WIDEST) return rule('integer')
  return wholeNumbers(Math.max(least, -WIDEST), Math.min(most, WIDEST))
}

function listed(least: number, most: number, steps: readonly number[]): Expression {
  const all = Array.from({ length: Math.max(0, most - least + 1) }, (_, index) => least + index)
  return oneOfTexts(all.filter((each) => steps.every((step) => each % step === 0)).map(String))
}

function wholeNumbers(least: number, most: number): Expression {
  const below = naturals(Math.max(1, -most), -least)
  return choice([naturals(Math.max(0, least), most), sequence(text('-'), below)])
}

/** From 0 up, without leading zeros. */
function naturals(least: number, most: number): Expression {
  const options: Expression[] = []
  for (let length = String(least).length; least <= most && length <= String(most).length; length += 1) {
    const from = Math.max(least, length === 1 ? 0 : 10 ** (length - 1))
    const to = Math.min(most, 10 ** length - 1)
    options.push(sameLength(String(from), String(to)))
  }
  return choice(options)
}

/** Digits from one text of them to another as long: 250 to 999 is 2 and 50 to 99, or 3 to 9 and any two. */
function sameLength(from: string, to: string): Expression {
  if (from === '') return nothing
  if (/^0+$/.test(from) && /^9+$/.test(to)) return repeat(source('[0-9]'), from.length, from.length)
  const [low, high] = [Number(from[0]), Number(to[0])]
  const [lowRest, highRest] = [from.slice(1), to.slice(1)]
  if (low === high) return sequence(text(String(low)), sameLength(lowRest, highRest))
  const zeros = '0'.repeat(lowRest.length)
  const nines = '9'.repeat(lowRest.length)
  const wholeLow = lowRest === zeros
  const wholeHigh = highRest === nines
  return choice([
    ...(wholeLow ? [] : [sequence(text(String(low)), sameLength(lowRest, nines))]),
    ...middle(wholeLow ? low : low + 1, wholeHigh ? high : high - 1, lowRest.length),
    ...(wholeHigh ? [] : [sequence(text(String(high)), sameLength(zeros, highRest))]),
  ])
}

function middle(low: number, high: number, more: number): readonly Expression[] {
  if (low > high) return []
  const first = low === high ? text(String(low)) : source(`[${low}-${high}]`)
  return [sequence(first, repeat(source('[0-9]'), more, more))]
}

/** 1 for 0.1, 2 for 0.01: multiples of these are told by their digits. */
function decimalPlaces(step: number): number | undefined {
  const places = Math.round(-Math.log10(step))
  return places > 0 && places < DIGITS && Number(`1e-${places}`) === step ? places : undefined
}

function reals(leaf: Leaf, { low, high }: Range, places: number): Expression {
  const unlimited = places === DIGITS
  if (low.at === -Infinity && high.at === Infinity)
    return unlimited ? rule('number') : sequence(rule('integer'), fraction(places))
  if (unlimited && low.at === 0 && !low.open && high.at === Infinity) return sequence(FROM_ZERO)
  // Between 0.5 and 9.5 the grammar goes from 0 to 10.
  if (![low.at, high.at].every((at) => Number.isInteger(at) || Math.abs(at) === Infinity))
    leave(leaf, ...BOUNDS)
  const least = low.at > -WIDEST ? outward(low, Math.floor) : { at: -WIDEST, open: false }
  const most = high.at < WIDEST ? outward(high, Math.ceil) : { at: WIDEST, open: false }
  const above: Range = { low: least.at < 0 ? { at: 0, open: false } : least, high: most }
  const below: Range = {
    low: most.at < 0 ? { ...most, at: -most.at } : { at: 0, open: true },
    high: { ...least, at: -least.at },
  }
  return choice([magnitudes(above, places), sequence(text('-'), magnitudes(below, places))])
}

const FROM_ZERO = source(`("0" | [1-9] [0-9]{0,14}) ${FRACTION} ${EXPONENT}`)

function outward({ at, open }: Bound, round: (at: number) => number): Bound {
  return { at: round(at), open: open && Number.isInteger(at) }
}

/**
 * Numbers from 0 up between two whole ones. Near a bound that is itself not allowed there are at most 15 digits:
 * 99.999999999999999 is read as 100.
 */
function magnitudes({ low, high }: Range, places: number): Expression {
  if (low.at > high.at || high.at < 0 || low.at > WIDEST) return never
  if (low.at === high.at) return low.open || high.open ? never : sequence(literal(low.at), zeros(places))
  const between = low.open ? [sequence(literal(low.at), aboveZero(roomBeside(low, places)))] : []
  const from = low.open ? low.at + 1 : low.at
  const inner = sequence(naturals(from, high.at - 1), fraction(high.open ? roomBeside(high, places) : places))
  const last = high.open ? [] : [sequence(literal(high.at), zeros(places))]
  return choice([...between, inner, ...last])
}

function roomBeside({ at }: Bound, places: number): number {
  return Math.max(0, Math.min(places, DIGITS - String(Math.min(at, WIDEST)).length))
}

function fraction(places: number): Expression {
  return places === 0 ? nothing : optional(source(`"." [0-9]{1,${places}}`))
}

function zeros(places: number): Expression {
  return places === 0 ? nothing : optional(source(`"." "0"{1,${places}}`))
}

function aboveZero(places: number): Expression {
  if (places === 0) return never
  return source(`"." ${places === 1 ? '' : `"0"{0,${places - 1}} `}[1-9]`)
}
