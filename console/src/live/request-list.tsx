import { Trans, useLingui } from '@lingui/react/macro'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore, type ReactNode } from 'react'
import type { RequestRow } from '../api/admin.ts'
import { useShortcut } from '../shell/shortcut-keys.ts'
import { COLUMNS, RequestLine } from './request-line.tsx'

type RequestListProps = {
  readonly rows: readonly RequestRow[]
  readonly more: boolean
  readonly loadingMore: boolean
  readonly onMore: () => void
}

const WIDE_ROW_PX = 36
const NARROW_ROW_PX = 64
// Fetch the next page when this many rows are left below the screen.
const AHEAD = 12

/** A table of any length: only the rows on screen are in the page, and each says which row of how many it is. */
export function RequestList({ rows, more, loadingMore, onMore }: RequestListProps) {
  const { t } = useLingui()
  const body = useRef<HTMLDivElement>(null)
  const rowPx = useNarrow() ? NARROW_ROW_PX : WIDE_ROW_PX
  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => rowPx,
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: 8,
    scrollMargin: useOffsetTop(body),
  })
  useEffect(() => virtualizer.measure(), [virtualizer, rowPx])
  const items = virtualizer.getVirtualItems()
  const last = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (more && !loadingMore && last >= rows.length - AHEAD) onMore()
  }, [more, loadingMore, last, rows.length, onMore])
  useRowKeys(body)

  return (
    <>
      <div role="table" aria-label={t`Requests`} aria-rowcount={more ? -1 : rows.length + 1}>
        <Heading />
        <div ref={body} role="rowgroup" className="relative" style={{ height: virtualizer.getTotalSize() }}>
          {items.map((item) => {
            const row = rows[item.index]
            if (row === undefined) return null
            return (
              <RequestLine
                key={item.key}
                row={row}
                index={item.index}
                offsetPx={item.start - virtualizer.options.scrollMargin}
                heightPx={rowPx}
              />
            )
          })}
        </div>
      </div>
      <p role="status" className="border-t border-line px-3 py-2 text-center text-sm text-faint">
        {more ? <Trans>Loading older requests…</Trans> : <Trans>This is the first request in the log.</Trans>}
      </p>
    </>
  )
}

function Heading() {
  return (
    <div role="rowgroup" className="sticky top-13 z-10 rounded-t-lg bg-surface max-lg:sr-only">
      <div role="row" aria-rowindex={1} className={`${COLUMNS} h-9 items-center border-b border-line`}>
        <Column>
          <Trans>Time</Trans>
        </Column>
        <Column>
          <Trans>Status</Trans>
        </Column>
        <Column>
          <Trans>Model</Trans>
        </Column>
        <Column end>
          <Trans>Tokens in / out</Trans>
        </Column>
        <Column end>
          <Trans>Cost</Trans>
        </Column>
        <Column end>
          <Trans>Duration</Trans>
        </Column>
        <Column end>
          <Trans>First byte</Trans>
        </Column>
        <Column end>
          <Trans>Our overhead</Trans>
        </Column>
      </div>
    </div>
  )
}

function Column({ children, end = false }: { readonly children: ReactNode; readonly end?: boolean }) {
  return (
    <div role="columnheader" className={`caption truncate ${end ? 'text-end' : ''}`}>
      {children}
    </div>
  )
}

/** `j` and `k` walk the links of the list; the virtual rows around the focus are always in the page. */
function useRowKeys(body: React.RefObject<HTMLDivElement | null>): void {
  function step(by: 1 | -1): void {
    const links = [...(body.current?.querySelectorAll<HTMLAnchorElement>('a[data-row]') ?? [])]
    const at = links.findIndex((link) => link === document.activeElement)
    const next = at === -1 ? links.find((link) => link.getBoundingClientRect().top > 0) : links[at + by]
    next?.focus()
    next?.scrollIntoView({ block: 'nearest' })
  }
  useShortcut('j', () => step(1))
  useShortcut('k', () => step(-1))
}

const narrow = '(width < 64rem)'

function useNarrow(): boolean {
  return useSyncExternalStore(
    (changed) => {
      const query = matchMedia(narrow)
      query.addEventListener('change', changed)
      return () => query.removeEventListener('change', changed)
    },
    () => matchMedia(narrow).matches,
  )
}

/** Where the list begins in the page: the chart above opens, banners come and go, so it is measured on every change of the page's size. */
function useOffsetTop(element: React.RefObject<HTMLElement | null>): number {
  const [top, setTop] = useState(0)
  useLayoutEffect(() => {
    function measure(): void {
      if (element.current !== null) setTop(element.current.getBoundingClientRect().top + scrollY)
    }
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(document.body)
    return () => observer.disconnect()
  }, [element])
  return top
}
