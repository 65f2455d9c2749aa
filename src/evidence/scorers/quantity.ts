import { strict as assert } from 'node:assert'

/**
 * A number as a text gave it: a reduced fraction of whole numbers, since a sum of money of twenty digits must not meet
 * another one in a floating-point number, and 0.1 must be a tenth.
 */
export type Quantity = { readonly over: bigint; readonly under: bigint }

export function quantity(over: bigint, under: bigint): Quantity {
  assert(under !== 0n, 'a fraction has a denominator')
  const divisor = greatestDivisor(over < 0n ? -over : over, under < 0n ? -under : under)
  const sign = under < 0n ? -1n : 1n
  return { over: (sign * over) / divisor, under: (sign * under) / divisor }
}

/** `digits` with one decimal point at most, times ten to the power of `exponent`. */
export function decimal(digits: string, exponent = 0): Quantity {
  const [whole = '', fraction = ''] = digits.split('.')
  const shift = exponent - fraction.length
  const value = BigInt(whole + fraction)
  return shift >= 0 ? quantity(value * 10n ** BigInt(shift), 1n) : quantity(value, 10n ** BigInt(-shift))
}

export function negated({ over, under }: Quantity): Quantity {
  return { over: -over, under }
}

export function sum(a: Quantity, b: Quantity): Quantity {
  return quantity(a.over * b.under + b.over * a.under, a.under * b.under)
}

export function product(a: Quantity, b: Quantity): Quantity {
  return quantity(a.over * b.over, a.under * b.under)
}

/** |a − b| ≤ max(absolute, relative · |b|), exactly: 1.01 is within 0.01 of 1, which floating point denies. */
export function isNear(a: Quantity, b: Quantity, tolerance: Tolerance): boolean {
  const distance = size(sum(a, negated(b)))
  const allowed = product(size(b), tolerance.relative)
  return !isLess(tolerance.absolute, distance) || !isLess(allowed, distance)
}

export type Tolerance = { readonly absolute: Quantity; readonly relative: Quantity }

function size({ over, under }: Quantity): Quantity {
  return { over: over < 0n ? -over : over, under }
}

function isLess(a: Quantity, b: Quantity): boolean {
  return a.over * b.under < b.over * a.under
}

/** The shortest exact form: "-12.5", or "1/3" where no decimal ends. */
export function showQuantity({ over, under }: Quantity): string {
  const places = decimalPlaces(under)
  if (places === undefined) return `${over}/${under}`
  const digits = String(((over < 0n ? -over : over) * 10n ** BigInt(places)) / under).padStart(
    places + 1,
    '0',
  )
  const whole = digits.slice(0, digits.length - places)
  return `${over < 0n ? '-' : ''}${whole}${places === 0 ? '' : `.${digits.slice(-places)}`}`
}

/** How many decimals 1/under has; undefined when they never end, because a prime other than 2 and 5 divides it. */
function decimalPlaces(under: bigint): number | undefined {
  let [rest, twos, fives] = [under, 0, 0]
  for (; rest % 2n === 0n; rest /= 2n) twos += 1
  for (; rest % 5n === 0n; rest /= 5n) fives += 1
  return rest === 1n ? Math.max(twos, fives) : undefined
}

function greatestDivisor(a: bigint, b: bigint): bigint {
  let [larger, smaller] = [a, b]
  while (smaller !== 0n) [larger, smaller] = [smaller, larger % smaller]
  return larger === 0n ? 1n : larger
}
