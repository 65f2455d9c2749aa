import { Trans } from '@lingui/react/macro'
import type { ReactNode } from 'react'
import type { RequestRow } from '../api/admin.ts'
import { useFormat } from '../i18n/use-format.ts'
import { timingOf } from './timing.ts'

/** One bar of the whole duration; the list under it says the same in numbers. */
export function TimingBar({ row }: { readonly row: RequestRow }) {
  const { oursMs, firstByteMs, restMs } = timingOf(row)
  const { duration } = useFormat()
  return (
    <div>
      <p className="flex items-baseline justify-between">
        <span className="text-lg font-semibold tracking-tight tabular-nums">{duration(row.durationMs)}</span>
        <span className="caption">
          <Trans>from arrival to the last byte</Trans>
        </span>
      </p>
      <div aria-hidden="true" className="mt-2 flex h-3 gap-px overflow-hidden rounded-sm bg-line">
        <Part ms={oursMs} className="bg-gold" />
        <Part ms={firstByteMs} className="bg-lapis" />
        <Part ms={restMs} className="bg-verdigris" />
      </div>
      <dl className="mt-3 space-y-1 text-sm">
        <Line mark="bg-gold" name={<Trans>Our overhead</Trans>} ms={oursMs} />
        {row.firstByteMs === null ? (
          firstByteMs > 0 && (
            <Line
              mark="bg-lapis"
              name={<Trans>Waiting for a first byte that never came</Trans>}
              ms={firstByteMs}
            />
          )
        ) : (
          <>
            <Line mark="bg-lapis" name={<Trans>Until the model’s first byte</Trans>} ms={firstByteMs} />
            <Line mark="bg-verdigris" name={<Trans>Until its last byte</Trans>} ms={restMs} />
          </>
        )}
      </dl>
    </div>
  )
}

// Two pixels at least, so that our own millisecond in a ten-second answer is still seen to be there.
function Part({ ms, className }: { readonly ms: number; readonly className: string }) {
  if (ms === 0) return null
  return <span className={`min-w-0.5 ${className}`} style={{ flexGrow: ms, flexBasis: 0 }} />
}

function Line({ mark, name, ms }: { readonly mark: string; readonly name: ReactNode; readonly ms: number }) {
  const { duration } = useFormat()
  return (
    <div className="flex items-center gap-2">
      <dt className="flex flex-1 items-center gap-2 text-soft">
        <span aria-hidden="true" className={`size-2 ${mark}`} />
        {name}
      </dt>
      <dd className="tabular-nums">{duration(ms)}</dd>
    </div>
  )
}
