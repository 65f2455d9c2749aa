import { Trans, useLingui } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { stateQuery } from '../api/queries.ts'
import { Ltr } from '../parts/ltr.tsx'
import { ConnectionState } from './connection-state.tsx'
import { LanguageSwitch } from './language-switch.tsx'
import { Logo } from './logo.tsx'
import { Shortcuts } from './shortcuts.tsx'
import { ThemeSwitch } from './theme-switch.tsx'

export function Header() {
  return (
    <header className="sticky top-0 z-30 border-b border-line bg-surface">
      <div className="mx-auto flex max-w-[90rem] flex-wrap items-center gap-x-2 px-3 sm:gap-x-4 sm:px-6 lg:h-13 lg:flex-nowrap">
        <Brand />
        <Navigation />
        <div className="ms-auto flex items-center gap-1.5 py-2 sm:gap-3">
          <ConnectionState />
          <LanguageSwitch />
          <Shortcuts />
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

function Navigation() {
  const { t } = useLingui()
  return (
    <nav aria-label={t`Main`} className="order-last -ms-2 lg:order-none lg:ms-2">
      <ul className="flex">
        <NavigationItem to="/">
          <Trans>Live</Trans>
        </NavigationItem>
        <NavigationItem to="/playground">
          <Trans>Playground</Trans>
        </NavigationItem>
        <NavigationItem to="/models">
          <Trans>Models</Trans>
        </NavigationItem>
      </ul>
    </nav>
  )
}

type NavigationItemProps = {
  readonly to: '/' | '/playground' | '/models'
  readonly children: React.ReactNode
}

function NavigationItem({ to, children }: NavigationItemProps) {
  return (
    <li>
      <Link
        to={to}
        activeOptions={{ exact: true, includeSearch: false }}
        className="relative flex h-10 items-center px-2 text-soft hover:text-ink aria-[current]:font-medium aria-[current]:text-ink aria-[current]:after:absolute aria-[current]:after:inset-x-2 aria-[current]:after:-bottom-px aria-[current]:after:h-0.5 aria-[current]:after:bg-lapis lg:h-13"
      >
        {children}
      </Link>
    </li>
  )
}
