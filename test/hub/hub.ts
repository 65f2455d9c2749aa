import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { commitOf, pointerOf, sha256Of, treeEntry, type HubRepository } from './repository.ts'
import { serveBytes } from './serve-bytes.ts'
import type { Troubles } from './troubles.ts'

export type HubRequest = {
  /** The hub itself, or the store on another host that it sends to for large files. */
  readonly at: 'hub' | 'store'
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
}

export type Hub = {
  /** What HF_ENDPOINT is set to. */
  readonly url: string
  readonly storeUrl: string
  readonly hubPort: number
  readonly storePort: number
  /** Everything that was asked, oldest first. */
  readonly requests: readonly HubRequest[]
  /** Bytes of files that went out. */
  readonly sentBytes: () => number
  readonly troubles: Troubles
  /** Puts a repository there, or another content in its place. */
  readonly put: (repository: HubRepository) => void
  readonly rename: (from: string, to: string) => void
  readonly close: () => Promise<void>
}

/** To speak TLS under names that only a proxy can find. */
export type HubTls = {
  readonly key: string
  readonly cert: string
  readonly hubName: string
  readonly storeName: string
}

/** A token of the double; every other is refused. */
export const HUB_TOKEN = 'hf_0123456789abcdefABCDEF0123456789ab'
/** A good token whose account is on no list. */
export const STRANGER_TOKEN = 'hf_strangerstrangerstrangerstranger00'

/**
 * The Hub's real API on loopback, with a second server in the place of the stores behind it. Shapes, headers and words
 * of https://huggingface.co/docs/hub/api and of what its own client reads (`x-error-code`, `x-linked-etag`, …).
 */
export async function startHub(repositories: readonly HubRepository[] = [], tls?: HubTls): Promise<Hub> {
  const state = new HubState()
  for (const repository of repositories) state.put(repository)
  const hub = serverOf(tls, (request, response) => {
    state.record('hub', request)
    answerHub(state, request, response)
  })
  const store = serverOf(tls, (request, response) => {
    state.record('store', request)
    void answerStore(state, request, response)
  })
  const [hubPort, storePort] = [await listening(hub), await listening(store)]
  state.storeUrl = tls === undefined ? `http://127.0.0.1:${storePort}` : `https://${tls.storeName}`
  return {
    url: tls === undefined ? `http://127.0.0.1:${hubPort}` : `https://${tls.hubName}`,
    storeUrl: state.storeUrl,
    hubPort,
    storePort,
    requests: state.requests,
    sentBytes: () => state.sentBytes,
    troubles: state.troubles,
    put: (repository) => state.put(repository),
    rename: (from, to) => void state.renamed.set(from, to),
    close: async () => {
      await Promise.all([closed(hub), closed(store)])
    },
  }
}

class HubState {
  readonly repositories = new Map<string, HubRepository>()
  readonly renamed = new Map<string, string>()
  readonly contents = new Map<string, Uint8Array>()
  readonly linkUses = new Map<string, number>()
  readonly requests: HubRequest[] = []
  readonly troubles: Troubles = {}
  sentBytes = 0
  links = 0
  storeUrl = ''

  put(repository: HubRepository): void {
    this.repositories.set(repository.id, repository)
    for (const content of repository.files.values()) this.contents.set(sha256Of(content), content)
  }

  record(at: HubRequest['at'], { method = '', url = '', headers }: IncomingMessage): void {
    this.requests.push({ at, method, path: url, headers })
  }

  /** One answer fewer of those that are refused. */
  refusal(at: 'api' | 'resolve' | 'store') {
    const { refuses } = this.troubles
    if (refuses === undefined || refuses.at !== at || refuses.times <= 0) return undefined
    refuses.times -= 1
    return refuses
  }
}

function answerHub(state: HubState, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://hub')
  const api = /^\/api\/models\/([^/]+\/[^/]+)\/(revision|tree)\/([^/]+)$/.exec(pathname)
  const cached = /^\/api\/resolve-cache\/models\/([^/]+\/[^/]+)\/([^/]+)\/(.+)$/.exec(pathname)
  const file = /^\/([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(pathname)
  const [, id = '', second = '', third = ''] = api ?? cached ?? file ?? []
  const refusal = state.refusal(api === null ? 'resolve' : 'api')
  if (refusal !== undefined) return refused(response, refusal.status, refusal.headers)
  const now = state.renamed.get(id)
  if (now !== undefined) return moved(response, (request.url ?? '').replace(id, now))
  const repository = state.repositories.get(id)
  const token = request.headers.authorization?.replace(/^Bearer /, '')
  const door = doorOf(repository, token, api === null)
  if (door !== undefined) return refused(response, door.status, door.headers, door.message)
  if (repository === undefined) return refused(response, 404, {}, 'Not Found')
  const revision = api === null ? second : decodeURIComponent(third)
  if (revision !== 'main' && revision !== 'refs/pr/1' && revision !== commitOf(repository))
    return refused(response, 404, { 'x-error-code': 'RevisionNotFound' }, `Invalid rev id: ${revision}`)
  if (api !== null)
    return second === 'tree'
      ? sendTree(state, repository, searchParams, request, response)
      : sendInfo(repository, response)
  return sendFile(state, repository, decodeURIComponent(third), cached !== null, request, response)
}

type Door = { readonly status: number; readonly headers: Record<string, string>; readonly message: string }

/** 401 stands for three things: no such repository, a private one, a gated one. The words tell them apart. */
function doorOf(
  repository: HubRepository | undefined,
  token: string | undefined,
  file: boolean,
): Door | undefined {
  const known = token === HUB_TOKEN || token === STRANGER_TOKEN
  if (token !== undefined && !known)
    return { status: 401, headers: {}, message: 'Invalid credentials in Authorization header' }
  if (repository === undefined || (repository.private === true && token !== HUB_TOKEN))
    return token === undefined
      ? { status: 401, headers: {}, message: 'Invalid username or password.' }
      : { status: 404, headers: { 'x-error-code': 'RepoNotFound' }, message: 'Repository not found' }
  if (repository.gated === undefined || token === HUB_TOKEN || !file) return undefined
  const restricted = `Access to model ${repository.id} is restricted`
  const headers = { 'x-error-code': 'GatedRepo' }
  return token === undefined
    ? {
        status: 401,
        headers,
        message: `${restricted}. You must have access to it and be authenticated to access it. Please log in.`,
      }
    : {
        status: 403,
        headers,
        message: `${restricted} and you are not in the authorized list. Visit https://huggingface.co/${repository.id} to ask for access.`,
      }
}

function refused(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>> = {},
  message = 'Something went wrong',
): void {
  const body = JSON.stringify({ error: message })
  response
    .writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      'x-error-message': message,
      ...headers,
    })
    .end(body)
}

