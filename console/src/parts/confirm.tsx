import { Trans } from '@lingui/react/macro'
import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Dialog } from './dialog.tsx'
import { Failure } from './failure.tsx'

type ConfirmProps = {
  readonly title: ReactNode
  /** What happens, in a sentence or two. */
  readonly children: ReactNode
  /** The verb on the button that does it. */
  readonly action: ReactNode
  /** Unless it is `harmless`, the button looks like what it does. */
  readonly harmless?: boolean
  readonly failed: ReactNode
  readonly open: boolean
  readonly onClose: () => void
  readonly run: () => Promise<unknown>
}

/** Asks before something that cannot be undone. The way out has the focus, so that Enter pressed too early does nothing. */
export function Confirm(props: ConfirmProps) {
  const { title, children, action, harmless = false, failed, open, onClose, run } = props
  const mutation = useMutation({ mutationFn: run, onSuccess: onClose })
  return (
    <Dialog
      title={title}
      open={open}
      onClose={() => {
        mutation.reset()
        onClose()
      }}
    >
      <div className="space-y-3 px-4 py-3">
        {children}
        {mutation.error !== null && <Failure title={failed} error={mutation.error} />}
        <div className="flex flex-wrap justify-end gap-2 pt-1">
          <button type="button" className="button" data-autofocus onClick={onClose}>
            <Trans>Cancel</Trans>
          </button>
          <button
            type="button"
            className={`button ${harmless ? 'button-primary' : 'button-danger'}`}
            disabled={mutation.isPending}
            onClick={() => mutation.mutate()}
          >
            {action}
          </button>
        </div>
      </div>
    </Dialog>
  )
}
