import { Trans, useLingui } from '@lingui/react/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import { keyQuery } from '../api/account-queries.ts'
import { changeKey, type Key, type KeyWithSecret } from '../api/accounts.ts'
import { ApiError } from '../api/api-error.ts'
import { useMayChange } from '../api/use-session.ts'
import { BudgetsOf } from '../budgets/budgets-of.tsx'
import { CopyButton } from '../parts/copy-button.tsx'
import { Failure } from '../parts/failure.tsx'
import { Loading } from '../parts/loading.tsx'
import { Ltr } from '../parts/ltr.tsx'
import { usePageTitle } from '../shell/page-title.ts'
import { BackToKeys } from './back-to-keys.tsx'
import { differenceOf, draftOf } from './key-draft.ts'
import { KeyFacts } from './key-facts.tsx'
import { KeyForm } from './key-form.tsx'
import { KeyStateBadge, stateOf } from './key-state.tsx'
import { RevokeKey } from './revoke-key.tsx'
import { RotateKey } from './rotate-key.tsx'
import { SecretOnce } from './secret-once.tsx'

const route = getRouteApi('/keys/$id')

export function KeyScreen() {
  const { t } = useLingui()
  const { id } = route.useParams()
  const { data: key, error, isPending, refetch } = useQuery(keyQuery(id))
  usePageTitle(key?.name ?? t`Key`)
  return (
    <>
      <BackToKeys />
      {isPending && (
        <div className="panel">
          <Loading rows={5} />
        </div>
      )}
      {error !== null && key === undefined && <NoKey id={id} error={error} onRetry={() => void refetch()} />}
      {key !== undefined && <KeyDetail key={key.id} entry={key} />}
    </>
  )
}

function NoKey(props: { readonly id: string; readonly error: Error; readonly onRetry: () => void }) {
  const missing = props.error instanceof ApiError && props.error.status === 404
  return (
    <div className="space-y-2">
      <h1 className="text-lg font-semibold wrap-anywhere">
        <Ltr className="font-mono">{props.id}</Ltr>
      </h1>
      <Failure
        title={
          missing ? <Trans>There is no key with this id</Trans> : <Trans>The key could not be read</Trans>
        }
        error={props.error}
        onRetry={props.onRetry}
      />
    </div>
  )
}

function KeyDetail({ entry }: { readonly entry: Key }) {
  const mayChange = useMayChange() && entry.revokedMs === null
  const [rotated, setRotated] = useState<KeyWithSecret | null>(null)
  const [changing, setChanging] = useState(false)
  return (
    <article className="space-y-5">
      <header className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="min-w-0">
          <h1 className="flex flex-wrap items-center gap-x-3 gap-y-1 text-xl font-semibold tracking-tight">
            <bdi className="wrap-anywhere">{entry.name}</bdi>
            <span className="text-sm font-normal tracking-normal">
              <KeyStateBadge state={stateOf(entry, Date.now())} />
            </span>
          </h1>
          <Id id={entry.id} />
        </div>
        {mayChange && !changing && (
          <div className="flex flex-wrap gap-2">
            <button type="button" className="button" onClick={() => setChanging(true)}>
              <Trans>Change</Trans>
            </button>
            <RotateKey entry={entry} onRotated={setRotated} />
            <RevokeKey entry={entry} />
          </div>
        )}
      </header>
      {rotated !== null && (
        <SecretOnce key={rotated.secret} title={<Trans>The new secret</Trans>} secret={rotated.secret} />
      )}
      {changing ? <ChangeKey entry={entry} onEnd={() => setChanging(false)} /> : <KeyFacts entry={entry} />}
      <BudgetsOf scope={{ kind: 'key', id: entry.id }} />
    </article>
  )
}

function Id({ id }: { readonly id: string }) {
  const { t } = useLingui()
  return (
    <p className="mt-0.5 flex items-center gap-1 text-sm text-soft">
      <Ltr className="font-mono text-xs">{id}</Ltr>
      <CopyButton text={id} label={t`Copy the id of the key`} />
    </p>
  )
}

function ChangeKey({ entry, onEnd }: { readonly entry: Key; readonly onEnd: () => void }) {
  const client = useQueryClient()
  const [draft, setDraft] = useState(() => draftOf(entry))
  const difference = differenceOf(entry, draft)
  const unchanged = Object.keys(difference).length === 0
  const change = useMutation({
    mutationFn: () => changeKey(entry.id, difference),
    onSuccess: (changed) => {
      client.setQueryData(['keys', entry.id], changed)
      void client.invalidateQueries({ queryKey: ['keys'] })
      onEnd()
    },
  })
  return (
    <div className="max-w-3xl">
      <KeyForm
        draft={draft}
        mode="change"
        onChange={(part) => setDraft({ ...draft, ...part })}
        onSubmit={() => (unchanged ? onEnd() : change.mutate())}
      >
        {change.error !== null && (
          <Failure title={<Trans>The key was not changed</Trans>} error={change.error} />
        )}
        <div className="flex flex-wrap gap-2">
          <button type="submit" className="button button-primary" disabled={change.isPending}>
            <Trans>Save</Trans>
          </button>
          <button type="button" className="button" onClick={onEnd}>
            <Trans>Cancel</Trans>
          </button>
        </div>
      </KeyForm>
    </div>
  )
}
