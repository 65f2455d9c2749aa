import { Trans, useLingui } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { projectsQuery, teamsQuery } from '../api/account-queries.ts'
import type { Scope } from '../api/accounts.ts'
import { Field } from './field.tsx'

export type ScopeDraft = { readonly kind: Scope['kind']; readonly id: string }

export function scopeOf({ kind, id }: ScopeDraft): Scope {
  return kind === 'everyone' ? { kind } : { kind, id: id.trim() }
}

type ScopeFieldsProps = { readonly draft: ScopeDraft; readonly onChange: (draft: ScopeDraft) => void }

/** Everyone, or one team, project or key. Keys are written, because there may be a hundred thousand of them. */
export function ScopeFields({ draft, onChange }: ScopeFieldsProps) {
  const { t } = useLingui()
  return (
    <>
      <Field label={<Trans>For</Trans>}>
        {(wiring) => (
          <select
            {...wiring}
            className="control w-full"
            value={draft.kind}
            onChange={(event) => onChange({ kind: event.target.value as Scope['kind'], id: '' })}
          >
            <option value="everyone">{t`Everyone`}</option>
            <option value="team">{t`A team`}</option>
            <option value="project">{t`A project`}</option>
            <option value="key">{t`A key`}</option>
          </select>
        )}
      </Field>
      {draft.kind === 'everyone' ? (
        <p className="self-end pb-1.5 text-xs text-faint">
          <Trans>The whole gateway, whoever asks.</Trans>
        </p>
      ) : (
        <Which draft={draft} onChange={onChange} />
      )}
    </>
  )
}

function Which({ draft, onChange }: ScopeFieldsProps) {
  const { t } = useLingui()
  const { data: teams = [] } = useQuery(teamsQuery)
  const { data: projects = [] } = useQuery(projectsQuery)
  if (draft.kind === 'key')
    return (
      <Field label={<Trans>Key</Trans>} hint={<Trans>Its id, as in the list of keys.</Trans>}>
        {(wiring) => (
          <input
            {...wiring}
            required
            dir="ltr"
            autoComplete="off"
            spellCheck={false}
            pattern="mv-[0-9a-z]{10}"
            title={t`mv- and ten letters or digits`}
            placeholder="mv-"
            maxLength={13}
            className="control w-full font-mono"
            value={draft.id}
            onChange={(event) => onChange({ ...draft, id: event.target.value })}
          />
        )}
      </Field>
    )
  const values = (draft.kind === 'team' ? teams : projects).map(({ id }) => id)
  return (
    <Field label={draft.kind === 'team' ? <Trans>Team</Trans> : <Trans>Project</Trans>}>
      {(wiring) => (
        <select
          {...wiring}
          required
          className="control w-full"
          value={draft.id}
          onChange={(event) => onChange({ ...draft, id: event.target.value })}
        >
          <option value="">{values.length === 0 ? t`there is none yet` : t`choose…`}</option>
          {values.map((value) => (
            <option key={value} value={value} dir="ltr" translate="no">
              {value}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}
