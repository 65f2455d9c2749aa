import { Trans } from '@lingui/react/macro'
import { useFormat } from '../i18n/use-format.ts'
import { CheckIcon, CrossIcon, WarningIcon } from '../parts/icons.tsx'
import { Ltr } from '../parts/ltr.tsx'
import { Chips } from './chips.tsx'
import type { GuardVerdict } from './decision.ts'

/** What each guard said, in the order in which they were asked. */
export function DecisionGuards({ guards = [] }: { readonly guards?: readonly GuardVerdict[] | undefined }) {
  if (guards.length === 0) return <Trans>None was asked.</Trans>
  return (
    <ul className="space-y-2.5">
      {guards.map((guard, index) => (
        <li key={`${index} ${guard.guard}`} className="flex gap-2">
          <VerdictIcon guard={guard} />
          <div className="min-w-0 grow">
            <GuardLine guard={guard} />
          </div>
        </li>
      ))}
    </ul>
  )
}

function GuardLine({ guard }: { readonly guard: GuardVerdict }) {
  const { duration } = useFormat()
  const names = Object.keys(guard.found)
  return (
    <>
      <div className="flex flex-wrap items-baseline gap-x-3">
        <Ltr className="font-medium wrap-anywhere">{guard.guard}</Ltr>
        <span className={`text-sm font-medium ${COLOUR[toneOf(guard)]}`}>{verdictWord(guard.verdict)}</span>
        {guard.action !== 'none' && <span className="text-sm">{actionWord(guard.action)}</span>}
        <span className="ms-auto text-sm text-soft tabular-nums">{duration(guard.ms)}</span>
      </div>
      <p className="flex flex-wrap gap-x-3 text-sm text-soft">
        <Ltr className="font-mono text-xs leading-5 wrap-anywhere">{guard.check}</Ltr>
        <span>{guard.on === 'input' ? <Trans>of the request</Trans> : <Trans>of the answer</Trans>}</span>
        <span>{modeWord(guard.mode)}</span>
      </p>
      {names.length > 0 && (
        <div className="mt-1">
          <Chips names={names} counts={guard.found} />
        </div>
      )}
      {guard.where.length > 0 && (
        <p className="mt-0.5 text-sm text-soft">
          <Trans>
            in <Ltr className="font-mono text-xs wrap-anywhere">{guard.where.join(', ')}</Ltr>
          </Trans>
        </p>
      )}
    </>
  )
}

type Tone = 'good' | 'warning' | 'bad'
const COLOUR = { good: 'text-verdigris', warning: 'text-gold', bad: 'text-cinnabar' }
const ICON = { good: CheckIcon, warning: WarningIcon, bad: CrossIcon }

function toneOf({ verdict, action }: GuardVerdict): Tone {
  if (verdict === 'passed') return 'good'
  return action === 'refused' ? 'bad' : 'warning'
}

function VerdictIcon({ guard }: { readonly guard: GuardVerdict }) {
  const tone = toneOf(guard)
  const Icon = ICON[tone]
  return <Icon className={`mt-0.5 size-4 ${COLOUR[tone]}`} />
}

function verdictWord(verdict: GuardVerdict['verdict']) {
  switch (verdict) {
    case 'passed':
      return <Trans>passed</Trans>
    case 'found':
      return <Trans>found something</Trans>
    case 'failed':
      return <Trans>could not judge</Trans>
    case 'unfinished':
      return <Trans>did not see all of it</Trans>
    default:
      return verdict satisfies never
  }
}

function actionWord(action: Exclude<GuardVerdict['action'], 'none'>) {
  switch (action) {
    case 'refused':
      return <Trans>it was refused</Trans>
    case 'redacted':
      return <Trans>it was blacked out</Trans>
    case 'noted':
      return <Trans>it was only noted</Trans>
    case 'let-through':
      return <Trans>it was let through</Trans>
    default:
      return action satisfies never
  }
}

function modeWord(mode: GuardVerdict['mode']) {
  switch (mode) {
    case 'hold':
      return <Trans>nothing left before the verdict</Trans>
    case 'window':
      return <Trans>each piece was judged before it left</Trans>
    case 'after':
      return <Trans>judged after it had left</Trans>
    default:
      return mode satisfies never
  }
}
