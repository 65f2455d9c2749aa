import type { IncomingMessage, ServerResponse } from 'node:http'
import { MusivumError } from '../core/errors.ts'

export type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  parameters: RouteParameters,
) => void | Promise<void>

export type RouteParameters = {
  readonly path: Readonly<Record<string, string>>
  readonly query: URLSearchParams
}

/** `path` may hold one `{name}`: a segment in the middle, or everything to the end, where names of models have slashes. */
export type Route = {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly handler: Handler
}

export type RouteTable = {
  readonly exact: ReadonlyMap<string, readonly Route[]>
  /** Longer ones first: `/a/{id}/b` is more than `/a/{id}`. */
  readonly patterns: readonly Pattern[]
  /** Answers every GET outside /v1 and /api: the console's files. */
  readonly fallback: Handler
}

type Pattern = {
  readonly path: string
  readonly before: string
  readonly name: string
  readonly after: string
  readonly routes: readonly Route[]
}

export type FoundRoute = { readonly handler: Handler; readonly parameters: RouteParameters }

export function routeTable(routes: readonly Route[], fallback: Handler): RouteTable {
  const exact = new Map<string, readonly Route[]>()
  const patterns = new Map<string, Pattern>()
  for (const route of routes) {
    const [, before, name, after] = /^(.*\/)\{(\w+)\}(.*)$/.exec(route.path) ?? []
    if (before === undefined || name === undefined || after === undefined) {
      exact.set(route.path, [...(exact.get(route.path) ?? []), route])
      continue
    }
    const same = patterns.get(route.path)?.routes ?? []
    patterns.set(route.path, { path: route.path, before, name, after, routes: [...same, route] })
  }
  const longerFirst = [...patterns.values()].toSorted((a, b) => b.path.length - a.path.length)
  return { exact, patterns: longerFirst, fallback }
}

/** The handler for a request line, or `request.not_found` / `request.method`. */
export function findRoute(table: RouteTable, method: string, url: string): FoundRoute {
  const questionMark = url.indexOf('?')
  const path = questionMark === -1 ? url : url.slice(0, questionMark)
  const query = questionMark === -1 ? NO_QUERY : new URLSearchParams(url.slice(questionMark + 1))
  const exact = table.exact.get(path)
  if (exact !== undefined)
    return { handler: byMethod(exact, method, path).handler, parameters: { path: {}, query } }
  for (const { before, name, after, routes } of table.patterns) {
    if (!path.startsWith(before) || !path.endsWith(after)) continue
    const value = path.slice(before.length, path.length - after.length)
    if (value === '' || (after !== '' && value.includes('/'))) continue
    return {
      handler: byMethod(routes, method, path).handler,
      parameters: { path: { [name]: decode(value) }, query },
    }
  }
  const forConsole = !/^\/(v1|api)(\/|$)/.test(path) && (method === 'GET' || method === 'HEAD')
  if (forConsole) return { handler: table.fallback, parameters: { path: { file: decode(path) }, query } }
  throw new MusivumError(
    'request.not_found',
    `There is no ${method.slice(0, 10)} ${path.slice(0, 100)} here.${hint(path)}`,
  )
}

const NO_QUERY = new URLSearchParams()

function byMethod(routes: readonly Route[], method: string, path: string): Route {
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
