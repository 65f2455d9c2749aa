import { Trans } from '@lingui/react/macro'
import { Outlet, useRouterState } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { useLiveQueries } from '../api/live.ts'
import { Banners } from './banners.tsx'
import { Footer } from './footer.tsx'
import { Header } from './header.tsx'

export function Shell() {
  useLiveQueries()
  const main = useFocusOnNavigation()
  return (
    <div className="flex min-h-dvh flex-col">
      <a
        href="#main"
        className="button button-primary fixed start-3 top-3 z-50 -translate-y-16 focus:translate-y-0"
        onClick={() => main.current?.focus()}
      >
        <Trans>Skip to content</Trans>
      </a>
      <Header />
      <Banners />
      <main
        ref={main}
        id="main"
        tabIndex={-1}
        className="mx-auto w-full max-w-[90rem] flex-1 px-3 py-5 outline-none sm:px-6"
      >
        <Outlet />
      </main>
      <Footer />
    </div>
  )
}

/** After a change of page the focus goes to the content; without this a screen reader stays silent on the old link. */
function useFocusOnNavigation() {
  const main = useRef<HTMLElement>(null)
  const path = useRouterState({ select: (state) => state.resolvedLocation?.pathname })
  const last = useRef(path)
  useEffect(() => {
    if (last.current !== undefined && last.current !== path) main.current?.focus({ preventScroll: true })
    last.current = path
  }, [path])
  return main
}
