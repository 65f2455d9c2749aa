import type { IncomingHttpHeaders } from 'node:http'
import { MusivumError } from '../../core/errors.ts'

/**
 * The key of a request, from the header that its client uses: `Authorization: Bearer`, or what the clients of Anthropic,
 * Azure and Google send. The first that is there counts.
 */
export function credentialOf(headers: IncomingHttpHeaders): string | undefined {
  const bearer = bearerOf(headers.authorization)
  if (bearer !== undefined) return bearer
  for (const name of OTHER_HEADERS) {
    const value = headers[name]
    if (typeof value === 'string' && value !== '') return value
  }
  return undefined
}

const OTHER_HEADERS = ['x-api-key', 'api-key', 'x-goog-api-key'] as const
const BEARER = 'bearer '

/** Another scheme is not for us: a proxy in front may have a password of its own. */
function bearerOf(authorization = ''): string | undefined {
  if (authorization.slice(0, BEARER.length).toLowerCase() !== BEARER) return undefined
  const token = authorization.slice(BEARER.length).trim()
  return token === '' ? undefined : token
}

/**
 * Refuses a key in the query, which stays in the history of browsers and the logs of every proxy on the way. The public id
 * of a key, by which the request log is searched, is none.
 */
export function refuseKeyInUrl(url: string): void {
  const questionMark = url.indexOf('?')
  if (questionMark === -1) return
  for (const [name, value] of new URLSearchParams(url.slice(questionMark + 1))) {
    if (!QUERY_NAMES.has(name.toLowerCase()) || PUBLIC_ID.test(value)) continue
    throw new MusivumError(
      'request.invalid',
      'A key does not belong into the URL, which browsers and proxies write down. Send it as the header "Authorization: Bearer …", and rotate this one.',
    )
  }
}

const QUERY_NAMES: ReadonlySet<string> = new Set(
  'key api_key api-key apikey access_token token x-api-key authorization'.split(' '),
)
const PUBLIC_ID = /^(mv-[0-9a-z]{10})?$/
