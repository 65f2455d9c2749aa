import { Plural, Trans, useLingui } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { projectsQuery, teamsQuery } from '../api/account-queries.ts'
import type { Role } from '../api/accounts.ts'
import { modelsQuery } from '../api/queries.ts'
import { Field } from '../parts/field.tsx'
import { DisclosureIcon } from '../parts/icons.tsx'
import { wrongMetadataLine, type KeyDraft } from './key-draft.ts'

type KeyFormProps = {
  readonly draft: KeyDraft
  readonly onChange: (part: Partial<KeyDraft>) => void
  readonly onSubmit: () => void
  /** `first`: it must be an admin's, because it makes the others. `change`: role, team and project stay as they are. */
  readonly mode: 'first' | 'new' | 'change'
  /** What went wrong, and the buttons. */
  readonly children: ReactNode
}

export function KeyForm({ draft, onChange, onSubmit, mode, children }: KeyFormProps) {
  const wrongLine = wrongMetadataLine(draft.metadata)
  return (
    <form
      className="panel"
      onSubmit={(event) => {
        event.preventDefault()
        if (wrongLine === null) onSubmit()
      }}
    >
      <div className="grid gap-4 p-4 sm:grid-cols-2">
        <Field
          label={<Trans>Name</Trans>}
          hint={<Trans>What or who uses it. Shown in lists, never sent anywhere.</Trans>}
          className="sm:col-span-2"
        >
          {(wiring) => (
            <input
              {...wiring}
              required
              dir="auto"
              autoFocus={mode !== 'change'}
              autoComplete="off"
              maxLength={200}
              className="control w-full"
              value={draft.name}
              onChange={(event) => onChange({ name: event.target.value })}
            />
          )}
        </Field>
        {mode !== 'change' && <Owner draft={draft} onChange={onChange} first={mode === 'first'} />}
        <Models draft={draft} onChange={onChange} />
        <Field
          label={<Trans>Last day</Trans>}
          hint={<Trans>The key ends with this day, in UTC. Empty: it has no end.</Trans>}
        >
          {(wiring) => (
            <input
              {...wiring}
              type="date"
              min={new Date().toISOString().slice(0, 10)}
              className="control w-full"
              value={draft.lastDay}
              onChange={(event) => onChange({ lastDay: event.target.value })}
            />
          )}
        </Field>
        <Cache draft={draft} onChange={onChange} />
      </div>
      <MoreFields draft={draft} onChange={onChange} wrongLine={wrongLine} />
      <div className="space-y-3 border-t border-line px-4 py-3">{children}</div>
    </form>
  )
}

type PartProps = Pick<KeyFormProps, 'draft' | 'onChange'>

function Owner({ draft, onChange, first }: PartProps & { readonly first: boolean }) {
  const { t } = useLingui()
  const { data: teams = [] } = useQuery(teamsQuery)
  const { data: projects = [] } = useQuery(projectsQuery)
  const ofTeam = projects.filter(({ team }) => team === draft.team)
  return (
    <>
      <Field
        label={<Trans>Role</Trans>}
        hint={
          first ? (
            <Trans>The first key is an admin’s: it makes the others.</Trans>
          ) : (
            <Trans>A member asks models, an auditor sees this console too, an admin changes things.</Trans>
          )
        }
        className="sm:col-span-2"
      >
        {(wiring) => (
          <select
            {...wiring}
            className="control w-full"
            disabled={first}
            value={draft.role}
            onChange={(event) => onChange({ role: event.target.value as Role })}
          >
            <option value="member">{t`Member`}</option>
            <option value="auditor">{t`Auditor`}</option>
            <option value="admin">{t`Admin`}</option>
          </select>
        )}
      </Field>
      {teams.length > 0 && (
        <Field label={<Trans>Team</Trans>}>
          {(wiring) => (
            <select
              {...wiring}
              className="control w-full"
              value={draft.team}
              onChange={(event) => onChange({ team: event.target.value, project: '' })}
            >
              <option value="">{t`no team`}</option>
              <Options values={teams.map(({ id }) => id)} />
            </select>
          )}
        </Field>
      )}
      {ofTeam.length > 0 && (
        <Field label={<Trans>Project</Trans>}>
          {(wiring) => (
            <select
              {...wiring}
              className="control w-full"
              value={draft.project}
              onChange={(event) => onChange({ project: event.target.value })}
            >
              <option value="">{t`no project`}</option>
              <Options values={ofTeam.map(({ id }) => id)} />
            </select>
          )}
        </Field>
      )}
    </>
  )
}

