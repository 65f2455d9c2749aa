import { Trans, useLingui } from '@lingui/react/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { rotateKey, type Key, type KeyWithSecret } from '../api/accounts.ts'
import { meQuery } from '../api/queries.ts'
import { signIn } from '../api/session.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Failure } from '../parts/failure.tsx'
import { Field } from '../parts/field.tsx'

const HOUR_MS = 3_600_000

type RotateKeyProps = { readonly entry: Key; readonly onRotated: (made: KeyWithSecret) => void }

export function RotateKey({ entry, onRotated }: RotateKeyProps) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <button type="button" className="button" onClick={() => setOpen(true)}>
        <Trans>New secret…</Trans>
      </button>
      <Dialog
        title={
          <Trans>
            New secret for <bdi>{entry.name}</bdi>
          </Trans>
        }
        open={open}
        onClose={() => setOpen(false)}
      >
        <Rotation
          entry={entry}
          onEnd={() => setOpen(false)}
          onRotated={(made) => {
            setOpen(false)
            onRotated(made)
          }}
        />
      </Dialog>
    </>
  )
}

function Rotation({ entry, onRotated, onEnd }: RotateKeyProps & { readonly onEnd: () => void }) {
  const { t } = useLingui()
  const client = useQueryClient()
  const { data: me } = useQuery(meQuery)
  const own = me?.kind === 'key' && me.id === entry.id
  const [graceMs, setGraceMs] = useState(24 * HOUR_MS)
  const rotate = useMutation({
    mutationFn: () => rotateKey(entry.id, graceMs),
    onSuccess: (made) => {
      // This tab uses the key itself: with the old secret it would be signed out before anyone has read the new one.
      if (own) signIn(made.secret)
      client.setQueryData(['keys', entry.id], made.key)
      onRotated(made)
    },
  })
  return (
    <form
      className="space-y-3 px-4 py-3"
      onSubmit={(event) => {
        event.preventDefault()
        rotate.mutate()
      }}
    >
      <p>
        <Trans>
          The key stays the same, with its limits and what it has spent. Whoever holds it needs the new
          secret.
        </Trans>
      </p>
      <Field
        label={<Trans>The old secret stays good for</Trans>}
        hint={<Trans>Time to put the new one in place. Nothing, if the old one has leaked.</Trans>}
      >
        {(wiring) => (
          <select
            {...wiring}
            className="control w-full"
            value={graceMs}
            onChange={(event) => setGraceMs(Number(event.target.value))}
          >
            <option value={0}>{t`no time: refused at once`}</option>
            <option value={HOUR_MS}>{t`an hour`}</option>
            <option value={24 * HOUR_MS}>{t`a day`}</option>
            <option value={7 * 24 * HOUR_MS}>{t`seven days`}</option>
          </select>
        )}
      </Field>
      {rotate.error !== null && (
        <Failure title={<Trans>No new secret was made</Trans>} error={rotate.error} />
      )}
      <div className="flex flex-wrap justify-end gap-2 pt-1">
        <button type="button" className="button" onClick={onEnd}>
          <Trans>Cancel</Trans>
        </button>
        <button type="submit" className="button button-primary" disabled={rotate.isPending}>
          <Trans>Make a new secret</Trans>
        </button>
      </div>
    </form>
  )
}
