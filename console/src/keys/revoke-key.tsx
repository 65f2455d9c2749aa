import { Trans } from '@lingui/react/macro'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { revokeKey, type Key } from '../api/accounts.ts'
import { Confirm } from '../parts/confirm.tsx'

export function RevokeKey({ entry }: { readonly entry: Key }) {
  const client = useQueryClient()
  const [open, setOpen] = useState(false)
  return (
    <>
      <button type="button" className="button button-danger" onClick={() => setOpen(true)}>
        <Trans>Revoke…</Trans>
      </button>
      <Confirm
        title={
          <Trans>
            Revoke <bdi>{entry.name}</bdi>?
          </Trans>
        }
        action={<Trans>Revoke the key</Trans>}
        failed={<Trans>The key was not revoked</Trans>}
        open={open}
        onClose={() => setOpen(false)}
        run={async () => {
          client.setQueryData(['keys', entry.id], await revokeKey(entry.id))
          void client.invalidateQueries({ queryKey: ['keys'] })
        }}
      >
        <p>
          <Trans>
            From this moment every request with it is refused, and answers that are on their way are cut off.
            It cannot be undone.
          </Trans>
        </p>
        <p className="text-soft">
          <Trans>
            The key stays in the list, because what it did is in the log, and what it spent stays counted.
          </Trans>
        </p>
      </Confirm>
    </>
  )
}
