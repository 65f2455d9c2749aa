import { Trans, useLingui } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { projectsQuery, teamsQuery } from '../api/account-queries.ts'
import type { KeyFilter } from '../api/accounts.ts'
import { keyFilterOfSearch } from '../api/key-filter.ts'
import { SearchField } from '../parts/search-field.tsx'

/** The filter lives in the address, so that a link shows a colleague the same list. */
export function KeyFilters({ filter }: { readonly filter: KeyFilter }) {
  const navigate = useNavigate()
  const { t } = useLingui()
  const { data: teams = [] } = useQuery(teamsQuery)
  const { data: projects = [] } = useQuery(projectsQuery)

  function change(part: { search?: string; team?: string; project?: string; state?: string }): void {
    void navigate({ to: '/keys', search: keyFilterOfSearch({ ...filter, ...part }), replace: true })
  }

  return (
    <search className="flex flex-wrap items-end gap-3">
      <SearchField
        label={<Trans>Name or id</Trans>}
        placeholder={t`part of a name, start of an id`}
        value={filter.search ?? ''}
        onChange={(search) => change({ search })}
      />
      <Choice
        label={<Trans>Team</Trans>}
        all={t`All teams`}
        chosen={filter.team ?? ''}
        values={teams.map(({ id }) => id)}
        onChoose={(team) => change({ team })}
      />
      <Choice
        label={<Trans>Project</Trans>}
        all={t`All projects`}
        chosen={filter.project ?? ''}
        values={projects.map(({ id }) => id)}
        onChoose={(project) => change({ project })}
      />
      <label className="flex min-w-0 flex-col gap-1 max-sm:grow max-sm:basis-[40%]">
        <span className="caption">
          <Trans>State</Trans>
        </span>
        <select
          className="control min-w-28 max-sm:min-w-0"
          value={filter.state ?? ''}
          onChange={(event) => change({ state: event.target.value })}
        >
          <option value="">{t`All`}</option>
          <option value="active">{t`active`}</option>
          <option value="expired">{t`expired`}</option>
          <option value="revoked">{t`revoked`}</option>
        </select>
      </label>
      {Object.keys(filter).length > 0 && (
        <button
          type="button"
          className="button button-quiet"
          onClick={() => void navigate({ to: '/keys', search: {}, replace: true })}
        >
          <Trans>Clear</Trans>
        </button>
      )}
    </search>
  )
}

type ChoiceProps = {
  readonly label: ReactNode
  readonly all: string
  readonly chosen: string
  readonly values: readonly string[]
  readonly onChoose: (value: string) => void
}

/** Nothing to choose from is not shown, unless something is chosen that is gone. */
function Choice({ label, all, chosen, values, onChoose }: ChoiceProps) {
  if (values.length === 0 && chosen === '') return null
  const listed = chosen === '' || values.includes(chosen) ? values : [chosen, ...values]
  return (
    <label className="flex min-w-0 flex-col gap-1 max-sm:grow max-sm:basis-[40%]">
      <span className="caption">{label}</span>
      <select
        className="control max-w-48 min-w-32 max-sm:max-w-none max-sm:min-w-0"
        value={chosen}
        onChange={(event) => onChoose(event.target.value)}
      >
        <option value="">{all}</option>
        {listed.map((value) => (
          <option key={value} value={value} dir="ltr" translate="no">
            {value}
          </option>
        ))}
      </select>
    </label>
  )
}
