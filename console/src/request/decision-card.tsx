import { Plural, Trans } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import type { RequestRow } from '../api/admin.ts'
import { useFormat } from '../i18n/use-format.ts'
import { Ltr } from '../parts/ltr.tsx'
import { Asker } from './asker.tsx'
import { isUnruled, type Attempt, type Decision } from './decision.ts'
import { DecisionCandidates } from './decision-candidates.tsx'
import { DecisionDuties } from './decision-duties.tsx'
import { DecisionGuards } from './decision-guards.tsx'
import { DecisionLabels } from './decision-labels.tsx'
import { DecisionMasking } from './decision-masking.tsx'
import { Step } from './step.tsx'

/** Which plan answered and why, in the order in which it was decided. */
export function DecisionCard({ row }: { readonly row: RequestRow }) {
  const { decision } = row
  return (
    <section aria-labelledby="decision" className="panel">
      <div className="border-b border-line px-4 py-3">
        <h2 id="decision" className="font-semibold">
          <Trans>Decision</Trans>
        </h2>
        <p className="mt-0.5 text-sm text-soft">
          {decision === null ? (
            <Trans>No decision was made: the request was refused before that.</Trans>
          ) : (
            <bdi>{decision.because}</bdi>
          )}
        </p>
      </div>
      <ol className="px-4 py-4">
        <Step name={<Trans>Asked by</Trans>}>
          <Asker row={row} />
        </Step>
        <Step name={<Trans>Asked for</Trans>}>
          <Ltr className="font-medium wrap-anywhere">{row.askedModel}</Ltr>
        </Step>
        {decision !== null && <Decided decision={decision} row={row} />}
        <Step name={<Trans>Attempts</Trans>} last>
          <Attempts attempts={row.attempts} />
        </Step>
      </ol>
      {decision !== null && (
        <p className="border-t border-line px-4 py-2 text-xs text-faint">
          <Trans>
            Decision <Ltr className="font-mono wrap-anywhere">{decision.id}</Ltr>
          </Trans>
        </p>
      )}
    </section>
  )
}

function Decided({ decision, row }: { readonly decision: Decision; readonly row: RequestRow }) {
  return (
    <>
      <Step name={<Trans>Labels</Trans>}>
        <DecisionLabels decision={decision} />
      </Step>
      <Step name={<Trans>Policy</Trans>}>
        {isUnruled(decision) ? (
          <Trans>
            The preset <Ltr className="font-mono">open</Ltr>, because no policy is configured: no rule removed
            or checked anything.
          </Trans>
        ) : (
          <bdi>{decision.policy}</bdi>
        )}
      </Step>
      <Step name={<Trans>Candidates</Trans>}>
        <DecisionCandidates decision={decision} />
      </Step>
      <Step name={<Trans>Duties</Trans>}>
        <DecisionDuties decision={decision} />
      </Step>
      <Step name={<Trans>Plan</Trans>}>
        {decision.plan === null ? (
          <WhyNoPlan errorCode={row.errorCode} />
        ) : (
          <>
            <Ltr className="rounded-sm bg-lapis-wash px-1.5 py-0.5 font-mono text-xs text-lapis">
              {decision.plan.kind}
            </Ltr>{' '}
            <Ltr className="font-medium wrap-anywhere">{decision.plan.model}</Ltr>
          </>
        )}
      </Step>
      {decision.approval !== undefined && (
        <Step name={<Trans>Approval</Trans>}>
          <Trans>
            <Ltr className="font-mono text-xs">{decision.approval.id}</Ltr>, given by{' '}
            <bdi className="wrap-anywhere">{decision.approval.by}</bdi>
          </Trans>
        </Step>
      )}
      <Step name={<Trans>Masking</Trans>}>
        <DecisionMasking decision={decision} row={row} />
      </Step>
      <Step name={<Trans>Guards</Trans>}>
        <DecisionGuards guards={decision.guards} />
      </Step>
      {decision.watermark !== undefined && (
        <Step name={<Trans>Watermark</Trans>}>
          <Trans>
            The answer carries the mark of the key{' '}
            <Ltr className="font-mono text-xs wrap-anywhere">{decision.watermark.key}</Ltr>.
          </Trans>
        </Step>
      )}
    </>
  )
}

function WhyNoPlan({ errorCode }: Pick<RequestRow, 'errorCode'>) {
  if (errorCode === 'policy.denied') return <Trans>None: a person denied it.</Trans>
  if (errorCode !== 'policy.approval_needed') return <Trans>None: no candidate was left.</Trans>
  return (
    <>
      <Trans>None: a person has to agree first.</Trans>{' '}
      <Link to="/approvals" className="link inline-flex min-h-6 items-center">
        <Trans>Approvals</Trans>
      </Link>
    </>
  )
}

function Attempts({ attempts }: { readonly attempts: readonly Attempt[] }) {
  if (attempts.length === 0) return <Trans>None: no model was called.</Trans>
  return (
    <>
      <p className="sr-only">
        <Plural value={attempts.length} one="# attempt" other="# attempts" />
      </p>
      <ol className="space-y-1">
        {attempts.map((attempt) => (
          <li key={`${attempt.startedMs}-${attempt.model}`}>
            <AttemptLine attempt={attempt} />
          </li>
        ))}
      </ol>
    </>
  )
}

const COLOUR = { answered: 'text-verdigris', failed: 'text-cinnabar', cancelled: 'text-gold' }

function AttemptLine({ attempt }: { readonly attempt: Attempt }) {
  const { duration } = useFormat()
  return (
    <div className="flex flex-wrap items-baseline gap-x-3">
      <Ltr className="wrap-anywhere">{attempt.model}</Ltr>
      <span className={`text-sm font-medium ${COLOUR[attempt.outcome]}`}>{outcomeWord(attempt.outcome)}</span>
      {attempt.errorCode !== null && (
        <Ltr className="font-mono text-xs text-cinnabar">{attempt.errorCode}</Ltr>
      )}
      {attempt.endpoint !== undefined && (
        <Ltr className="font-mono text-xs text-soft">{attempt.endpoint}</Ltr>
      )}
      {attempt.changes !== undefined && (
        <span className="text-xs text-soft">
          <Trans>
            left out or changed:{' '}
            <Ltr className="font-mono">{attempt.changes.map(({ path }) => path).join(', ')}</Ltr>
          </Trans>
        </span>
      )}
      <span className="ms-auto text-sm text-soft tabular-nums">{duration(attempt.durationMs)}</span>
    </div>
  )
}

function outcomeWord(outcome: Attempt['outcome']) {
  switch (outcome) {
    case 'answered':
      return <Trans>answered</Trans>
    case 'failed':
      return <Trans>failed</Trans>
    case 'cancelled':
      return <Trans>cancelled</Trans>
    default:
      return outcome satisfies never
  }
}
