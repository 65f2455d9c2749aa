import { Trans } from '@lingui/react/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { createProject, createTeam } from '../api/accounts.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Failure } from '../parts/failure.tsx'
import { Field } from '../parts/field.tsx'
import { PlusIcon } from '../parts/icons.tsx'

type NewGroupProps =
  { readonly kind: 'team'; readonly team?: undefined } | { readonly kind: 'project'; readonly team: string }

/** A team, or a project of one: an id that stands in rows and headers, and a name for people. */
export function NewGroup(props: NewGroupProps) {
  const [open, setOpen] = useState(false)
  const title = props.kind === 'team' ? <Trans>New team</Trans> : <Trans>New project</Trans>
  return (
    <>
      <button
        type="button"
        className={props.kind === 'team' ? 'button button-primary' : 'button button-quiet -ms-2 px-2'}
        onClick={() => setOpen(true)}
      >
        <PlusIcon />
        {title}
      </button>
      <Dialog title={title} open={open} onClose={() => setOpen(false)}>
        <GroupForm {...props} onEnd={() => setOpen(false)} />
      </Dialog>
    </>
  )
}

function GroupForm({ kind, team, onEnd }: NewGroupProps & { readonly onEnd: () => void }) {
  const client = useQueryClient()
  const [id, setId] = useState('')
  const [name, setName] = useState('')
  const make = useMutation({
    mutationFn: (): Promise<unknown> => {
      const wanted = { id: id.trim(), ...(name.trim() !== '' && { name: name.trim() }) }
      return kind === 'team' ? createTeam(wanted) : createProject({ ...wanted, team })
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: [kind === 'team' ? 'teams' : 'projects'] })
      onEnd()
    },
  })
  return (
    <form
      className="space-y-3 px-4 py-3"
      onSubmit={(event) => {
        event.preventDefault()
        make.mutate()
      }}
    >
      <Field
        label={<Trans>Id</Trans>}
        hint={
          <Trans>
            Lower-case letters, digits and hyphens, such as <bdi dir="ltr">research-eu</bdi>. It stays as it
            is.
          </Trans>
        }
      >
        {(wiring) => (
          <input
            {...wiring}
            required
            dir="ltr"
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            maxLength={64}
            className="control w-full font-mono"
            value={id}
            onChange={(event) => setId(event.target.value)}
          />
        )}
      </Field>
      <Field label={<Trans>Name</Trans>} hint={<Trans>In any language. Empty: the id.</Trans>}>
        {(wiring) => (
          <input
            {...wiring}
            dir="auto"
            autoComplete="off"
            maxLength={200}
            className="control w-full"
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      {make.error !== null && <Failure title={<Trans>It was not made</Trans>} error={make.error} />}
      <div className="flex flex-wrap justify-end gap-2 pt-1">
        <button type="button" className="button" onClick={onEnd}>
          <Trans>Cancel</Trans>
        </button>
        <button type="submit" className="button button-primary" disabled={make.isPending}>
          <Trans>Make it</Trans>
        </button>
      </div>
    </form>
  )
}
