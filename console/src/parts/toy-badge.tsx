import { Trans } from '@lingui/react/macro'

/** Marks what came from a model that was trained to show the machinery and not to be right. */
export function ToyBadge() {
  return (
    <span className="inline-flex h-5 shrink-0 items-center rounded-sm border border-gold-line bg-gold-wash px-1.5 text-xs font-medium text-gold">
      <Trans>toy</Trans>
    </span>
  )
}
