import { Trans } from '@lingui/react/macro'
import { Ltr } from '../parts/ltr.tsx'
import type { Decision, Obligation } from './decision.ts'

/** What permits oblige to: of the model that was chosen first, then of those that may answer in its place. */
export function DecisionDuties({ decision }: { readonly decision: Decision }) {
  const { obligations = {}, plan } = decision
  const bound = Object.entries(obligations).toSorted(
    ([a], [b]) => Number(b === plan?.model) - Number(a === plan?.model),
  )
  if (bound.length === 0 && plan === null) return <Trans>None: no candidate was left.</Trans>
  if (bound.length === 0) return <Trans>None: no rule obliges to anything.</Trans>
  return (
    <ul className="space-y-2">
      {bound.map(([model, duties]) => (
        <li key={model}>
          <Ltr className="wrap-anywhere">{model}</Ltr>
          <ul className="mt-0.5 space-y-0.5">
            {duties.map((duty) => (
              <li key={duty} className="flex flex-wrap items-baseline gap-x-2 text-sm text-soft">
                <Ltr className="rounded-sm bg-raised px-1.5 font-mono text-xs leading-5 text-ink">{duty}</Ltr>
                <span>{dutyWord(duty)}</span>
              </li>
            ))}
          </ul>
        </li>
      ))}
    </ul>
  )
}

function dutyWord(duty: Obligation) {
  switch (duty) {
    case 'mask':
      return <Trans>the model sees stand-ins for personal data</Trans>
    case 'local-only':
      return <Trans>nothing leaves this machine</Trans>
    case 'human-approval':
      return <Trans>a person approves it first</Trans>
    case 'log-full':
      return <Trans>all of it is logged</Trans>
    case 'no-log-content':
      return <Trans>its text is never logged</Trans>
    case 'watermark':
      return <Trans>the answer carries a watermark</Trans>
    case 'no-cache':
      return <Trans>no cache keeps or gives the answer</Trans>
    case 'no-shadow':
      return <Trans>no copy goes to another model</Trans>
    default:
      return duty satisfies never
  }
}
