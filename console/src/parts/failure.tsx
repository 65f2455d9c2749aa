import { Trans, useLingui } from '@lingui/react/macro'
import type { ReactNode } from 'react'
import { ApiError } from '../api/api-error.ts'
import { nextStep } from '../api/next-step.ts'
import { WarningIcon } from './icons.tsx'
import { Ltr } from './ltr.tsx'

type FailureProps = {
  readonly title: ReactNode
  readonly error: unknown
  readonly onRetry?: () => void
}

/** What went wrong in the gateway's own words, its code, and what may help. */
export function Failure({ title, error, onRetry }: FailureProps) {
  const known = error instanceof ApiError ? error : undefined
  return (
    <div role="alert" className="rounded-lg border border-cinnabar-line bg-cinnabar-wash p-4">
      <p className="flex items-center gap-2 font-semibold text-cinnabar">
        <WarningIcon />
        {title}
      </p>
      <p className="mt-1 break-words">
        <bdi>{error instanceof Error ? error.message : String(error)}</bdi>
      </p>
      {known !== undefined && <FailureFacts error={known} />}
      {onRetry !== undefined && (
        <button type="button" className="button mt-3" onClick={onRetry}>
          <Trans>Try again</Trans>
        </button>
      )}
    </div>
  )
}

export function FailureFacts({ error }: { readonly error: ApiError }) {
  return (
    <p className="mt-1 flex flex-wrap gap-x-3 text-sm text-soft">
      {error.code !== null && <Ltr className="font-mono text-xs leading-5">{error.code}</Ltr>}
      <NextStep code={error.code} status={error.status} />
      {error.retryAfterSeconds !== null && <Trans>Wait {error.retryAfterSeconds} s first.</Trans>}
    </p>
  )
}

/** One sentence of advice. */
export function NextStep({ code, status }: { readonly code: string | null; readonly status: number }) {
  const { t } = useLingui()
  const advice = {
    retry: t`The same request may work if you send it again.`,
    'other-model': t`Another model may answer this request.`,
    'change-request': t`The request itself must change.`,
    stop: t`Sending it again will not help.`,
  }
  return <span>{advice[nextStep(code, status)]}</span>
}
