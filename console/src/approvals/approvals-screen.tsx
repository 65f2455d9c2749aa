import { Trans, useLingui } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { approvalsQuery, type Approval, type Approvals } from '../api/approvals.ts'
import { Empty } from '../parts/empty.tsx'
import { Failure } from '../parts/failure.tsx'
import { Loading } from '../parts/loading.tsx'
import { Ltr } from '../parts/ltr.tsx'
import { PageHeading } from '../parts/page-heading.tsx'
import { usePageTitle } from '../shell/page-title.ts'
import { DecidedApproval } from './decided-approval.tsx'
import { WaitingApproval } from './waiting-approval.tsx'

export function ApprovalsScreen() {
  const { t } = useLingui()
  usePageTitle(t`Approvals`)
  const { data: approvals, error, isPending, refetch } = useQuery(approvalsQuery)
  return (
    <>
      <PageHeading
        title={<Trans>Approvals</Trans>}
        lead={
          <Trans>
            Requests that no model answers before a person has agreed. No model has seen them; whoever asked
            sends the same again.
          </Trans>
        }
      />
      {isPending && (
        <div className="panel">
          <Loading rows={3} rowClass="h-16" />
        </div>
      )}
      {error !== null && approvals === undefined && (
        <Failure
          title={<Trans>The approvals could not be read</Trans>}
          error={error}
          onRetry={() => void refetch()}
        />
      )}
      {approvals !== undefined && <Lists approvals={approvals} />}
    </>
  )
}

function Lists({ approvals: { waiting, decided } }: { readonly approvals: Approvals }) {
  const { t } = useLingui()
  const [last, setLast] = useState<Approval | null>(null)
  return (
    <>
      {last !== null && <JustDecided key={last.id} approval={last} />}
      {waiting.length === 0 ? (
        <NothingWaits />
      ) : (
        <ul aria-label={t`Waiting requests`} className="space-y-4">
          {waiting.map((approval) => (
            <WaitingApproval key={approval.id} approval={approval} onDecided={setLast} />
          ))}
        </ul>
      )}
      {decided.length > 0 && (
        <section aria-labelledby="decided" className="mt-8">
          <h2 id="decided" className="mb-2 text-lg font-semibold tracking-tight">
            <Trans>Decided</Trans>
          </h2>
          <ul className="panel">
            {decided.map((approval) => (
              <DecidedApproval key={approval.id} approval={approval} />
            ))}
          </ul>
        </section>
      )}
    </>
  )
}

/** The button that was pressed is gone with its request, so the focus comes here, where it is said what became of it. */
function JustDecided({ approval: { id, state, model } }: { readonly approval: Approval }) {
  const said = useRef<HTMLParagraphElement>(null)
  useEffect(() => said.current?.focus(), [])
  return (
    <p ref={said} tabIndex={-1} className="mb-4 rounded-md border border-line bg-raised px-3 py-1.5 text-sm">
      {state === 'denied' ? (
        <Trans>
          <Ltr className="font-mono text-xs">{id}</Ltr> is denied:{' '}
          <Ltr className="wrap-anywhere">{model}</Ltr> does not see it.
        </Trans>
      ) : (
        <Trans>
          <Ltr className="font-mono text-xs">{id}</Ltr> is approved:{' '}
          <Ltr className="wrap-anywhere">{model}</Ltr> answers when it is sent again.
        </Trans>
      )}
    </p>
  )
}

function NothingWaits() {
  return (
    <div className="panel">
      <Empty title={<Trans>Nothing waits for approval</Trans>}>
        <p>
          <Trans>
            A rule with the duty <Ltr className="font-mono text-xs">human-approval</Ltr> makes requests wait
            here until a person has agreed, for a day at most.
          </Trans>
        </p>
      </Empty>
    </div>
  )
}
