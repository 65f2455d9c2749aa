import { Trans } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { Approval } from '../api/approvals.ts'
import { useFormat } from '../i18n/use-format.ts'
import { Ltr } from '../parts/ltr.tsx'
import { Asker } from '../request/asker.tsx'
import { ExaminedLabels } from '../request/decision-labels.tsx'
import { Decide } from './decide.tsx'
import { RuleOf } from './rule-of.tsx'

type WaitingProps = { readonly approval: Approval; readonly onDecided: (approval: Approval) => void }

/** All that a person has to decide by. The request itself is not here: it is read where a rule had it kept, or nowhere. */
export function WaitingApproval({ approval, onDecided }: WaitingProps) {
  const { distance, utcMoment } = useFormat()
  const { id, model, operation, atMs, expiresMs } = approval
  return (
    <li className="panel">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1 border-b border-line px-4 py-2.5">
        <h2 className="flex min-w-0 flex-wrap items-baseline gap-x-2">
          <Ltr className="font-semibold wrap-anywhere">{model}</Ltr>
          <Ltr className="font-mono text-xs font-normal text-faint">{operation}</Ltr>
        </h2>
        <p className="text-sm text-soft">
          <time dateTime={new Date(atMs).toISOString()} title={utcMoment(atMs)}>
            <Trans>asked {distance(atMs)}</Trans>
          </time>
        </p>
      </div>
      <Facts approval={approval} />
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 border-t border-line px-4 py-2 text-sm">
        <p className="flex flex-wrap gap-x-3 text-soft">
          <Ltr className="font-mono text-xs leading-5">{id}</Ltr>
          <time dateTime={new Date(expiresMs).toISOString()} title={utcMoment(expiresMs)}>
            <Trans>expires {distance(expiresMs)}</Trans>
          </time>
        </p>
        <Decide approval={approval} onDecided={onDecided} />
      </div>
    </li>
  )
}

function Facts({ approval }: { readonly approval: Approval }) {
  return (
    <dl className="space-y-2.5 px-4 py-3">
      <Fact name={<Trans>Asked by</Trans>}>
        <Asker row={approval} />
      </Fact>
      <Fact name={<Trans>Rule</Trans>}>
        <RuleOf approval={approval} />
      </Fact>
      <Fact name={<Trans>Labels</Trans>}>
        {approval.labels.examined ? (
          <ExaminedLabels labels={approval.labels} />
        ) : (
          <Trans>Not examined: nobody looked for personal data, language or task.</Trans>
        )}
      </Fact>
      <Fact name={<Trans>Request</Trans>}>
        <RequestOf approval={approval} />
      </Fact>
    </dl>
  )
}

function Fact({ name, children }: { readonly name: ReactNode; readonly children: ReactNode }) {
  return (
    <div className="grid gap-x-4 sm:grid-cols-[7rem_minmax(0,1fr)]">
      <dt className="text-sm text-faint">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </div>
  )
}

function RequestOf({ approval: { requestId, contentLogged } }: { readonly approval: Approval }) {
  return (
    <>
      <Link
        to="/requests/$id"
        params={{ id: requestId }}
        className="link inline-flex min-h-6 items-center font-mono text-xs wrap-anywhere"
      >
        <Ltr>{requestId}</Ltr>
      </Link>
      <p className="text-sm text-soft">
        {contentLogged ? (
          <Trans>
            Its text was kept: <Ltr className="font-mono text-xs">musivum requests show</Ltr> says it to an
            administrator, and writes down who read it.
          </Trans>
        ) : (
          <Trans>Its text was not kept: nobody can read it here.</Trans>
        )}
      </p>
    </>
  )
}
