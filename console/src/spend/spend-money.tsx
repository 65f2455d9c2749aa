import { Trans } from '@lingui/react/macro'
import { useFormat } from '../i18n/use-format.ts'
import { isUnknown, type Figures } from './spend-groups.ts'

/** A sum, and what it leaves out beside it. What nobody has priced never reads as 0. */
export function SpendMoney({ figures }: { readonly figures: Figures }) {
  const { money, count } = useFormat()
  if (isUnknown(figures))
    return (
      <span className="text-gold">
        <Trans>unpriced</Trans>
      </span>
    )
  return (
    <>
      <bdi>{money(figures.nanoUsd)}</bdi>
      {figures.unpricedRequests > 0 && (
        <span className="block text-xs text-gold">
          <Trans>without {count(figures.unpricedRequests)} unpriced</Trans>
        </span>
      )}
    </>
  )
}
