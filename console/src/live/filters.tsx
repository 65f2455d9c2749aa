import { Trans, useLingui } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { modelsQuery } from '../api/queries.ts'
import { filterOfSearch, type RequestFilter } from '../api/request-filter.ts'
import { CrossIcon } from '../parts/icons.tsx'
import { Ltr } from '../parts/ltr.tsx'
import { SearchField } from '../parts/search-field.tsx'

/** The filter lives in the address, so that a link shows a colleague the same list. */
export function Filters({ filter }: { readonly filter: RequestFilter }) {
  const { t } = useLingui()
  const navigate = useNavigate()

  function change(part: { model?: string; status?: string; id?: string; key?: string; team?: string }): void {
    const merged = { ...filter, ...part }
    void navigate({ to: '/', search: filterOfSearch(merged), replace: true })
  }

  return (
    <search className="flex min-w-0 flex-1 flex-wrap items-end gap-3 max-sm:contents">
      <ModelFilter chosen={filter.model ?? ''} onChoose={(model) => change({ model })} />
      <StatusFilter chosen={String(filter.status ?? '')} onChoose={(status) => change({ status })} />
      <SearchField
        label={<Trans>Request id</Trans>}
        placeholder={t`starts with…`}
        maxLength={36}
        value={filter.id ?? ''}
        onChange={(id) => change({ id })}
      />
      {filter.key !== undefined && (
        <WhoChip
          name={<Trans>Key</Trans>}
          value={filter.key}
          label={t`Requests of all keys`}
          onRemove={() => change({ key: '' })}
        />
      )}
      {filter.team !== undefined && (
        <WhoChip
          name={<Trans>Team</Trans>}
          value={filter.team}
          label={t`Requests of all teams`}
          onRemove={() => change({ team: '' })}
        />
      )}
      {Object.keys(filter).length > 0 && (
        <button
          type="button"
          className="button button-quiet"
          onClick={() => void navigate({ to: '/', search: {}, replace: true })}
        >
          <Trans>Clear</Trans>
        </button>
      )}
    </search>
  )
}

type SelectProps = { readonly chosen: string; readonly onChoose: (value: string) => void }

function ModelFilter({ chosen, onChoose }: SelectProps) {
  const { data: models = [] } = useQuery(modelsQuery)
  const names = models.map(({ name }) => name)
  // A filter for a model that is gone from the configuration must still show what it filters by.
  const listed = chosen === '' || names.includes(chosen) ? names : [chosen, ...names]
  return (
    <label className="flex min-w-0 flex-col gap-1 max-sm:grow max-sm:basis-[40%]">
      <span className="caption">
        <Trans>Model</Trans>
      </span>
      <select
        className="control max-w-56 min-w-36 max-sm:max-w-none max-sm:min-w-0"
        value={chosen}
        onChange={(event) => onChoose(event.target.value)}
      >
        <option value="">
          <Trans>All models</Trans>
        </option>
        {listed.map((name) => (
          <option key={name} value={name} dir="ltr" translate="no">
            {name}
          </option>
        ))}
      </select>
    </label>
  )
}

const EXACT = ['200', '400', '403', '404', '429', '499', '500', '502', '503', '504']

function StatusFilter({ chosen, onChoose }: SelectProps) {
  const { t } = useLingui()
  const exact =
    chosen === '' || chosen === 'ok' || chosen === 'error' || EXACT.includes(chosen)
      ? EXACT
      : [chosen, ...EXACT]
  return (
    <label className="flex min-w-0 flex-col gap-1 max-sm:grow max-sm:basis-[40%]">
      <span className="caption">
        <Trans>Status</Trans>
      </span>
      <select
        className="control min-w-28 max-sm:min-w-0"
        value={chosen}
        onChange={(event) => onChoose(event.target.value)}
      >
        <option value="">{t`All`}</option>
        <option value="ok">{t`Answered`}</option>
        <option value="error">{t`Errors`}</option>
        <optgroup label={t`Exactly`}>
          {exact.map((status) => (
            <option key={status} value={status}>
              {status}
            </option>
          ))}
        </optgroup>
      </select>
    </label>
  )
}

type WhoChipProps = {
  readonly name: ReactNode
  readonly value: string
  readonly label: string
  readonly onRemove: () => void
}

/** A filter that came by a link and has no field of its own. */
function WhoChip({ name, value, label, onRemove }: WhoChipProps) {
  return (
    <span className="inline-flex min-h-8 min-w-0 items-center gap-1.5 rounded-md border border-line bg-raised ps-2.5 text-sm">
      <span className="text-faint">{name}</span>
      <Ltr className="truncate font-mono text-xs">{value}</Ltr>
      <button
        type="button"
        className="button button-quiet size-7 min-h-0 p-0"
        aria-label={label}
        title={label}
        onClick={onRemove}
      >
        <CrossIcon className="size-3.5" />
      </button>
    </span>
  )
}
