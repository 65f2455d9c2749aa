import { Plural, Trans } from '@lingui/react/macro'
import type { ReactNode } from 'react'
import type { RequestRow } from '../api/admin.ts'
import { useFormat } from '../i18n/use-format.ts'
import { CheckIcon, CrossIcon } from '../parts/icons.tsx'
import { Ltr } from '../parts/ltr.tsx'
import { Asker } from './asker.tsx'

type Decision = NonNullable<RequestRow['decision']>
type Attempt = RequestRow['attempts'][number]

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
        {decision !== null && <Decided decision={decision} />}
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

function Decided({ decision }: { readonly decision: Decision }) {
  return (
    <>
      <Step name={<Trans>Labels</Trans>}>
        <Labels labels={decision.labels} />
      </Step>
      <Step name={<Trans>Candidates</Trans>}>
        <Candidates decision={decision} />
      </Step>
      <Step name={<Trans>Policy</Trans>}>
        {decision.policy === 'no rule is configured' ? (
          <Trans>No rule is configured, so nothing was removed and nothing was checked.</Trans>
        ) : (
          <bdi>{decision.policy}</bdi>
        )}
      </Step>
      <Step name={<Trans>Plan</Trans>}>
        {decision.plan === null ? (
          <Trans>None: no candidate was left.</Trans>
        ) : (
          <>
            <Ltr className="rounded-sm bg-lapis-wash px-1.5 py-0.5 font-mono text-xs text-lapis">
              {decision.plan.kind}
            </Ltr>{' '}
            <Ltr className="font-medium wrap-anywhere">{decision.plan.model}</Ltr>
          </>
        )}
      </Step>
    </>
  )
}

type StepProps = { readonly name: ReactNode; readonly children: ReactNode; readonly last?: boolean }

/** A tessera on a line; the next one is set under it. */
function Step({ name, children, last = false }: StepProps) {
  return (
    <li className="relative grid gap-x-4 ps-6 pb-4 last:pb-0 sm:grid-cols-[7rem_minmax(0,1fr)]">
      {!last && <span aria-hidden="true" className="absolute start-[5px] top-4 bottom-0 w-px bg-line" />}
      <span aria-hidden="true" className="absolute start-0.5 top-1.5 size-[7px] bg-lapis-fill" />
      <h3 className="text-sm text-faint">{name}</h3>
      <div className="min-w-0 text-base">{children}</div>
    </li>
  )
}

function Labels({ labels }: { readonly labels: Decision['labels'] }) {
  if (!labels.examined) return <Trans>Not examined: nobody looked for personal data, language or task.</Trans>
  const found = [...labels.kinds, labels.language, labels.task].filter((word) => word !== undefined)
  if (found.length === 0) return <Trans>Examined; nothing was found.</Trans>
  return (
    <ul className="flex flex-wrap gap-1.5">
      {found.map((word) => (
        <li key={word} className="rounded-sm bg-raised px-1.5 font-mono text-xs leading-5">
          <Ltr>{word}</Ltr>
        </li>
      ))}
    </ul>
  )
}

/** Kept ones with a tick, removed ones struck through with the rule and the reason. */
function Candidates({ decision }: { readonly decision: Decision }) {
  if (decision.candidates.length === 0) return <Trans>None: no model has this name.</Trans>
  const removed = new Map(decision.removed.map((entry) => [entry.model, entry] as const))
  return (
    <ul className="space-y-1">
      {decision.candidates.map((model) => {
        const entry = removed.get(model)
        return entry === undefined ? (
          <li key={model} className="flex items-center gap-2">
            <CheckIcon className="size-4 text-verdigris" />
            <Ltr className="wrap-anywhere">{model}</Ltr>
            <span className="text-xs text-faint">
              {decision.plan?.model === model ? <Trans>chosen</Trans> : <Trans>allowed</Trans>}
            </span>
          </li>
        ) : (
          <li key={model} className="flex gap-2">
            <CrossIcon className="mt-0.5 size-4 text-cinnabar" />
            <div className="min-w-0">
              <Ltr className="wrap-anywhere text-soft line-through">{model}</Ltr>
              <p className="text-sm text-soft">
                <Trans>
                  removed by <Ltr className="font-mono text-xs">{entry.rule}</Ltr>: <bdi>{entry.reason}</bdi>
                </Trans>
              </p>
            </div>
          </li>
        )
      })}
    </ul>
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
