import { useLingui } from '@lingui/react/macro'
import { useLiveStatus } from '../api/live.ts'

const SHAPE = {
  connecting: 'rounded-full border-2 border-edge',
  live: 'rounded-full bg-verdigris',
  lost: 'rotate-45 bg-cinnabar',
}

/** Whether what is on screen follows the gateway: in words, and by shape as well as colour. */
export function ConnectionState() {
  const { t } = useLingui()
  const status = useLiveStatus()
  const words = {
    connecting: t`Connecting`,
    live: t`Connected`,
    lost: t`Connection lost`,
  }
  return (
    <p role="status" className="flex min-h-6 items-center gap-2 text-sm text-soft" title={words[status]}>
      <span aria-hidden="true" className={`size-2 shrink-0 ${SHAPE[status]}`} />
      <span className={status === 'lost' ? 'font-medium text-cinnabar' : 'max-sm:sr-only'}>
        {words[status]}
      </span>
    </p>
  )
}
