import { useInfiniteQuery } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useState } from 'react'
import type { RequestRow } from '../api/admin.ts'
import { liveConnection } from '../api/live.ts'
import { requestsQuery } from '../api/queries.ts'
import { matches, type RequestFilter } from '../api/request-filter.ts'
import { arrivedRow, mergedRows, NO_ARRIVALS, revealed, type Arrivals } from './arrivals.ts'

/**
 * The list as it should be drawn: pages from the log, with what arrived since on top. While `held` (paused, or the
 * reader has scrolled into the past) arrivals wait and are counted, so that nothing moves under the eyes.
 */
export function useLiveRequests(filter: RequestFilter, held: boolean) {
  const query = useInfiniteQuery(requestsQuery(filter))
  const [arrivals, setArrivals] = useState<Arrivals>(NO_ARRIVALS)

  useEffect(() => {
    setArrivals(NO_ARRIVALS)
    return liveConnection().listen({
      request: (row: RequestRow) => {
        if (matches(filter, row)) setArrivals((before) => arrivedRow(before, row))
      },
      // The pages are fetched again after a gap and hold what was missed.
      resumed: () => setArrivals(NO_ARRIVALS),
    })
  }, [filter])

  useEffect(() => {
    if (!held) setArrivals(revealed)
  }, [held, arrivals.waiting.length])

  const rows = useMemo(
    () => mergedRows(arrivals.shown, query.data?.pages.flatMap((page) => page.rows) ?? []),
    [arrivals.shown, query.data],
  )
  const reveal = useCallback(() => setArrivals(revealed), [])
  return { query, rows, waiting: arrivals.waiting.length, reveal }
}
