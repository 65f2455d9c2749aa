import { Trans, useLingui } from '@lingui/react/macro'
import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { keysQuery } from '../api/account-queries.ts'
import { useMayChange } from '../api/use-session.ts'
import { Empty } from '../parts/empty.tsx'
import { Failure } from '../parts/failure.tsx'
import { PlusIcon } from '../parts/icons.tsx'
import { Loading } from '../parts/loading.tsx'
import { PageHeading } from '../parts/page-heading.tsx'
import { usePageTitle } from '../shell/page-title.ts'
import { KeyFilters } from './key-filters.tsx'
import { KeyList } from './key-list.tsx'
import { KeysTabs } from './keys-tabs.tsx'

const route = getRouteApi('/keys')

export function KeysScreen() {
  const { t } = useLingui()
  usePageTitle(t`Keys`)
  const filter = route.useSearch()
  const mayChange = useMayChange()
  const query = useInfiniteQuery(keysQuery(filter))
  const keys = query.data?.pages.flatMap((page) => page.keys) ?? []
  return (
    <>
      <PageHeading
        title={<Trans>Keys</Trans>}
        lead={<Trans>Who may ask, what they may ask for, and until when.</Trans>}
        actions={mayChange && <NewKeyLink />}
      />
      <KeysTabs />
      <KeyFilters filter={filter} />
      <section className="panel mt-3" aria-busy={query.isPending}>
        {query.isPending && <Loading rows={6} rowClass="h-12" />}
        {query.isError && keys.length === 0 && (
          <div className="p-3">
            <Failure
              title={<Trans>The keys could not be read</Trans>}
              error={query.error}
              onRetry={() => void query.refetch()}
            />
          </div>
        )}
        {query.isSuccess && keys.length === 0 && <NoKeys filtered={Object.keys(filter).length > 0} />}
        {keys.length > 0 && <KeyList keys={keys} />}
        {query.hasNextPage && (
          <p className="border-t border-line p-2 text-center">
            <button
              type="button"
              className="button"
              disabled={query.isFetchingNextPage}
              onClick={() => void query.fetchNextPage()}
            >
              {query.isFetchingNextPage ? <Trans>Loading…</Trans> : <Trans>More keys</Trans>}
            </button>
          </p>
        )}
        {query.isError && keys.length > 0 && (
          <div className="border-t border-line p-3">
            <Failure
              title={<Trans>The keys could not be read</Trans>}
              error={query.error}
              onRetry={() => void query.fetchNextPage()}
            />
          </div>
        )}
      </section>
    </>
  )
}

function NewKeyLink() {
  return (
    <Link to="/keys/new" className="button button-primary">
      <PlusIcon />
      <Trans>New key</Trans>
    </Link>
  )
}

function NoKeys({ filtered }: { readonly filtered: boolean }) {
  if (filtered)
    return (
      <Empty title={<Trans>No key matches these filters</Trans>}>
        <Link to="/keys" search={{}} className="button">
          <Trans>Show all keys</Trans>
        </Link>
      </Empty>
    )
  return (
    <Empty title={<Trans>No key yet</Trans>}>
      <p>
        <Trans>
          The gateway answers every program on its own machine and refuses to listen to any other. The first
          key ends that: from then on every request needs one.
        </Trans>
      </p>
      <p>
        <Link to="/keys/new" className="button button-primary">
          <Trans>Make the first key</Trans>
        </Link>
      </p>
    </Empty>
  )
}