function Options({ values }: { readonly values: readonly string[] }) {
  return values.map((value) => (
    <option key={value} value={value} dir="ltr" translate="no">
      {value}
    </option>
  ))
}

function Models({ draft, onChange }: PartProps) {
  const { data: models = [] } = useQuery(modelsQuery)
  return (
    <Lines
      label={<Trans>Models</Trans>}
      hint={
        <Trans>
          One a line; <bdi dir="ltr">name*</bdi> is every name that begins so. Empty: all.
        </Trans>
      }
      placeholder={models[0]?.name ?? ''}
      value={draft.models}
      onChange={(value) => onChange({ models: value })}
      className="sm:row-span-2"
    />
  )
}

function Cache({ draft, onChange }: PartProps) {
  return (
    <label className="flex min-h-6 items-start gap-2.5">
      <input
        type="checkbox"
        className="mt-0.5 size-4"
        checked={draft.cache}
        onChange={(event) => onChange({ cache: event.target.checked })}
      />
      <span>
        <span className="block text-sm font-medium">
          <Trans>Cache answers</Trans>
        </span>
        <span className="block text-xs text-faint">
          <Trans>The same question word for word may get the same answer again, at no cost.</Trans>
        </span>
      </span>
    </label>
  )
}

/** What few keys need; open when something of it is filled in. */
function MoreFields({ draft, onChange, wrongLine }: PartProps & { readonly wrongLine: number | null }) {
  const filled = [draft.tasks, draft.plans, draft.clearances, draft.metadata].filter(
    (text) => text !== '',
  ).length
  return (
    <details className="group border-t border-line" open={filled > 0}>
      <summary className="flex min-h-11 list-none items-center gap-2 px-4 text-sm font-medium">
        <DisclosureIcon />
        <Trans>Tasks, plans, clearances, metadata</Trans>
        {filled > 0 && (
          <span className="text-xs font-normal text-faint">
            <Plural value={filled} one="# filled in" other="# filled in" />
          </span>
        )}
      </summary>
      <div className="grid gap-4 px-4 pb-4 sm:grid-cols-2">
        <Lines
          label={<Trans>Tasks</Trans>}
          hint={<Trans>One a line. Empty: all.</Trans>}
          value={draft.tasks}
          onChange={(value) => onChange({ tasks: value })}
        />
        <Lines
          label={<Trans>Plans</Trans>}
          hint={<Trans>One a line. Empty: all.</Trans>}
          value={draft.plans}
          onChange={(value) => onChange({ plans: value })}
        />
        <Lines
          label={<Trans>Clearances</Trans>}
          hint={<Trans>What the holder may see, in your own words: rules of the policy read them.</Trans>}
          value={draft.clearances}
          onChange={(value) => onChange({ clearances: value })}
        />
        <Lines
          label={<Trans>Metadata</Trans>}
          hint={
            wrongLine === null ? (
              <Trans>
                <bdi dir="ltr">name=value</bdi>, one a line.
              </Trans>
            ) : (
              <span role="alert" className="text-cinnabar">
                <Trans>
                  Line {wrongLine} is not <bdi dir="ltr">name=value</bdi>.
                </Trans>
              </span>
            )
          }
          value={draft.metadata}
          onChange={(value) => onChange({ metadata: value })}
        />
      </div>
    </details>
  )
}

type LinesProps = {
  readonly label: ReactNode
  readonly hint: ReactNode
  readonly value: string
  readonly onChange: (value: string) => void
  readonly placeholder?: string
  readonly className?: string
}

function Lines({ label, hint, value, onChange, placeholder = '', className = '' }: LinesProps) {
  return (
    <Field label={label} hint={hint} className={className}>
      {(wiring) => (
        <textarea
          {...wiring}
          dir="ltr"
          rows={3}
          spellCheck={false}
          placeholder={placeholder}
          className="control w-full font-mono text-xs"
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  )
}