function moved(response: ServerResponse, to: string): void {
  response
    .writeHead(307, { location: to, 'content-type': 'text/plain' })
    .end(`Temporary Redirect. Redirecting to ${to}`)
}

function sendJson(
  response: ServerResponse,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response
    .writeHead(200, { 'content-type': 'application/json; charset=utf-8', ...headers })
    .end(JSON.stringify(value))
}

function sendInfo(repository: HubRepository, response: ServerResponse): void {
  const { id, files, card = {}, tags = [], gated = false } = repository
  sendJson(response, {
    _id: '66f0000000000000000000aa',
    id,
    modelId: id,
    author: id.split('/')[0],
    sha: commitOf(repository),
    lastModified: '2026-11-01T12:00:00.000Z',
    private: repository.private === true,
    gated,
    disabled: false,
    tags: ['gguf', ...tags],
    downloads: 12,
    cardData: card,
    siblings: Array.from(files.keys(), (rfilename) => ({ rfilename })),
  })
}

/** The hub's own. */
const PAGE_ENTRIES = 1_000

function sendTree(
  state: HubState,
  repository: HubRepository,
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { listsMore = 0 } = state.troubles
  const real = Array.from(repository.files, ([path, content]) => {
    const entry = treeEntry(path, content)
    const lfs = pointerOf(path, content)
    return lfs === undefined ? entry : { ...entry, lfs: { ...lfs, size: lfs.size + listsMore } }
  })
  const padding = (repository.listedToo ?? []).map((path) => treeEntry(path, Buffer.from('x')))
  const entries = [{ type: 'directory', oid: '0'.repeat(40), size: 0, path: 'train' }, ...real, ...padding]
  const from = Number(query.get('cursor') ?? 0)
  const next = from + PAGE_ENTRIES
  const link = `<https://huggingface.co${new URL(request.url ?? '/', 'http://hub').pathname}?recursive=true&cursor=${next}>; rel="next"`
  sendJson(response, entries.slice(from, next), next < entries.length ? { link } : {})
}

function sendFile(
  state: HubState,
  repository: HubRepository,
  path: string,
  cached: boolean,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const content = repository.files.get(path)
  if (content === undefined)
    return refused(response, 404, { 'x-error-code': 'EntryNotFound' }, 'Entry not found')
  const commit = commitOf(repository)
  const lfs = pointerOf(path, content)
  const about = { 'x-repo-commit': commit, 'accept-ranges': 'bytes' }
  if (lfs === undefined && !cached)
    return moved(response, `/api/resolve-cache/models/${repository.id}/${commit}/${encodeURIComponent(path)}`)
  if (lfs === undefined) {
    for (const [name, value] of Object.entries(about)) response.setHeader(name, value)
    void serveBytes(request, response, content, {}, (count) => (state.sentBytes += count))
    return
  }
  state.links += 1
  const location =
    state.troubles.redirectsTo ??
    `${state.storeUrl}/repos/${lfs.oid}?X-Amz-Expires=3600&X-Amz-Signature=sig${state.links}&link=${state.links}`
  const linked = { 'x-linked-size': String(lfs.size), 'x-linked-etag': `"${lfs.oid}"`, etag: `"${lfs.oid}"` }
  response.writeHead(302, { ...about, ...linked, location }).end(`Found. Redirecting to ${location}`)
}

async function answerStore(
  state: HubState,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://store')
  const refusal = state.refusal('store')
  if (refusal !== undefined) return refused(response, refusal.status, refusal.headers)
  const link = searchParams.get('link') ?? ''
  const uses = (state.linkUses.get(link) ?? 0) + 1
  state.linkUses.set(link, uses)
  const content = state.contents.get(pathname.replace('/repos/', ''))
  // The words of the store, which are XML and not the hub's.
  if (uses > (state.troubles.linksLast ?? Infinity) || content === undefined) {
    response
      .writeHead(403, { 'content-type': 'application/xml' })
      .end('<Error><Code>AccessDenied</Code></Error>')
    return
  }
  await serveBytes(request, response, content, state.troubles, (count) => (state.sentBytes += count))
}

function serverOf(tls: HubTls | undefined, answer: RequestListener): Server {
  return tls === undefined ? createServer(answer) : createTlsServer({ key: tls.key, cert: tls.cert }, answer)
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
