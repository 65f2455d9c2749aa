import type { IncomingMessage, ServerResponse } from 'node:http'
import { MusivumError } from '../core/errors.ts'
import { anonymous, type Principal, type Role } from '../core/principal.ts'
import type { ErrorWords } from './dialects/error-words.ts'

export type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  parameters: RouteParameters,
) => void | Promise<void>

export type RouteParameters = Place & {
  /** Who asks; `anonymous` where nobody had to say. */
  readonly principal: Principal
}

/** What the URL says beside the path of the route. */
export type Place = {
  readonly path: Readonly<Record<string, string>>
  readonly query: URLSearchParams
}

/** A handler behind its door: whoever may not come in gets his answer there, and the handler never runs. */
export type Entrance = (
  request: IncomingMessage,
  response: ServerResponse,
  place: Place,
) => void | Promise<void>

/**
 * Who may come in: `open` is everyone, without a key; any other word is the least of the roles that are let in, once there
 * are keys. A route without it does not compile.
 */
export type Access = 'open' | Role

/** `path` may hold one `{name}`: a segment in the middle, or everything to the end, where names of models have slashes. */
export type Route = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly access: Access
  readonly handler: Handler
  /** It stays open for as long as its client wants: ended when the key is revoked. */
  readonly openEnded?: true
  /** How its clients are told why they may not come in. Default: in OpenAI's words. */
  readonly errors?: ErrorWords
}

export type RouteTable = {
  readonly exact: ReadonlyMap<string, readonly Guarded[]>
  /** Longer ones first: `/a/{id}/b` is more than `/a/{id}`. */
  readonly patterns: readonly Pattern[]
  /** Answers every GET outside /v1 and /api: the console's files, which are open. */
  readonly fallback: Entrance
}

type Guarded = { readonly method: Route['method']; readonly entrance: Entrance }

type Pattern = {
  readonly path: string
  readonly before: string
  readonly name: string
  readonly after: string
  readonly routes: readonly Guarded[]
}

export type FoundRoute = { readonly handler: Entrance; readonly parameters: Place }

/** `guard` puts each route behind its door; no handler is reached in any other way. */
export function routeTable(
  routes: readonly Route[],
  fallback: Handler,
  guard: (route: Route) => Entrance,
): RouteTable {
  const exact = new Map<string, readonly Guarded[]>()
  const patterns = new Map<string, Pattern>()
  for (const route of routes) {
    const guarded = { method: route.method, entrance: guard(route) }
    const [, before, name, after] = /^(.*\/)\{(\w+)\}(.*)$/.exec(route.path) ?? []
    if (before === undefined || name === undefined || after === undefined) {
      exact.set(route.path, [...(exact.get(route.path) ?? []), guarded])
      continue
    }
    const same = patterns.get(route.path)?.routes ?? []
    patterns.set(route.path, { path: route.path, before, name, after, routes: [...same, guarded] })
  }
  const longerFirst = [...patterns.values()].toSorted((a, b) => b.path.length - a.path.length)
  const open: Entrance = (request, response, place) =>
    fallback(request, response, { ...place, principal: anonymous })
  return { exact, patterns: longerFirst, fallback: open }
}

/** The handler for a request line, or `request.not_found` / `request.method`. */
export function findRoute(table: RouteTable, method: string, url: string): FoundRoute {
  const questionMark = url.indexOf('?')
  const path = questionMark === -1 ? url : url.slice(0, questionMark)
  const query = questionMark === -1 ? NO_QUERY : new URLSearchParams(url.slice(questionMark + 1))
  const exact = table.exact.get(path)
  if (exact !== undefined)
    return { handler: byMethod(exact, method, path).entrance, parameters: { path: {}, query } }
  for (const { before, name, after, routes } of table.patterns) {
    if (!path.startsWith(before) || !path.endsWith(after)) continue
    const value = path.slice(before.length, path.length - after.length)
    if (value === '' || (after !== '' && value.includes('/'))) continue
    return {
      handler: byMethod(routes, method, path).entrance,
      parameters: { path: { [name]: decode(value) }, query },
    }
  }
  // `//api`, `http://elsewhere/api` and `*` are ways of saying a path that somebody in front of us may read as another one.
  const plain = /^\/(?!\/)/.test(path) && !/^\/(v1|api)(\/|$)/i.test(path)
  const forConsole = plain && (method === 'GET' || method === 'HEAD')
  if (forConsole) return { handler: table.fallback, parameters: { path: { file: decode(path) }, query } }
  throw new MusivumError(
    'request.not_found',
    `There is no ${method.slice(0, 10)} ${path.slice(0, 100)} here.${hint(path)}`,
  )
}

const NO_QUERY = new URLSearchParams()

function byMethod(routes: readonly Guarded[], method: string, path: string): Guarded {
  const route = routes.find((candidate) => candidate.method === method)
  if (route !== undefined) return route
  const allow = routes.map((candidate) => candidate.method).join(', ')
  throw new MusivumError('request.method', `${path} takes ${allow}, not ${method.slice(0, 10)}.`, { allow })
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw new MusivumError(
      'request.invalid',
      'The path holds a percent sign that encodes nothing.',
      {},
      { cause },
    )
  }
}

/** The mistake every OpenAI client makes once: a base URL without /v1. */
function hint(path: string): string {
  return /^\/(chat\/completions|embeddings|models)\b/.test(path) ? ' Does the base URL end in /v1?' : ''
}
