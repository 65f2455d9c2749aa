import { Plural, Trans, useLingui } from '@lingui/react/macro'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { limitsQuery } from '../api/account-queries.ts'
import { removeLimits, type RateLimits, type ScopeLimits } from '../api/accounts.ts'
import { useFormat } from '../i18n/use-format.ts'
import { Confirm } from '../parts/confirm.tsx'
import { Failure } from '../parts/failure.tsx'
import { Loading } from '../parts/loading.tsx'
import { ScopeName } from '../parts/scope-name.tsx'
import { LimitsDialog } from './limits-dialog.tsx'

/** How fast each may ask. */
export function Limits({ mayChange }: { readonly mayChange: boolean }) {
  const { data: limits, error, isPending, refetch } = useQuery(limitsQuery)
  const [adding, setAdding] = useState(false)
  return (
    <section aria-labelledby="limits" className="mt-8">
      <div className="mb-3 flex flex-wrap items-end justify-between gap-x-6 gap-y-2">
        <div>
          <h2 id="limits" className="text-lg font-semibold tracking-tight">
            <Trans>Limits</Trans>
          </h2>
          <p className="text-soft">
            <Trans>How fast each may ask. A minute is any sixty seconds, not the one on the clock.</Trans>
          </p>
        </div>
        {mayChange && (
          <button type="button" className="button" onClick={() => setAdding(true)}>
            <Trans>Set limits</Trans>
          </button>
        )}
      </div>
      <LimitsDialog open={adding} onClose={() => setAdding(false)} />
      <div className="panel">
        {isPending && <Loading rows={2} />}
        {error !== null && limits === undefined && (
          <div className="p-3">
            <Failure
              title={<Trans>The limits could not be read</Trans>}
              error={error}
              onRetry={() => void refetch()}
            />
          </div>
        )}
        {limits?.length === 0 && (
          <p className="px-4 py-6 text-center text-soft">
            <Trans>No limit is set: everyone may ask as fast as the models answer.</Trans>
          </p>
        )}
        {limits !== undefined && limits.length > 0 && (
          <ul>
            {limits.map((entry) => (
              <LimitLine key={JSON.stringify(entry.scope)} entry={entry} mayChange={mayChange} />
            ))}
          </ul>
        )}
      </div>
    </section>
  )
}

type LimitLineProps = { readonly entry: ScopeLimits; readonly mayChange: boolean }

function LimitLine({ entry, mayChange }: LimitLineProps) {
  return (
    <li className="flex flex-wrap items-center gap-x-6 gap-y-1 border-b border-line px-4 py-2 last:border-b-0">
      <h3 className="min-w-40 font-semibold">
        <ScopeName scope={entry.scope} />
      </h3>
      <LimitWords limits={entry.limits} />
      {mayChange && <LimitActions entry={entry} />}
    </li>
  )
}

export function LimitWords({ limits }: { readonly limits: RateLimits }) {
  const { count, money } = useFormat()
  const { requestsPerMinute, tokensPerMinute, nanoUsdPerMinute, parallel } = limits
  return (
    <ul className="flex flex-1 flex-wrap gap-x-5 gap-y-1 text-sm tabular-nums">
      {requestsPerMinute !== undefined && (
        <li>
          <Plural value={requestsPerMinute} one="# request a minute" other="# requests a minute" />
        </li>
      )}
      {tokensPerMinute !== undefined && (
        <li>
          <Trans>{count(tokensPerMinute)} tokens a minute</Trans>
        </li>
      )}
      {nanoUsdPerMinute !== undefined && (
        <li>
          <Trans>{money(nanoUsdPerMinute)} a minute</Trans>
        </li>
      )}
      {parallel !== undefined && (
        <li>
          <Trans>{count(parallel)} at once</Trans>
        </li>
      )}
    </ul>
  )
}

function LimitActions({ entry }: { readonly entry: ScopeLimits }) {
  const { t } = useLingui()
  const client = useQueryClient()
  const [open, setOpen] = useState<'change' | 'remove' | null>(null)
  const close = () => setOpen(null)
  const whom = entry.scope.kind === 'everyone' ? t`Everyone` : entry.scope.id
  return (
    <span className="-me-2 flex">
      <button
        type="button"
        className="button button-quiet min-h-7 px-2"
        aria-label={t`Change the limits of ${whom}`}
        onClick={() => setOpen('change')}
      >
        <Trans>Change</Trans>
      </button>
      <button
        type="button"
        className="button button-quiet min-h-7 px-2"
        aria-label={t`Remove the limits of ${whom}`}
        onClick={() => setOpen('remove')}
      >
        <Trans>Remove…</Trans>
      </button>
      <LimitsDialog open={open === 'change'} onClose={close} entry={entry} />
      <Confirm
        title={<Trans>Remove these limits?</Trans>}
        action={<Trans>Remove</Trans>}
        failed={<Trans>Nothing was removed</Trans>}
        open={open === 'remove'}
        onClose={close}
        run={async () => {
          await removeLimits(entry.scope)
          await client.invalidateQueries({ queryKey: ['limits'] })
        }}
      >
        <p>
          <Trans>
            Requests go through at any pace from now on, as far as no other limit or budget stops them.
          </Trans>
        </p>
      </Confirm>
    </span>
  )
}
