import { EnvHttpProxyAgent, request, type Dispatcher } from 'undici'
import { invalid, MusivumError } from '../../core/errors.ts'
import type { RemoteOptions } from '../remote-types.ts'
import { isLoopback } from '../source.ts'
import { connectionFailure, shownHost } from './remote-failure.ts'
import { drain, type RemoteReply, type ReplyHeaders } from './remote-reply.ts'

export type Ask = {
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  /** A redirect to another origin is an error: what it would say is not the hub's word. */
  readonly sameOrigin?: boolean
}

export type RemoteHttp = {
  /** The hub or its mirror, without a slash at the end. */
  readonly endpoint: string
  /** Whether a call to this address carries a token. */
  readonly hasToken: (url: string) => boolean
  /** Any status is an answer. @throws MusivumError `upstream.*`; what the signal was aborted with */
  readonly get: (url: string, ask?: Ask) => Promise<RemoteReply>
  readonly close: () => Promise<void>
}

/**
 * The one way out of `src/weights`. Refuses to exist offline, so no socket is opened and no name looked up. Follows
 * redirects itself: a token goes to the origin it belongs to and to no other, whatever a `Location` says.
 *
 * @param home the address that was asked for; a token given by name belongs to its origin
 * @throws MusivumError `request.invalid` when offline, or for an endpoint or a proxy that is no address
 */
export function openRemote(
  options: RemoteOptions,
  home: string | undefined,
  stallMs = DEFAULT_STALL_MS,
): RemoteHttp {
  if (options.offline) throw invalid(OFFLINE)
  const endpoint = endpointOf(options)
  const tokenFor = tokenRule(options, endpoint, home)
  const dispatcher = proxyAgent(options.env, stallMs)
  const follow = (url: string, ask: Ask): Promise<RemoteReply> => {
    const signal = ask.signal ?? options.signal
    return followed(url, ask, async (at) => {
      const headers = { ...USUAL_HEADERS, ...ask.headers, ...bearer(tokenFor(at)) }
      try {
        return await request(at, { dispatcher, headers, signal })
      } catch (thrown) {
        throw connectionFailure(thrown, at.host, signal)
      }
    })
  }
  return {
    endpoint,
    hasToken: (url) => tokenFor(new URL(url)) !== undefined,
    get: (url, ask = {}) => follow(url, ask),
    close: () => dispatcher.destroy(),
  }
}

const OFFLINE =
  'offline: nothing is fetched from other machines (--offline, MUSIVUM_OFFLINE=1 or `offline: true`); name a file: or ollama: source, or go online'

/** What a slow proxy or a hub under load takes for its first byte; a connection that is silent for longer is dead. */
export const DEFAULT_STALL_MS = 30_000

const CONNECT_MS = 10_000
/** Servers close idle connections after 5 s without saying so; ours go first. */
const KEEP_ALIVE_MS = 4_000

// A compressed range would not be the bytes of the file that were asked for.
const USUAL_HEADERS = { 'user-agent': 'musivum', 'accept-encoding': 'identity' }

const HUB = 'https://huggingface.co'

function endpointOf({ endpoint, env }: RemoteOptions): string {
  const text = endpoint ?? env['HF_ENDPOINT'] ?? ''
  if (text.trim() === '') return HUB
  const url = URL.canParse(text) ? new URL(text) : undefined
  const safe = url !== undefined && (url.protocol === 'https:' || isLoopbackHttp(url))
  if (!safe) throw invalid('HF_ENDPOINT: expected https://HOST of a hub (http: only on this machine)')
  if (url.username !== '' || url.password !== '')
    throw invalid('HF_ENDPOINT: holds a password; leave it out and put the token into HF_TOKEN')
  return (url.origin + url.pathname).replace(/\/+$/, '')
}

function isLoopbackHttp(url: URL): boolean {
  return url.protocol === 'http:' && isLoopback(url.hostname)
}

