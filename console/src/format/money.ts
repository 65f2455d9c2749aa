import { numberFormat } from './number.ts'

/**
 * Nano-dollars as dollars. Requests cost fractions of a cent, so small amounts keep three significant digits; an
 * amount that is not zero never reads as zero.
 */
export function moneyText(nanoUsd: number, locale: string): string {
  const usd = nanoUsd / 1e9
  const digits: Intl.NumberFormatOptions =
    usd === 0 || usd >= 1
      ? { minimumFractionDigits: 2, maximumFractionDigits: 2 }
      : { minimumSignificantDigits: 2, maximumSignificantDigits: 3 }
  return inOnePiece(
    numberFormat(locale, {
      style: 'currency',
      currency: 'USD',
      currencyDisplay: 'narrowSymbol',
      ...digits,
    }).format(usd),
  )
}

const [RIGHT_TO_LEFT_MARK, LEFT_TO_RIGHT_ISOLATE, POP_ISOLATE] = ['\u200f', '\u2066', '\u2069']

/** Arabic puts `US$` after the number, and the line around it would turn the sign of dollars to the other side of `US`. */
function inOnePiece(text: string): string {
  if (!text.startsWith(RIGHT_TO_LEFT_MARK)) return text
  return `${LEFT_TO_RIGHT_ISOLATE}${text.replaceAll(RIGHT_TO_LEFT_MARK, '')}${POP_ISOLATE}`
}

/** Dollars to the nano-dollar, for programs: a decimal point, no grouping, no sign of a currency. */
export function exactUsd(nanoUsd: number): string {
  const digits = String(nanoUsd).padStart(10, '0')
  const fraction = digits.slice(-9).replace(/0+$/, '').padEnd(2, '0')
  return `${digits.slice(0, -9)}.${fraction}`
}
