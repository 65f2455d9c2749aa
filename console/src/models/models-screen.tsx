import { Trans, useLingui } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { localModelsQuery, modelsQuery } from '../api/queries.ts'
import { Failure } from '../parts/failure.tsx'
import { Loading } from '../parts/loading.tsx'
import { usePageTitle } from '../shell/page-title.ts'
import { AddModel } from './add-model.tsx'
import { ModelCard } from './model-card.tsx'
import { SharedMemory } from './shared-memory.tsx'

export function ModelsScreen() {
  const { t } = useLingui()
  usePageTitle(t`Models`)
  const { data: models, error, isPending, refetch } = useQuery(modelsQuery)
  const local = useQuery(localModelsQuery)
  const localByName = new Map(local.data?.models.map((model) => [model.name, model] as const))
  return (
    <>
      <h1 className="text-xl font-semibold tracking-tight">
        <Trans>Models</Trans>
      </h1>
      <p className="mt-0.5 mb-4 text-soft">
        <Trans>The names your clients can ask for, and what is behind each of them.</Trans>
      </p>
      {isPending && (
        <div className="panel">
          <Loading rows={4} rowClass="h-16" />
        </div>
      )}
      {error !== null && models === undefined && (
        <Failure
          title={<Trans>The models could not be read</Trans>}
          error={error}
          onRetry={() => void refetch()}
        />
      )}
      {models !== undefined && local.data !== undefined && local.data.models.length > 0 && (
        <SharedMemory memory={local.data.memory} />
      )}
      {models !== undefined && local.error !== null && local.data === undefined && (
        <div className="mb-4">
          <Failure
            title={<Trans>What the local models hold could not be read</Trans>}
            error={local.error}
            onRetry={() => void local.refetch()}
          />
        </div>
      )}
      {models !== undefined && models.length > 0 && (
        <ul className="grid auto-rows-auto gap-4 md:grid-cols-2 xl:grid-cols-3">
          {models.map((model) => (
            <ModelCard key={model.name} model={model} local={localByName.get(model.name)} />
          ))}
        </ul>
      )}
      {models?.some((model) => model.toy) === true && <ToyExplanation />}
      {models !== undefined && <AddModel open={models.length === 0} />}
    </>
  )
}

function ToyExplanation() {
  return (
    <p className="mt-4 max-w-3xl text-sm text-soft">
      <Trans>
        <strong className="font-semibold text-gold">Toy</strong> models have a few million parameters and were
        trained on a handful of narrow tasks. They are real weights that make real mistakes, here to show how
        everything works. Their answers say so, and none of them belongs in production.
      </Trans>
    </p>
  )
}
