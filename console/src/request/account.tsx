import { Trans } from '@lingui/react/macro'
import type { ReactNode } from 'react'
import type { RequestRow } from '../api/admin.ts'
import { cacheTokens, mediaTokens, type RowUsage } from '../format/usage.ts'
import { useFormat } from '../i18n/use-format.ts'
import { Cost } from '../parts/cost.tsx'
import { Ltr } from '../parts/ltr.tsx'
import { TimingBar } from './timing-bar.tsx'

/** What the answer took: time, tokens, money. */
export function Account({ row }: { readonly row: RequestRow }) {
  return (
    <div className="space-y-5">
      <Box id="time" title={<Trans>Time</Trans>}>
        <TimingBar row={row} />
      </Box>
      <Box id="tokens" title={<Trans>Tokens</Trans>}>
        {row.usage === null ? (
          <p className="text-soft">
            <Trans>Nothing was counted.</Trans>
          </p>
        ) : (
          <Usage usage={row.usage} />
        )}
      </Box>
      <Box id="cost" title={<Trans>Cost</Trans>}>
        <p className="text-lg font-semibold tracking-tight">
          <Cost cost={row.cost} />
        </p>
        <p className="mt-0.5 text-sm text-soft">{costNote(row.cost.kind)}</p>
      </Box>
      <p className="px-1 text-xs text-faint">
        <Trans>
          Answered under configuration{' '}
          <Ltr className="font-mono wrap-anywhere">{row.configVersion.slice(0, 12)}</Ltr>
        </Trans>
      </p>
    </div>
  )
}

function Box({
  id,
  title,
  children,
}: {
  readonly id: string
  readonly title: ReactNode
  readonly children: ReactNode
}) {
  return (
    <section aria-labelledby={id} className="panel px-4 py-3">
      <h2 id={id} className="caption mb-1.5">
        {title}
      </h2>
      {children}
    </section>
  )
}

/** The buckets are disjoint, so they add up; empty ones that most vendors never fill are left out. */
function Usage({ usage }: { readonly usage: RowUsage }) {
  return (
    <>
      <dl className="space-y-1 text-sm">
        <Bucket name={<Trans>Prompt</Trans>} count={usage.inputTokens} always />
        <Bucket name={<Trans>Prompt, read from cache</Trans>} count={cacheTokens(usage).read} />
        <Bucket name={<Trans>Prompt, written to cache</Trans>} count={cacheTokens(usage).written} />
        <Bucket name={<Trans>Prompt, sound, images and film</Trans>} count={mediaTokens(usage).input} />
        <Bucket name={<Trans>Answer</Trans>} count={usage.outputTokens} always />
        <Bucket name={<Trans>Reasoning</Trans>} count={usage.reasoningTokens} />
        <Bucket name={<Trans>Answer, sound and images</Trans>} count={mediaTokens(usage).output} />
      </dl>
      {usage.source === 'estimated' && (
        <p className="mt-2 text-sm text-gold">
          <Trans>Estimated by us: the stream was cut before the model’s own count arrived.</Trans>
        </p>
      )}
    </>
  )
}

function Bucket(props: { readonly name: ReactNode; readonly count: number; readonly always?: boolean }) {
  const { count } = useFormat()
  if (props.count === 0 && props.always !== true) return null
  return (
    <div className="flex justify-between gap-4">
      <dt className="text-soft">{props.name}</dt>
      <dd className="tabular-nums">{count(props.count)}</dd>
    </div>
  )
}

function costNote(kind: RequestRow['cost']['kind']) {
  switch (kind) {
    case 'metered':
      return <Trans>Counted to a billionth of a dollar, line by line as below.</Trans>
    case 'owned':
      return <Trans>Your own machine ran it: there is no bill per request.</Trans>
    case 'unpriced':
      return <Trans>Nobody has said what this model costs. That is not the same as free.</Trans>
    case 'none':
      return <Trans>No model was called.</Trans>
    default:
      return kind satisfies never
  }
}
