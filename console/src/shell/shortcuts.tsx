import { Trans, useLingui } from '@lingui/react/macro'
import { useNavigate } from '@tanstack/react-router'
import { useEffect, useRef, useState, type ReactNode } from 'react'
import { CrossIcon } from '../parts/icons.tsx'
import { listenForShortcuts, setShortcutsOn, shortcutsOn, useShortcut } from './shortcut-keys.ts'

/** The `?` button, its dialog, and the keys that work on every screen. */
export function Shortcuts() {
  const { t } = useLingui()
  const dialog = useRef<HTMLDialogElement>(null)
  const navigate = useNavigate()
  useEffect(listenForShortcuts, [])
  useShortcut('?', () => dialog.current?.showModal())
  useShortcut('gl', () => void navigate({ to: '/' }))
  useShortcut('gp', () => void navigate({ to: '/playground' }))
  useShortcut('gm', () => void navigate({ to: '/models' }))
  useShortcut('gk', () => void navigate({ to: '/keys' }))
  useShortcut('gb', () => void navigate({ to: '/budgets' }))
  useShortcut('gs', () => void navigate({ to: '/spend' }))
  useShortcut('ga', () => void navigate({ to: '/approvals' }))
  return (
    <>
      <button
        type="button"
        className="button size-8 p-0"
        aria-haspopup="dialog"
        aria-label={t`Keyboard shortcuts`}
        title={t`Keyboard shortcuts`}
        onClick={() => dialog.current?.showModal()}
      >
        ?
      </button>
      <ShortcutsDialog ref={dialog} />
    </>
  )
}

function ShortcutsDialog({ ref }: { readonly ref: React.RefObject<HTMLDialogElement | null> }) {
  const { t } = useLingui()
  return (
    <dialog
      ref={ref}
      aria-labelledby="shortcuts-title"
      closedby="any"
      className="m-auto w-[min(30rem,calc(100vw-1.5rem))] rounded-lg border border-line bg-surface p-0 text-ink shadow-2xl backdrop:bg-black/40"
    >
      <div className="flex items-center justify-between border-b border-line px-4 py-2.5">
        <h2 id="shortcuts-title" className="font-semibold">
          <Trans>Keyboard shortcuts</Trans>
        </h2>
        <button
          type="button"
          className="button button-quiet size-8 p-0"
          aria-label={t`Close`}
          onClick={() => ref.current?.close()}
        >
          <CrossIcon />
        </button>
      </div>
      <dl className="px-4 py-2">
        <Keys keys={['g', 'l']} does={<Trans>Live requests</Trans>} />
        <Keys keys={['g', 'p']} does={<Trans>Playground</Trans>} />
        <Keys keys={['g', 'm']} does={<Trans>Models</Trans>} />
        <Keys keys={['g', 'k']} does={<Trans>Keys</Trans>} />
        <Keys keys={['g', 'b']} does={<Trans>Budgets</Trans>} />
        <Keys keys={['g', 's']} does={<Trans>Spend</Trans>} />
        <Keys keys={['g', 'a']} does={<Trans>Approvals</Trans>} />
        <Keys keys={['/']} does={<Trans>Find a request by its id</Trans>} />
        <Keys keys={['p']} does={<Trans>Pause or resume the live list</Trans>} />
        <Keys keys={['j']} does={<Trans>Next request</Trans>} />
        <Keys keys={['k']} does={<Trans>Previous request</Trans>} />
        <Keys keys={['Ctrl', 'Enter']} does={<Trans>Send, in the playground</Trans>} />
        <Keys keys={['Esc']} does={<Trans>Stop, in the playground</Trans>} />
        <Keys keys={['?']} does={<Trans>This list</Trans>} />
      </dl>
      <SingleKeys />
    </dialog>
  )
}

function Keys({ keys, does }: { readonly keys: readonly string[]; readonly does: ReactNode }) {
  return (
    <div className="flex items-center justify-between gap-4 border-b border-line py-1.5 last:border-0">
      <dt>{does}</dt>
      <dd className="flex gap-1" dir="ltr">
        {keys.map((key) => (
          <kbd key={key} className="kbd">
            {key}
          </kbd>
        ))}
      </dd>
    </div>
  )
}

function SingleKeys() {
  const [on, setOn] = useState(shortcutsOn)
  return (
    <label className="flex min-h-11 items-center gap-2.5 border-t border-line px-4 text-sm text-soft">
      <input
        type="checkbox"
        className="size-4"
        checked={on}
        onChange={(event) => {
          setShortcutsOn(event.target.checked)
          setOn(event.target.checked)
        }}
      />
      <Trans>React to single keys. Turn this off if you use speech input.</Trans>
    </label>
  )
}
