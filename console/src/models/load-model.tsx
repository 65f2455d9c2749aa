import { Plural, Trans } from '@lingui/react/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { unloadModel, warmModel, type LocalModelView } from '../api/admin.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Failure } from '../parts/failure.tsx'
import { Ltr } from '../parts/ltr.tsx'

type Order = 'warm' | 'when-done' | 'now'

/**
 * Into memory, or out of it: one button, so that the focus stays on it when the one has become the other. For the same reason
 * it is never `disabled`, which would send the focus away.
 */
export function LoadModel({ model }: { readonly model: LocalModelView }) {
  const [asking, setAsking] = useState(false)
  const change = useOrder(model.name)
  const loaded = model.pid !== null
  const busy = model.activeRequests + model.queuedRequests > 0

  // An unload that waits for answers can still be hurried; nothing else can be asked for twice.
  const hurried = busy && change.variables === 'when-done'
  const closed = (change.isPending && !hurried) || model.state === 'starting'
  const loading = (change.isPending && change.variables === 'warm') || model.state === 'starting'

  function press(): void {
    if (closed) return
    if (!loaded) change.mutate('warm')
    else if (busy) setAsking(true)
    else change.mutate('when-done')
  }

  return (
    <>
      <button
        type="button"
        className="button ms-auto min-h-7 px-2 aria-disabled:cursor-not-allowed aria-disabled:border-line aria-disabled:text-faint"
        aria-disabled={closed}
        onClick={press}
      >
        <ButtonWord loaded={loaded} busy={busy} loading={loading} />
      </button>
      {change.error !== null && (
        <div className="mb-1.5 basis-full">
          <Failure title={<Trans>Nothing was changed</Trans>} error={change.error} />
        </div>
      )}
      <AskUnload
        model={model}
        open={asking}
        onClose={() => setAsking(false)}
        onChoose={(when) => {
          setAsking(false)
          change.mutate(when)
        }}
      />
    </>
  )
}

function useOrder(name: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (order: Order) => (order === 'warm' ? warmModel(name) : unloadModel(name, order)),
    onSettled: async () => {
      await Promise.all([
        client.invalidateQueries({ queryKey: ['local-models'] }),
        client.invalidateQueries({ queryKey: ['models'] }),
      ])
    },
  })
}

type ButtonWordProps = { readonly loaded: boolean; readonly busy: boolean; readonly loading: boolean }

function ButtonWord({ loaded, busy, loading }: ButtonWordProps) {
  if (!loaded) return loading ? <Trans>Loading…</Trans> : <Trans>Load</Trans>
  // Three dots: it asks first.
  return busy ? <Trans>Unload…</Trans> : <Trans>Unload</Trans>
}

type AskUnloadProps = {
  readonly model: LocalModelView
  readonly open: boolean
  readonly onClose: () => void
  readonly onChoose: (when: 'when-done' | 'now') => void
}

/** Asked only while it has something to answer. The way out has the focus. */
function AskUnload({ model, open, onClose, onChoose }: AskUnloadProps) {
  return (
    <Dialog
      title={
        <Trans>
          Unload <Ltr>{model.name}</Ltr>?
        </Trans>
      }
      open={open}
      onClose={onClose}
    >
      <div className="space-y-3 px-4 py-3">
        <p>
          <Plural
            value={model.activeRequests + model.queuedRequests}
            one="It still has # request to answer."
            other="It still has # requests to answer."
          />{' '}
          <Trans>Those that are cut off now fail, and may be sent again. The next one loads it again.</Trans>
        </p>
        <div className="flex flex-wrap justify-end gap-2 pt-1">
          <button type="button" className="button" data-autofocus onClick={onClose}>
            <Trans>Cancel</Trans>
          </button>
          <button type="button" className="button button-danger" onClick={() => onChoose('now')}>
            <Trans>Unload now</Trans>
          </button>
          <button type="button" className="button button-primary" onClick={() => onChoose('when-done')}>
            <Trans>Unload after them</Trans>
          </button>
        </div>
      </div>
    </Dialog>
  )
}
