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

/** `path` may end in one `{name}` segment. */
export type Route = { readonly method: 'GET' | 'POST'; readonly path: string; readonly handler: Handler }

export type RouteTable = {
  readonly exact: ReadonlyMap<string, readonly Route[]>
  readonly prefixes: readonly { readonly prefix: string; readonly name: string; readonly route: Route }[]
  /** Answers every GET outside /v1 and /api: the console's files. */
  readonly fallback: Handler
}

export type FoundRoute = { readonly handler: Handler; readonly parameters: RouteParameters }

export function routeTable(routes: readonly Route[], fallback: Handler): RouteTable {
  const exact = new Map<string, Route[]>()
  const prefixes = []
  for (const route of routes) {
    const parameter = /^(.*\/)\{(\w+)\}$/.exec(route.path)
    if (parameter?.[1] !== undefined && parameter[2] !== undefined) {
      prefixes.push({ prefix: parameter[1], name: parameter[2], route })
    } else {
      exact.set(route.path, [...(exact.get(route.path) ?? []), route])
    }
  }
  return { exact, prefixes, fallback }
}

/** The handler for a request line, or `request.not_found` / `request.method`. */
export function findRoute(table: RouteTable, method: string, url: string): FoundRoute {
  const questionMark = url.indexOf('?')
  const path = questionMark === -1 ? url : url.slice(0, questionMark)
  const query = questionMark === -1 ? NO_QUERY : new URLSearchParams(url.slice(questionMark + 1))
  const exact = table.exact.get(path)
  if (exact !== undefined)
    return { handler: byMethod(exact, method, path).handler, parameters: { path: {}, query } }
  for (const { prefix, name, route } of table.prefixes) {
    if (!path.startsWith(prefix) || path.length === prefix.length) continue
    const value = decode(path.slice(prefix.length))
    return {
      handler: byMethod([route], method, path).handler,
      parameters: { path: { [name]: value }, query },
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
