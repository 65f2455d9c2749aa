import { Trans } from '@lingui/react/macro'
import type { ErrorComponentProps } from '@tanstack/react-router'
import { Failure } from '../parts/failure.tsx'

/** A screen that broke: the rest of the console stays, and reloading is one key away. */
export function RouteFailure({ error }: ErrorComponentProps) {
  return (
    <Failure
      title={<Trans>This page could not be shown</Trans>}
      error={error}
      onRetry={() => globalThis.location.reload()}
    />
  )
}
