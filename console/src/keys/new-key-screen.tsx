import { Trans, useLingui } from '@lingui/react/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useState } from 'react'
import { createKey, type KeyWithSecret, type NewKey } from '../api/accounts.ts'
import { meQuery } from '../api/queries.ts'
import { adoptFirst } from '../api/session.ts'
import { useMayChange } from '../api/use-session.ts'
import { CodeBlock } from '../parts/code-block.tsx'
import { Empty } from '../parts/empty.tsx'
import { Failure } from '../parts/failure.tsx'
import { PageHeading } from '../parts/page-heading.tsx'
import { usePageTitle } from '../shell/page-title.ts'
import { BackToKeys } from './back-to-keys.tsx'
import { EMPTY_DRAFT, newKeyOf, type KeyDraft } from './key-draft.ts'
import { KeyForm } from './key-form.tsx'
import { SecretOnce } from './secret-once.tsx'

const route = getRouteApi('/keys/new')

export function NewKeyScreen() {
  const { t } = useLingui()
  usePageTitle(t`New key`)
  const [made, setMade] = useState<Made | null>(null)
  return (
    <>
      <BackToKeys />
      {made === null ? <Wanted onMade={setMade} /> : <MadeKey made={made} onAgain={() => setMade(null)} />}
    </>
  )
}

type Made = { readonly result: KeyWithSecret; readonly first: boolean }

function Wanted({ onMade }: { readonly onMade: (made: Made) => void }) {
  const { team = '' } = route.useSearch()
  const client = useQueryClient()
  const mayChange = useMayChange()
  const { data: me } = useQuery(meQuery)
  const first = me?.kind === 'anonymous'
  const [draft, setDraft] = useState<KeyDraft>({ ...EMPTY_DRAFT, team })
  const make = useMutation({
    mutationFn: async (wanted: NewKey) => ({
      first,
      result: first ? await adoptFirst(() => createKey(wanted)) : await createKey(wanted),
    }),
    onSuccess: (made) => {
      void client.invalidateQueries({ queryKey: ['keys'] })
      onMade(made)
    },
  })
  const wanted: KeyDraft = first ? { ...draft, role: 'admin' } : draft
  if (me !== undefined && !mayChange) return <NotAllowed />
  return (
    <div className="max-w-3xl">
      <PageHeading
        title={first ? <Trans>The first key</Trans> : <Trans>New key</Trans>}
        lead={
          first ? (
            <Trans>
              From now on every request needs a key, and this tab is signed in with the one you make here.
            </Trans>
          ) : (
            <Trans>What is left empty allows everything. Role, team and project stay as they are made.</Trans>
          )
        }
      />
      <KeyForm
        draft={wanted}
        mode={first ? 'first' : 'new'}
        onChange={(part) => setDraft({ ...draft, ...part })}
        onSubmit={() => make.mutate(newKeyOf(wanted))}
      >
        {make.error !== null && <Failure title={<Trans>The key was not made</Trans>} error={make.error} />}
        <button type="submit" className="button button-primary" disabled={make.isPending || me === undefined}>
          {make.isPending ? <Trans>Making the key…</Trans> : <Trans>Make the key</Trans>}
        </button>
      </KeyForm>
    </div>
  )
}

function NotAllowed() {
  return (
    <Empty title={<Trans>Only an admin makes keys</Trans>}>
      <p>
        <Trans>Sign in with an admin’s key to change things here.</Trans>
      </p>
    </Empty>
  )
}

function MadeKey({ made, onAgain }: { readonly made: Made; readonly onAgain: () => void }) {
  const { t } = useLingui()
  const { key, secret } = made.result
  const command = `curl ${location.origin}/v1/models \\\n  -H 'authorization: Bearer ${secret}'`
  return (
    <div className="max-w-3xl space-y-4">
      <PageHeading
        title={<bdi>{key.name}</bdi>}
        lead={
          made.first ? (
            <Trans>The gateway is closed now. This tab is signed in with the key.</Trans>
          ) : (
            <Trans>The key is made and works at once.</Trans>
          )
        }
      />
      <SecretOnce title={<Trans>Its secret</Trans>} secret={secret}>
        <p className="text-sm text-soft">
          <Trans>Clients send it with every request, such as:</Trans>
        </p>
        <CodeBlock code={command} label={t`Copy the command`} />
      </SecretOnce>
      <p className="flex flex-wrap gap-2">
        <Link to="/keys/$id" params={{ id: key.id }} className="button">
          <Trans>See the key</Trans>
        </Link>
        <button type="button" className="button" onClick={onAgain}>
          <Trans>Make another</Trans>
        </button>
      </p>
    </div>
  )
}
