import { Trans } from '@lingui/react/macro'
import type { RequestRow } from '../api/admin.ts'
import { useFormat } from '../i18n/use-format.ts'

/** Money where there is a bill, words where there is none: what nobody priced never reads as 0. */
export function Cost({ cost }: { readonly cost: RequestRow['cost'] }) {
  const { money } = useFormat()
  if (cost.kind === 'metered' && cost.nanoUsd !== null)
    return <bdi className="tabular-nums">{money(cost.nanoUsd)}</bdi>
  return <span className="text-faint">{costWords(cost.kind)}</span>
}

function costWords(kind: RequestRow['cost']['kind']) {
  switch (kind) {
    case 'owned':
      return <Trans>owned weights</Trans>
    case 'metered':
    case 'unpriced':
      return <Trans>unpriced</Trans>
    case 'none':
      return <Trans>no cost</Trans>
    default:
      return kind satisfies never
  }
}
