import { Trans } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import { usePageTitle } from './page-title.ts'
import { useLingui } from '@lingui/react/macro'

export function NotFound() {
  const { t } = useLingui()
  usePageTitle(t`Not found`)
  return (
    <div className="mx-auto max-w-md py-24 text-center">
      <h1 className="text-xl font-semibold">
        <Trans>There is no such page</Trans>
      </h1>
      <p className="mt-2 text-soft">
        <Trans>The address may be from a newer version of the console.</Trans>
      </p>
      <p className="mt-4">
        <Link to="/" className="button">
          <Trans>Go to live requests</Trans>
        </Link>
      </p>
    </div>
  )
}
