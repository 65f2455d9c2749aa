import { Trans } from '@lingui/react/macro'
import { Ltr } from '../parts/ltr.tsx'
import type { LedgerLine } from './cost-groups.ts'

/** What a call was made for. */
export function PurposeWord({ purpose }: { readonly purpose: LedgerLine['purpose'] }) {
  switch (purpose) {
    case 'answer':
      return <Trans>Answer</Trans>
    case 'failed-attempt':
      return <Trans>Failed attempt</Trans>
    case 'escalation':
      return <Trans>Escalation</Trans>
    case 'judge':
      return <Trans>Judge</Trans>
    case 'shadow':
      return <Trans>Shadow</Trans>
    case 'embedding':
      return <Trans>Embedding</Trans>
    case 'cache-hit':
      return <Trans>From the cache</Trans>
    default:
      return purpose satisfies never
  }
}

/** What was used; a bucket that is newer than this console is shown as the ledger calls it. */
export function BucketWord({ bucket }: { readonly bucket: string }) {
  switch (bucket) {
    case 'in_uncached':
      return <Trans>Prompt</Trans>
    case 'in_cache_read':
    case 'in_cache_read_audio':
    case 'in_cache_read_image':
      return <Trans>Prompt, read from cache</Trans>
    case 'in_cache_write_5m':
      return <Trans>Prompt, written to cache for 5 minutes</Trans>
    case 'in_cache_write_1h':
      return <Trans>Prompt, written to cache for an hour</Trans>
    case 'in_audio':
      return <Trans>Prompt, sound</Trans>
    case 'in_image':
      return <Trans>Prompt, images</Trans>
    case 'in_video':
      return <Trans>Prompt, film</Trans>
    case 'out_text':
      return <Trans>Answer</Trans>
    case 'out_reasoning':
      return <Trans>Reasoning</Trans>
    case 'out_audio':
      return <Trans>Answer, sound</Trans>
    case 'out_image':
      return <Trans>Answer, images</Trans>
    case 'web_search':
      return <Trans>Web searches</Trans>
    case 'rerank_search':
      return <Trans>Searches</Trans>
    case 'reported':
      return <Trans>As the seller billed it</Trans>
    default:
      return <Ltr className="font-mono text-xs">{bucket}</Ltr>
  }
}

const SHAPE = {
  priced: 'rounded-full bg-verdigris',
  owned: 'rounded-full border-2 border-edge',
  unpriced: 'rotate-45 bg-gold',
  disputed: 'rotate-45 bg-cinnabar',
  stale: 'rotate-45 border-2 border-gold',
}

/** How sure the amount is, by shape and in words. */
export function LineStatus({ line }: { readonly line: LedgerLine }) {
  return (
    <span className="inline-flex items-center gap-1.5 text-soft">
      <span aria-hidden="true" className={`size-2 shrink-0 ${SHAPE[line.status]}`} />
      <StatusWord status={line.status} />
      {line.source === 'estimated' && (
        <span className="text-gold">
          <Trans>(estimated)</Trans>
        </span>
      )}
    </span>
  )
}

function StatusWord({ status }: Pick<LedgerLine, 'status'>) {
  switch (status) {
    case 'priced':
      return <Trans>priced</Trans>
    case 'owned':
      return <Trans>owned weights</Trans>
    case 'unpriced':
      return <Trans>unpriced</Trans>
    case 'disputed':
      return <Trans>disputed</Trans>
    case 'stale':
      return <Trans>price may be old</Trans>
    default:
      return status satisfies never
  }
}