/**
 * The hub's token for the hub. A token that was named for an address elsewhere goes to that origin; the one in HF_TOKEN
 * never does, because every model card could otherwise collect tokens with a link.
 */
function tokenRule({ token, env }: RemoteOptions, endpoint: string, home: string | undefined) {
  const ofHub = plainToken(env['HF_TOKEN'] ?? env['HUGGING_FACE_HUB_TOKEN'])
  const given = plainToken(token)
  const hub = new URL(endpoint).origin
  const elsewhere = home === undefined ? undefined : new URL(home).origin
  return (url: URL): string | undefined => {
    if (url.origin === hub) return given ?? ofHub
    return url.origin === elsewhere && given !== ofHub ? given : undefined
  }
}

/** With what is around it in a file taken off. A line break inside would forge a header of its own. */
function plainToken(text: string | undefined): string | undefined {
  const token = text?.trim()
  if (token === undefined || token === '') return undefined
  if (!/^[\x21-\x7e]{1,4096}$/.test(token))
    throw invalid(
      'the token (HF_TOKEN, or the variable that --token-env names) holds characters that no token has',
    )
  return token
}

function bearer(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` }
}

function proxyAgent(env: RemoteOptions['env'], stallMs: number): Dispatcher {
  const setting = (name: string) => env[name.toLowerCase()] ?? env[name] ?? ''
  const all = setting('ALL_PROXY')
  try {
    return new EnvHttpProxyAgent({
      // Empty text, not undefined: else the library reads the process's own environment behind our back.
      httpProxy: setting('HTTP_PROXY') || all,
      httpsProxy: setting('HTTPS_PROXY') || all,
      noProxy: setting('NO_PROXY'),
      // One connection per range: two ranges of one HTTP/2 connection stall together.
      allowH2: false,
      connectTimeout: CONNECT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: stallMs,
      bodyTimeout: stallMs,
    })
  } catch (cause) {
    const line = 'HTTPS_PROXY, HTTP_PROXY or ALL_PROXY is no address of a proxy; expected http://HOST:PORT'
    throw new MusivumError('request.invalid', line, {}, { cause })
  }
}

/** The hub's own chains have two hops (renamed, then to the store behind it), those of mirrors four. */
const MAX_HOPS = 5

async function followed(
  start: string,
  ask: Ask,
  call: (url: URL) => Promise<Dispatcher.ResponseData>,
): Promise<RemoteReply> {
  let at = new URL(start)
  let first: ReplyHeaders | undefined
  for (let hop = 0; hop <= MAX_HOPS; hop += 1) {
    const { statusCode: status, headers, body } = await call(at)
    first ??= headers
    const to = REDIRECTS.has(status) ? headers['location'] : undefined
    if (typeof to !== 'string') return { status, headers, body, url: at.href, firstHeaders: first }
    await drain({ body })
    at = redirected(at, to, ask)
  }
  throw redirectFailure(at, `redirects more than ${MAX_HOPS} times`)
}

const REDIRECTS = new Set([301, 302, 303, 307, 308])

function redirected(from: URL, location: string, { sameOrigin = false }: Ask): URL {
  const to = URL.parse(location, from.href)
  if (to === null) throw redirectFailure(from, 'redirects to something that is no address')
  if (sameOrigin && to.origin !== from.origin)
    throw redirectFailure(from, `redirects its API to another host, ${shownHost(to.host)}`)
  if (to.username !== '' || to.password !== '')
    throw redirectFailure(from, 'redirects to an address with a password')
  // From outside to this machine: a page that makes us call what only we can reach.
  const safe = isLoopback(to.hostname) ? isLoopback(from.hostname) : to.protocol === 'https:'
  if (!safe)
    throw redirectFailure(from, `redirects to ${to.protocol}//${shownHost(to.host)}, which is not safe`)
  return to
}

function redirectFailure({ host }: URL, what: string): MusivumError {
  return new MusivumError('upstream.bad_answer', `${shownHost(host)} ${what}; nothing was fetched.`, { host })
}
