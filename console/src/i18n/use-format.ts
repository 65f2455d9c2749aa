import { useLingui } from '@lingui/react'
import { useMemo } from 'react'
import { durationText } from '../format/duration.ts'
import {
  dateText,
  distanceText,
  exactMomentText,
  momentText,
  utcMomentText,
  utcText,
} from '../format/moment.ts'
import { moneyText } from '../format/money.ts'
import { compactText, countText, shareText } from '../format/number.ts'
import { sizeText } from '../format/size.ts'

/** Numbers, money and times in the language of the page. */
export function useFormat() {
  const { locale } = useLingui().i18n
  return useMemo(
    () => ({
      locale,
      count: (value: number) => countText(value, locale),
      compact: (value: number) => compactText(value, locale),
      share: (value: number) => shareText(value, locale),
      money: (nanoUsd: number) => moneyText(nanoUsd, locale),
      duration: (ms: number) => durationText(ms, locale),
      size: (bytes: number) => sizeText(bytes, locale),
      moment: (atMs: number) => momentText(atMs, Date.now(), locale),
      date: (atMs: number) => dateText(atMs, locale),
      distance: (atMs: number) => distanceText(atMs, Date.now(), locale),
      utc: (atMs: number, unit: 'hour' | 'day') => utcText(atMs, locale, unit),
      utcMoment: (atMs: number) => utcMomentText(atMs, locale),
      exactMoment: (atMs: number) => exactMomentText(atMs, locale),
    }),
    [locale],
  )
}
