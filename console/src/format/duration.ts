import { numberFormat } from './number.ts'

/** Three significant digits in the unit a person would pick: 0.42ms, 412ms, 1.24s, 2m 5s. */
export function durationText(ms: number, locale: string): string {
  if (ms < 999.5) return inUnit(ms, 'millisecond', ms < 100 ? 2 : 3, locale)
  const seconds = ms / 1000
  if (seconds < 59.95) return inUnit(seconds, 'second', 3, locale)
  const whole = Math.round(seconds)
  const minutes = inUnit(Math.floor(whole / 60), 'minute', 3, locale)
  return whole % 60 === 0 ? minutes : `${minutes} ${inUnit(whole % 60, 'second', 2, locale)}`
}

function inUnit(value: number, unit: string, digits: number, locale: string): string {
  // Under a hundredth of a millisecond the clock itself is the noise.
  const maximumSignificantDigits = value < 0.1 ? 1 : digits
  return numberFormat(locale, {
    style: 'unit',
    unit,
    unitDisplay: 'narrow',
    maximumSignificantDigits,
  }).format(value)
}
