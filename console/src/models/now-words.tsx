import { Plural, Trans } from '@lingui/react/macro'
import type { ModelView } from '../api/admin.ts'
import { Unknown } from './fact.tsx'

type Requests = Pick<ModelView, 'activeRequests' | 'queuedRequests'>

/** What it answers now, and what waits for it. */
export function NowWords({ requests }: { readonly requests: Requests }) {
  const { activeRequests, queuedRequests } = requests
  if (activeRequests + queuedRequests === 0) return <Unknown words={<Trans>no request</Trans>} />
  return (
    <span className="tabular-nums">
      <Plural value={activeRequests} one="# request" other="# requests" />
      {queuedRequests > 0 && (
        <>
          {', '}
          <Plural value={queuedRequests} one="# waiting" other="# waiting" />
        </>
      )}
    </span>
  )
}
