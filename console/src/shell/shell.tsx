import { Trans } from '@lingui/react/macro'
import { useQueryClient } from '@tanstack/react-query'
import { Outlet, useRouterState } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useRef } from 'react'
import { useLiveQueries } from '../api/live.ts'
import { useSession } from '../api/use-session.ts'
import { OpenNotice } from '../session/open-notice.tsx'
import { ReadOnlyNote } from '../session/who.tsx'
import { Banners } from './banners.tsx'
import { Footer } from './footer.tsx'
import { Header } from './header.tsx'

const SignIn = lazy(() => import('../session/sign-in.tsx').then((module) => ({ default: module.SignIn })))

export function Shell() {
  useLiveQueries()
  useFreshQueries()
  const { refusal } = useSession()
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
      {refusal === null && <OpenNotice />}
      <main
        ref={main}
        id="main"
        tabIndex={-1}
        className="mx-auto w-full max-w-[90rem] flex-1 px-3 py-5 outline-none sm:px-6"
      >
        {refusal === null ? (
          <>
            <ReadOnlyNote />
            <Outlet />
          </>
        ) : (
          <Suspense>
            <SignIn refusal={refusal} />
          </Suspense>
        )}
      </main>
      <Footer />
    </div>
  )
}

/** What was asked under another key, or refused without one, is asked again under this one. */
function useFreshQueries(): void {
  const client = useQueryClient()
  const { key } = useSession()
  const last = useRef(key)
  useEffect(() => {
    if (key !== null && last.current !== key) void client.invalidateQueries()
    last.current = key
  }, [client, key])
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
