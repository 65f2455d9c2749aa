import { Trans } from '@lingui/react/macro'
import { useSlow } from './use-slow.ts'

/** Grey bars where content will be; after three seconds it says that it is still waiting. */
export function Loading({ rows, rowClass = 'h-10' }: { readonly rows: number; readonly rowClass?: string }) {
  const slow = useSlow(true)
  return (
    <div>
      <p role="status" className={slow ? 'px-3 py-2 text-sm text-soft' : 'sr-only'}>
        {slow ? <Trans>Still waiting for the gateway…</Trans> : <Trans>Loading…</Trans>}
      </p>
      <div aria-hidden="true">
        {Array.from({ length: rows }, (_, index) => (
          <div key={index} className={`flex items-center gap-4 border-t border-line px-3 ${rowClass}`}>
            <span className="skeleton h-3 w-16" />
            <span className="skeleton h-3 w-10" />
            <span className="skeleton h-3 flex-1" />
            <span className="skeleton h-3 w-20 max-sm:hidden" />
          </div>
        ))}
      </div>
    </div>
  )
}
