import { Trans } from '@lingui/react/macro'
import type { Period } from '../api/accounts.ts'

export function PeriodWord({ period }: { readonly period: Period }) {
  switch (period) {
    case 'day':
      return <Trans>per day</Trans>
    case 'month':
      return <Trans>per month</Trans>
    case 'total':
      return <Trans>in total</Trans>
    default:
      return period satisfies never
  }
}
