import { Trans, useLingui } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import { modelsQuery } from '../api/queries.ts'
import { filterOfSearch, type RequestFilter } from '../api/request-filter.ts'
import { useShortcut } from '../shell/shortcut-keys.ts'

/** The filter lives in the address, so that a link shows a colleague the same list. */
export function Filters({ filter }: { readonly filter: RequestFilter }) {
  const navigate = useNavigate()

  function change(part: { model?: string; status?: string; id?: string }): void {
    const merged = { ...filter, ...part }
    void navigate({ to: '/', search: filterOfSearch(merged), replace: true })
  }

  return (
    <search className="flex min-w-0 flex-1 flex-wrap items-end gap-3 max-sm:contents">
      <ModelFilter chosen={filter.model ?? ''} onChoose={(model) => change({ model })} />
      <StatusFilter chosen={String(filter.status ?? '')} onChoose={(status) => change({ status })} />
      <IdFilter id={filter.id ?? ''} onChange={(id) => change({ id })} />
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

// A quarter of a second after the last key: one query for a pasted id, not one per letter.
const TYPING_MS = 250

function IdFilter({ id, onChange }: { readonly id: string; readonly onChange: (id: string) => void }) {
  const { t } = useLingui()
  const field = useRef<HTMLInputElement>(null)
  const [typed, setTyped] = useState(id)
  useShortcut('/', () => field.current?.focus())
  useEffect(() => setTyped(id), [id])
  useEffect(() => {
    if (typed === id) return
    const timer = setTimeout(() => onChange(typed), TYPING_MS)
    return () => clearTimeout(timer)
  }, [typed, id, onChange])
  return (
    <label className="flex min-w-0 flex-col gap-1 max-sm:grow max-sm:basis-[50%]">
      <span className="caption">
        <Trans>Request id</Trans>
      </span>
      <input
        ref={field}
        type="search"
        // The placeholder reads in the direction of the page, an id from left to right.
        dir={typed === '' ? undefined : 'ltr'}
        autoComplete="off"
        spellCheck={false}
        maxLength={36}
        placeholder={t`starts with…`}
        className="control w-64 font-mono text-xs placeholder:font-sans max-sm:w-full"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
    </label>
  )
}
