/** `Intl` formatters cost a millisecond each to make and a list draws hundreds of numbers a second, so each is made once. */
export function numberFormat(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = locale + JSON.stringify(options)
  const known = made.get(key)
  if (known !== undefined) return known
  const format = new Intl.NumberFormat(locale, options)
  made.set(key, format)
  return format
}

// Bounded by the code: a dozen option sets times four languages.
const made = new Map<string, Intl.NumberFormat>()

export function countText(count: number, locale: string): string {
  return numberFormat(locale, { maximumFractionDigits: 0 }).format(count)
}

/** Three digits and a word for the thousands: 36.7M. Where the exact number is somewhere near. */
export function compactText(count: number, locale: string): string {
  return numberFormat(locale, { notation: 'compact', maximumSignificantDigits: 3 }).format(count)
}

/** 0..1 as a percentage; a share that is not nothing never reads 0 %. */
export function shareText(share: number, locale: string): string {
  return numberFormat(locale, { style: 'percent', maximumSignificantDigits: 2 }).format(share)
}
