import { Trans, useLingui } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useEffect } from 'react'
import type { ModelView } from '../api/admin.ts'
import { modelsQuery } from '../api/queries.ts'
import { canChat } from '../models/can-chat.ts'
import { Failure } from '../parts/failure.tsx'
import { Loading } from '../parts/loading.tsx'
import { usePageTitle } from '../shell/page-title.ts'
import { PromptForm } from './prompt-form.tsx'
import { RunColumn } from './run-column.tsx'
import { changeDraft, SIDES, useSession } from './session.ts'

const route = getRouteApi('/playground')

export function PlaygroundScreen() {
  const { t } = useLingui()
  usePageTitle(t`Playground`)
  const { data, error, isPending, refetch } = useQuery(modelsQuery)
  return (
    <>
      <h1 className="text-xl font-semibold tracking-tight">
        <Trans>Playground</Trans>
      </h1>
      <p className="mt-0.5 mb-4 text-soft">
        <Trans>
          Two models, one prompt, side by side. What you send is a real request and shows in the live list.
        </Trans>
      </p>
      {isPending && <Loading rows={4} />}
      {error !== null && data === undefined && (
        <Failure
          title={<Trans>The models could not be read</Trans>}
          error={error}
          onRetry={() => void refetch()}
        />
      )}
      {data !== undefined && <Playground models={data.filter(canChat)} />}
    </>
  )
}

function Playground({ models }: { readonly models: readonly ModelView[] }) {
  const { model } = route.useSearch()
  const { draft, runs } = useSession()
  useFirstChoice(models, model)
  return (
    <>
      <PromptForm />
      <div className="mt-5 grid gap-5 md:grid-cols-2">
        {SIDES.map((side) => (
          <RunColumn key={side} side={side} models={models} model={draft.models[side]} run={runs[side]} />
        ))}
      </div>
    </>
  )
}

/** A first visit starts with two models chosen; a link from the models page puts its model on the first side. */
function useFirstChoice(models: readonly ModelView[], wanted: string | undefined): void {
  useEffect(() => {
    if (wanted !== undefined) changeDraft({ models: [wanted, ''] })
  }, [wanted])
  const { draft } = useSession()
  const untouched = wanted === undefined && draft.models[0] === '' && draft.models[1] === ''
  useEffect(() => {
    if (!untouched) return
    const usable = models.filter((model) => model.state !== 'unavailable').map((model) => model.name)
    if (usable.length > 0) changeDraft({ models: [usable[0] ?? '', usable[1] ?? ''] })
  }, [untouched, models])
}
