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
  return numberFormat(locale, {
    style: 'currency',
    currency: 'USD',
    currencyDisplay: 'narrowSymbol',
    ...digits,
  }).format(usd)
}
