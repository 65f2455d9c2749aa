import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'
import { keyFilterOfSearch } from './api/key-filter.ts'
import { filterOfSearch } from './api/request-filter.ts'
import { spendChoiceOfSearch } from './api/spend-choice.ts'
import { NotFound } from './shell/not-found.tsx'
import { RouteFailure } from './shell/route-failure.tsx'
import { Shell } from './shell/shell.tsx'

const rootRoute = createRootRoute({ component: Shell, notFoundComponent: NotFound })

export const liveRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  validateSearch: filterOfSearch,
  component: lazyRouteComponent(() => import('./live/live-screen.tsx'), 'LiveScreen'),
})

export const requestRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/requests/$id',
  component: lazyRouteComponent(() => import('./request/request-screen.tsx'), 'RequestScreen'),
})

export const playgroundRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/playground',
  validateSearch: (search: Record<string, unknown>): { model?: string } =>
    typeof search['model'] === 'string' ? { model: search['model'] } : {},
  component: lazyRouteComponent(() => import('./playground/playground-screen.tsx'), 'PlaygroundScreen'),
})

export const modelsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/models',
  component: lazyRouteComponent(() => import('./models/models-screen.tsx'), 'ModelsScreen'),
})

const keysRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/keys',
  validateSearch: keyFilterOfSearch,
  component: lazyRouteComponent(() => import('./keys/keys-screen.tsx'), 'KeysScreen'),
})

const newKeyRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/keys/new',
  validateSearch: (search: Record<string, unknown>): { team?: string } =>
    typeof search['team'] === 'string' ? { team: search['team'] } : {},
  component: lazyRouteComponent(() => import('./keys/new-key-screen.tsx'), 'NewKeyScreen'),
})

const keyRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/keys/$id',
  component: lazyRouteComponent(() => import('./keys/key-screen.tsx'), 'KeyScreen'),
})

const teamsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/keys/teams',
  component: lazyRouteComponent(() => import('./keys/teams-screen.tsx'), 'TeamsScreen'),
})

const budgetsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/budgets',
  component: lazyRouteComponent(() => import('./budgets/budgets-screen.tsx'), 'BudgetsScreen'),
})

const spendRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/spend',
  validateSearch: spendChoiceOfSearch,
  component: lazyRouteComponent(() => import('./spend/spend-screen.tsx'), 'SpendScreen'),
})

const approvalsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/approvals',
  component: lazyRouteComponent(() => import('./approvals/approvals-screen.tsx'), 'ApprovalsScreen'),
})

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    liveRoute,
    requestRoute,
    playgroundRoute,
    modelsRoute,
    keysRoute,
    newKeyRoute,
    keyRoute,
    teamsRoute,
    budgetsRoute,
    spendRoute,
    approvalsRoute,
  ]),
  defaultPreload: 'intent',
  defaultErrorComponent: RouteFailure,
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
