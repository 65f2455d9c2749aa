import { Trans } from '@lingui/react/macro'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Principal } from '../api/admin.ts'
import { approve, deny, type Approval } from '../api/approvals.ts'
import { meQuery } from '../api/queries.ts'
import { useMayChange } from '../api/use-session.ts'
import { Confirm } from '../parts/confirm.tsx'
import { Ltr } from '../parts/ltr.tsx'
import { RuleOf } from './rule-of.tsx'

type DecideProps = { readonly approval: Approval; readonly onDecided: (approval: Approval) => void }

/** The two buttons; a sentence where it is not for whoever looks to decide; nothing for an auditor. */
export function Decide({ approval, onDecided }: DecideProps) {
  const { data: me } = useQuery(meQuery)
  const mayChange = useMayChange()
  if (me === undefined || !mayChange) return null
  if (isOwn(approval, me)) return <OwnRequest me={me} />
  return <Buttons approval={approval} onDecided={onDecided} />
}

/** As the gateway sees it: agreeing with oneself would be no second pair of eyes. */
function isOwn({ key }: Approval, me: Principal): boolean {
  return key === (me.kind === 'key' ? me.id : null)
}

function OwnRequest({ me }: { readonly me: Principal }) {
  return (
    <p className="text-soft">
      {me.kind === 'key' ? (
        <Trans>Asked with this key: somebody else has to decide.</Trans>
      ) : (
        <Trans>
          Asked without a key, and this tab has none either: decide with{' '}
          <Ltr className="font-mono text-xs">musivum approvals</Ltr>.
        </Trans>
      )}
    </p>
  )
}

function Buttons({ approval, onDecided }: DecideProps) {
  const client = useQueryClient()
  const [open, setOpen] = useState<'approve' | 'deny' | null>(null)
  const dialog = { failed: <Trans>Nothing was decided</Trans>, onClose: () => setOpen(null) }

  async function decide(verdict: (id: string) => Promise<Approval>): Promise<void> {
    const decided = await verdict(approval.id)
    // First the lists: the focus can only go to what is said of it once the dialog is gone with its request.
    await client.invalidateQueries({ queryKey: ['approvals'] })
    onDecided(decided)
  }

  return (
    <div className="flex flex-wrap gap-2">
      <button type="button" className="button" onClick={() => setOpen('approve')}>
        <Trans>Approve…</Trans>
      </button>
      <button type="button" className="button button-danger" onClick={() => setOpen('deny')}>
        <Trans>Deny…</Trans>
      </button>
      <Confirm
        {...dialog}
        title={<Trans>Approve this request?</Trans>}
        action={<Trans>Approve</Trans>}
        harmless
        open={open === 'approve'}
        run={() => decide(approve)}
      >
        <p>
          <Trans>
            <Ltr className="font-medium wrap-anywhere">{approval.model}</Ltr> may answer it once, when the
            same caller sends the same again within an hour.
          </Trans>
        </p>
        <RuleOf approval={approval} />
      </Confirm>
      <Confirm
        {...dialog}
        title={<Trans>Deny this request?</Trans>}
        action={<Trans>Deny</Trans>}
        open={open === 'deny'}
        run={() => decide(deny)}
      >
        <p>
          <Trans>
            <Ltr className="font-medium wrap-anywhere">{approval.model}</Ltr> does not see it. For a day the
            same caller is refused the same, and nobody is asked again.
          </Trans>
        </p>
        <RuleOf approval={approval} />
      </Confirm>
    </div>
  )
}
