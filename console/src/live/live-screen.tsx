import { Plural, Trans, useLingui } from '@lingui/react/macro'
import { getRouteApi } from '@tanstack/react-router'
import { useRef, useState } from 'react'
import type { RequestFilter } from '../api/request-filter.ts'
import { Failure } from '../parts/failure.tsx'
import { ArrowUpIcon, PauseIcon, PlayIcon } from '../parts/icons.tsx'
import { Loading } from '../parts/loading.tsx'
import { usePageTitle } from '../shell/page-title.ts'
import { useShortcut } from '../shell/shortcut-keys.ts'
import { Filters } from './filters.tsx'
import { NoMatch, NoRequests } from './no-requests.tsx'
import { RequestList } from './request-list.tsx'
import { Traffic } from './traffic/traffic.tsx'
import { useLiveRequests } from './use-live-requests.ts'
import { useScrolledPast } from './use-scrolled-past.ts'

const route = getRouteApi('/')

export function LiveScreen() {
  const { t } = useLingui()
  usePageTitle(t`Live requests`)
  const filter = route.useSearch()
  const [paused, setPaused] = useState(false)
  useShortcut('p', () => setPaused(!paused))
  return (
    <>
      <h1 className="sr-only">
        <Trans>Live requests</Trans>
      </h1>
      <Traffic />
      <div className="mt-5 flex flex-wrap items-end gap-3">
        <Filters filter={filter} />
        <PauseButton paused={paused} onToggle={() => setPaused(!paused)} />
      </div>
      <Requests key={JSON.stringify(filter)} filter={filter} paused={paused} />
    </>
  )
}

function PauseButton({ paused, onToggle }: { readonly paused: boolean; readonly onToggle: () => void }) {
  return (
    <button type="button" className="button ms-auto" onClick={onToggle}>
      {paused ? <PlayIcon /> : <PauseIcon />}
      {paused ? <Trans>Resume</Trans> : <Trans>Pause</Trans>}
    </button>
  )
}

function Requests({ filter, paused }: { readonly filter: RequestFilter; readonly paused: boolean }) {
  const top = useRef<HTMLDivElement>(null)
  const past = useScrolledPast(top)
  // The router gives a new object whenever the address is read; the list must not start anew for that.
  const [stable] = useState(filter)
  const { query, rows, waiting, reveal } = useLiveRequests(stable, paused || past)

  function showNewest(): void {
    reveal()
    top.current?.scrollIntoView()
  }

  return (
    <div ref={top} className="mt-3 scroll-mt-28">
      <WaitingRows count={waiting} onShow={showNewest} />
      <section className="panel" aria-label={stable.id ?? undefined} aria-busy={query.isPending}>
        {query.isPending && <Loading rows={8} />}
        {query.isError && rows.length === 0 && (
          <div className="p-3">
            <Failure
              title={<Trans>The requests could not be read</Trans>}
              error={query.error}
              onRetry={() => void query.refetch()}
            />
          </div>
        )}
        {query.isSuccess &&
          rows.length === 0 &&
          (Object.keys(stable).length === 0 ? <NoRequests /> : <NoMatch />)}
        {rows.length > 0 && (
          <RequestList
            rows={rows}
            more={query.hasNextPage}
            loadingMore={query.isFetchingNextPage}
            onMore={() => void query.fetchNextPage()}
          />
        )}
        {rows.length > 0 && query.isError && (
          <div className="border-t border-line p-3">
            <Failure
              title={<Trans>Older requests could not be read</Trans>}
              error={query.error}
              onRetry={() => void query.fetchNextPage()}
            />
          </div>
        )}
      </section>
    </div>
  )
}

function WaitingRows({ count, onShow }: { readonly count: number; readonly onShow: () => void }) {
  return (
    <div role="status" className="sticky top-24 z-20 flex h-0 justify-center max-lg:top-26">
      {count > 0 && (
        <button
          type="button"
          className="button button-primary mt-1.5 rounded-full shadow-lg"
          onClick={onShow}
        >
          <ArrowUpIcon />
          <Plural value={count} one="# new request" other="# new requests" />
        </button>
      )}
    </div>
  )
}
