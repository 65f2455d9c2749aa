import { Plural, Trans } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { StateView } from '../api/admin.ts'
import { stateQuery } from '../api/queries.ts'
import { WarningIcon } from '../parts/icons.tsx'
import { Ltr } from '../parts/ltr.tsx'

/** What is wrong with the gateway itself, on every page until it is right. */
export function Banners() {
  const { data: state } = useQuery(stateQuery)
  if (state === undefined) return null
  return (
    <>
      {state.config.problem !== null && <ConfigBanner problem={state.config.problem} />}
      {(state.store.problem !== null || state.store.droppedRows > 0) && <StoreBanner store={state.store} />}
    </>
  )
}

function ConfigBanner({ problem }: { readonly problem: string }) {
  return (
    <Banner title={<Trans>The configuration file is wrong; the last good one is still in force.</Trans>}>
      <Ltr className="font-mono text-xs leading-5 break-words">{problem}</Ltr>
    </Banner>
  )
}

function StoreBanner({ store }: { readonly store: StateView['store'] }) {
  return (
    <Banner title={<Trans>The request log does not keep up; answers are not affected.</Trans>}>
      {store.problem !== null && (
        <Ltr className="font-mono text-xs leading-5 break-words">{store.problem}</Ltr>
      )}
      {store.droppedRows > 0 && (
        <span>
          <Plural
            value={store.droppedRows}
            one="# row was lost since the start."
            other="# rows were lost since the start."
          />
        </span>
      )}
    </Banner>
  )
}

function Banner({ title, children }: { readonly title: ReactNode; readonly children: ReactNode }) {
  return (
    <div role="status" className="border-b border-gold-line bg-gold-wash">
      <div className="mx-auto flex max-w-[90rem] items-start gap-2.5 px-3 py-2 text-sm sm:px-6">
        <WarningIcon className="mt-0.5 size-4 text-gold" />
        <div className="flex min-w-0 flex-wrap gap-x-3">
          <strong className="font-semibold text-gold">{title}</strong>
          {children}
        </div>
      </div>
    </div>
  )
}
