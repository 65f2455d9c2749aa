import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'
import { filterOfSearch } from './api/request-filter.ts'
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

export const router = createRouter({
  routeTree: rootRoute.addChildren([liveRoute, requestRoute, playgroundRoute, modelsRoute]),
  defaultPreload: 'intent',
  defaultErrorComponent: RouteFailure,
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
