import { nanoUsd, type NanoUsd } from '../../core/money.ts'

/** Money that a person wrote, exact to the nano-dollar, or what was expected instead: the end of "expected …". */
export type WrittenUsd =
  | { readonly kind: 'amount'; readonly nanoUsd: NanoUsd }
  | { readonly kind: 'wrong'; readonly expected: string }

/**
 * Reads dollars without going through a binary fraction, which has no 0.1: `25`, `"25.00"`, `0.000000001`.
 * Nothing is rounded: an amount that has no exact form here is refused.
 */
export function exactUsd(written: string | number): WrittenUsd {
  const text = typeof written === 'number' ? decimalText(written) : written.trim()
  if (namesCurrency(text)) return wrong(ONLY_DOLLARS)
  const [, whole, fraction = ''] = /^(\d{1,16})(?:\.(\d+))?$/.exec(text) ?? []
  if (whole === undefined) return wrong(DOLLARS)
  if (fraction.replace(/0+$/, '').length > DECIMALS) return wrong('at most nine decimals (a nano-dollar)')
  const amount = BigInt(whole + fraction.slice(0, DECIMALS).padEnd(DECIMALS, '0'))
  if (amount > BigInt(Number.MAX_SAFE_INTEGER)) return wrong(DOLLARS)
  return { kind: 'amount', nanoUsd: nanoUsd(Number(amount)) }
}

const DECIMALS = 9
// 2⁵³ nano-dollars: the largest sum that every number here holds exactly.
const DOLLARS = 'US dollars from 0 to 9007199.254740991, such as "25.00"'
const ONLY_DOLLARS =
  'US dollars as a plain number, such as "25.00" (no other currency is known, for there is no rate for one)'

/** Small numbers are written with an exponent by JavaScript; people do not mean anything else by `1e-7`. */
function decimalText(value: number): string {
  const text = String(value)
  const [, digits, fraction = '', exponent] = /^(\d)(?:\.(\d+))?e-(\d{1,2})$/.exec(text) ?? []
  return digits === undefined ? text : `0.${'0'.repeat(Number(exponent) - 1)}${digits}${fraction}`
}

function namesCurrency(text: string): boolean {
  return /\p{Sc}/u.test(text) || /(?<![A-Za-z])(?!NaN)[A-Za-z]{3}(?![A-Za-z])/.test(text)
}

function wrong(expected: string): WrittenUsd {
  return { kind: 'wrong', expected }
}
