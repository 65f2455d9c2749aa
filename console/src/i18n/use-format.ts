import { useLingui } from '@lingui/react'
import { useMemo } from 'react'
import { durationText } from '../format/duration.ts'
import { exactMomentText, momentText } from '../format/moment.ts'
import { moneyText } from '../format/money.ts'
import { countText, shareText } from '../format/number.ts'
import { sizeText } from '../format/size.ts'

/** Numbers, money and times in the language of the page. */
export function useFormat() {
  const { locale } = useLingui().i18n
  return useMemo(
    () => ({
      locale,
      count: (value: number) => countText(value, locale),
      share: (value: number) => shareText(value, locale),
      money: (nanoUsd: number) => moneyText(nanoUsd, locale),
      duration: (ms: number) => durationText(ms, locale),
      size: (bytes: number) => sizeText(bytes, locale),
      moment: (atMs: number) => momentText(atMs, Date.now(), locale),
      exactMoment: (atMs: number) => exactMomentText(atMs, locale),
    }),
    [locale],
  )
}
