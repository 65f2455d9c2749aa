import { Trans, useLingui } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { modelsQuery } from '../api/queries.ts'
import { CodeBlock } from '../parts/code-block.tsx'

/** The first thing a new user sees here: what to type to make it useful. */
export function NoRequests() {
  const { t } = useLingui()
  const { data: models } = useQuery(modelsQuery)
  const model = models?.[0]?.name ?? 'MODEL'
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }] })
  const command = `curl ${location.origin}/v1/chat/completions \\\n  -H 'content-type: application/json' \\\n  -d '${body}'`
  return (
    <div className="mx-auto max-w-2xl px-4 py-12">
      <h2 className="text-lg font-semibold">
        <Trans>No request yet</Trans>
      </h2>
      <p className="mt-1 mb-4 text-soft">
        <Trans>
          Send one from a terminal, or try the{' '}
          <Link to="/playground" className="link">
            playground
          </Link>
          . It appears here when its answer is complete.
        </Trans>
      </p>
      <CodeBlock code={command} label={t`Copy the command`} />
    </div>
  )
}

export function NoMatch() {
  return (
    <div className="px-4 py-12 text-center">
      <h2 className="font-semibold">
        <Trans>No request matches these filters</Trans>
      </h2>
      <p className="mt-3">
        <Link to="/" search={{}} className="button">
          <Trans>Show all requests</Trans>
        </Link>
      </p>
    </div>
  )
}
