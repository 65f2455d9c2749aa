import { Trans } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import { BackIcon } from '../parts/icons.tsx'

export function BackToKeys() {
  return (
    <p className="mb-3">
      <Link
        to="/keys"
        className="-ms-1.5 inline-flex min-h-6 items-center gap-1 text-sm text-soft hover:text-ink"
      >
        <BackIcon />
        <Trans>Keys</Trans>
      </Link>
    </p>
  )
}
