import { Trans, useLingui } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { Link, useRouterState } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { stateQuery } from '../api/queries.ts'
import { useMayRead, useSession } from '../api/use-session.ts'
import { Ltr } from '../parts/ltr.tsx'
import { Who } from '../session/who.tsx'
import { ConnectionState } from './connection-state.tsx'
import { LanguageSwitch } from './language-switch.tsx'
import { Logo } from './logo.tsx'
import { Shortcuts } from './shortcuts.tsx'
import { ThemeSwitch } from './theme-switch.tsx'

export function Header() {
  const { refusal } = useSession()
  return (
    <header className="sticky top-0 z-30 border-b border-line bg-surface">
      <div className="mx-auto flex max-w-[90rem] flex-wrap items-center gap-x-2 px-3 sm:gap-x-4 sm:px-6 lg:h-13 lg:flex-nowrap">
        <Brand />
        {refusal === null && <Navigation />}
        <div className="ms-auto flex items-center gap-1.5 py-2 sm:gap-3">
          {refusal === null && <ConnectionState />}
          <LanguageSwitch />
          <Shortcuts />
          {refusal === null && <Who />}
        </div>
        <div className="order-last ms-auto lg:order-none lg:ms-0">
          <ThemeSwitch />
        </div>
      </div>
    </header>
  )
}

function Brand() {
  const { data: state } = useQuery(stateQuery)
  return (
    <Link to="/" className="flex min-h-8 items-center gap-2 pe-1">
      <Logo className="size-6" />
      <span className="text-lg font-semibold tracking-tight">Musivum</span>
      {state !== undefined && (
        <Ltr className="font-mono text-xs text-faint max-sm:hidden">{state.version}</Ltr>
      )}
    </Link>
  )
}

/** Where it does not fit it can be pushed sideways; the screen that is up is always in sight. */
function Navigation() {
  const { t } = useLingui()
  const nav = useRef<HTMLElement>(null)
  const mayRead = useMayRead()
  const path = useRouterState({ select: (state) => state.resolvedLocation?.pathname })
  useEffect(() => {
    nav.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [path])
  return (
    <nav
      ref={nav}
      aria-label={t`Main`}
      className="order-last -ms-2 min-w-0 overflow-x-auto max-lg:basis-[calc(100%-7rem)] [scrollbar-width:none] lg:order-none lg:ms-2"
    >
      <ul className="flex w-max">
        <NavigationItem to="/" exact>
          <Trans>Live</Trans>
        </NavigationItem>
        <NavigationItem to="/playground">
          <Trans>Playground</Trans>
        </NavigationItem>
        <NavigationItem to="/models">
          <Trans>Models</Trans>
        </NavigationItem>
        <NavigationItem to="/keys">
          <Trans>Keys</Trans>
        </NavigationItem>
        <NavigationItem to="/budgets">
          <Trans>Budgets</Trans>
        </NavigationItem>
        <NavigationItem to="/spend">
          <Trans>Spend</Trans>
        </NavigationItem>
        {mayRead && (
          <NavigationItem to="/approvals">
            <Trans>Approvals</Trans>
          </NavigationItem>
        )}
      </ul>
    </nav>
  )
}

type NavigationItemProps = {
  readonly to: '/' | '/playground' | '/models' | '/keys' | '/budgets' | '/spend' | '/approvals'
  /** Only this address, and none under it. */
  readonly exact?: boolean
  readonly children: React.ReactNode
}

function NavigationItem({ to, exact = false, children }: NavigationItemProps) {
  return (
    <li>
      <Link
        to={to}
        activeOptions={{ exact, includeSearch: false }}
        className="relative flex h-10 items-center px-2 -outline-offset-2! text-soft hover:text-ink aria-[current]:font-medium aria-[current]:text-ink aria-[current]:after:absolute aria-[current]:after:inset-x-2 aria-[current]:after:bottom-0 aria-[current]:after:h-0.5 aria-[current]:after:bg-lapis lg:h-13"
      >
        {children}
      </Link>
    </li>
  )
}
