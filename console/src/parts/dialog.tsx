import { useLingui } from '@lingui/react/macro'
import { useEffect, useId, useRef, type ReactNode } from 'react'
import { CrossIcon } from './icons.tsx'

type DialogProps = {
  readonly title: ReactNode
  readonly open: boolean
  readonly onClose: () => void
  readonly children: ReactNode
}

const FIRST = '[data-autofocus], input, select, textarea'

/** A native modal: the browser keeps the focus in it, closes it by Escape and gives the focus back. */
export function Dialog({ title, open, onClose, children }: DialogProps) {
  const { t } = useLingui()
  const titleId = useId()
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    if (!open) return dialog.current?.close()
    dialog.current?.showModal()
    // React's own `autoFocus` comes before the dialog is shown, when nothing in it can have the focus yet.
    dialog.current?.querySelector<HTMLElement>(FIRST)?.focus()
  }, [open])
  return (
    <dialog
      ref={dialog}
      aria-labelledby={titleId}
      onClose={onClose}
      className="m-auto w-[min(32rem,calc(100vw-1.5rem))] rounded-lg border border-line bg-surface p-0 text-ink shadow-2xl backdrop:bg-black/40"
    >
      <div className="flex items-start justify-between gap-2 border-b border-line px-4 py-2.5">
        <h2 id={titleId} className="min-w-0 py-1 font-semibold wrap-anywhere">
          {title}
        </h2>
        <button
          type="button"
          className="button button-quiet size-8 shrink-0 p-0"
          aria-label={t`Close`}
          onClick={() => dialog.current?.close()}
        >
          <CrossIcon />
        </button>
      </div>
      {open && children}
    </dialog>
  )
}
