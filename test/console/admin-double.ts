import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { ModelView, RequestRow, Rollup, StateView } from '../../src/gateway/admin/contract.ts'
import { accountsDouble, ADMIN_SECRET } from './accounts-double.ts'
import { approvalsDouble } from './approvals-double.ts'
import { localModelsDouble } from './local-models-double.ts'
import { sampleCost, sampleSpend } from './sample-accounts.ts'
import { sampleRows } from './sample-rows.ts'

/**
 * `broken`: every admin call fails. `hanging`: none is answered. `troubled`: config and store say what is wrong. `open` and
 * `empty`: no key is asked for, and in the second there is none. `locked`: a key is asked for. `ordinary` does not ask, so
 * that a test need not sign in, and says that an admin looks.
 */
export type Scenario = 'ordinary' | 'open' | 'empty' | 'broken' | 'hanging' | 'troubled' | 'locked'

export type AdminDouble = {
  readonly url: string
  readonly rows: readonly RequestRow[]
  /** Sends one row to every open console, as if a request had just ended. */
  readonly publish: (row: RequestRow) => void
  readonly dropConnections: () => void
  readonly chatRequests: readonly unknown[]
  readonly close: () => Promise<void>
}

/** The gateway as the console sees it: built files with the security headers, the admin API, and a chat that streams. */
export async function startAdminDouble(
  dist: string,
  scenario: Scenario = 'ordinary',
  nowMs = Date.now(),
): Promise<AdminDouble> {
  const rows = scenario === 'empty' ? [] : sampleRows(180, nowMs - 4_000)
  const followers = new Set<ServerResponse>()
  const chatRequests: unknown[] = []
  const accounts = accountsDouble(scenario === 'empty', nowMs)
  const models = scenario === 'empty' ? MODELS.slice(0, 1) : MODELS
  const [approvals, local] = [approvalsDouble(scenario === 'empty', nowMs), localModelsDouble(models, nowMs)]
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) =>
      response.destroy(error instanceof Error ? error : undefined),
    )
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://double')
    if (url.pathname === '/v1/chat/completions') return chat(request, response)
    if (!url.pathname.startsWith('/api/')) return sendFile(dist, url.pathname, response)
    if (scenario === 'hanging') return
    if (scenario === 'broken')
      return sendError(response, 503, 'store.unavailable', 'The log cannot be read: database is locked.')
    const needsKey = scenario === 'locked' || (scenario === 'empty' && accounts.anyKey())
    const sent = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
    const principal = accounts.principalOf(scenario === 'ordinary' ? ADMIN_SECRET : sent)
    if (needsKey && principal === undefined)
      return sent === undefined
        ? sendError(response, 401, 'auth.missing', 'This gateway asks for a key.')
        : sendError(
            response,
            401,
            'auth.key_unknown',
            'No key begins like this one, or its secret is another.',
          )
    if (url.pathname === '/api/requests/live') return follow(response)
    if (url.pathname === '/api/me') return sendJson(response, principal ?? { kind: 'anonymous' })
    const body: unknown = request.method === 'GET' ? undefined : JSON.parse((await text(request)) || 'null')
    const method = request.method ?? 'GET'
    const answered =
      accounts.answer(method, url, body) ?? approvals.answer(method, url) ?? local.answer(url, body)
    if (answered !== undefined) return sendJson(response, answered.body, answered.status)
    api(url, response)
  }

  function follow(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    response.write(`event: state\ndata: ${JSON.stringify(stateView(scenario, nowMs, server))}\n\n`)
    followers.add(response)
    response.on('close', () => followers.delete(response))
  }

  function api(url: URL, response: ServerResponse): void {
    const [, id, cost] = /^\/api\/requests\/([^/]+)(\/cost)?$/.exec(url.pathname) ?? []
    if (url.pathname === '/api/state') return sendJson(response, stateView(scenario, nowMs, server))
    if (url.pathname === '/api/models') return sendJson(response, { models })
    if (url.pathname === '/api/requests') return sendJson(response, page(rows, url.searchParams))
    if (url.pathname === '/api/rollups')
      return sendJson(response, { rollups: rollups(rows, url.searchParams) })
    if (url.pathname === '/api/spend')
      return sendJson(response, { sums: scenario === 'empty' ? [] : sampleSpend(url.searchParams) })
    const row = rows.find((candidate) => candidate.id === id)
    if (row !== undefined) return sendJson(response, cost === undefined ? row : sampleCost(row))
    sendError(response, 404, 'request.not_found', 'The log has no request with this id (any more).')
  }

  async function chat(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body: unknown = JSON.parse(await text(request))
    chatRequests.push(body)
    const model = typeof body === 'object' && body !== null && 'model' in body ? String(body.model) : ''
    const row = rows.find((candidate) => candidate.model === model && candidate.status === 200)
    response.setHeader('x-musivum-request-id', row?.id ?? '')
    if (model === 'qwen3-8b') {
      return sendError(
        response,
        502,
        'upstream.unreachable',
        'The server of qwen3-8b at 127.0.0.1:11434 refused the connection.',
      )
    }
    await streamAnswer(model, response)
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: addressOf(server),
    rows,
    chatRequests,
    publish: (row) => {
      for (const follower of followers) follower.write(`event: request\ndata: ${JSON.stringify(row)}\n\n`)
    },
    dropConnections: () => {
      for (const follower of followers) follower.destroy()
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const CSP =
  "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}

async function sendFile(dist: string, path: string, response: ServerResponse): Promise<void> {
  const wanted = join(dist, normalize(path))
  const file = extname(path) !== '' && existsSync(wanted) ? wanted : join(dist, 'index.html')
  const bytes = await readFile(file)
  response.writeHead(200, {
    'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
    'content-security-policy': CSP,
    'x-content-type-options': 'nosniff',
  })
  response.end(bytes)
}

function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  })
  response.end(JSON.stringify(value))
}

function sendError(response: ServerResponse, status: number, code: string, message: string): void {
  sendJson(response, { error: { message, type: 'musivum_error', code, param: null } }, status)
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

function page(
  rows: readonly RequestRow[],
  query: URLSearchParams,
): { rows: RequestRow[]; next: string | null } {
  const [model, status, id, before, key, team] = ['model', 'status', 'id', 'before', 'key', 'team'].map(
    (name) => query.get(name),
  )
  const limit = Number(query.get('limit') ?? 50)
  const found = rows.filter(
    (row) =>
      (model === null || row.model === model) &&
      (status === null ||
        (status === 'ok'
          ? row.status < 400
          : status === 'error'
            ? row.status >= 400
            : row.status === Number(status))) &&
      (key === null || row.key === key) &&
      (team === null || row.team === team) &&
      (id === null || row.id.startsWith(id ?? '')) &&
      (before === null || row.id < (before ?? '')),
  )
  const last = found[limit - 1]
  return { rows: found.slice(0, limit), next: found.length > limit && last !== undefined ? last.id : null }
}

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 }

function rollups(rows: readonly RequestRow[], query: URLSearchParams): Rollup[] {
  const unitMs = UNIT_MS[query.get('unit') ?? 'minute'] ?? 60_000
  const [fromMs, toMs] = [Number(query.get('from')), Number(query.get('to'))]
  const groups = Map.groupBy(
    rows.filter((row) => row.atMs >= fromMs && row.atMs <= toMs),
    (row) => `${Math.floor(row.atMs / unitMs) * unitMs}|${row.model ?? ''}`,
  )
  return [...groups].map(([key, members]) => rollup(key, members)).sort((a, b) => a.startMs - b.startMs)
}

function rollup(key: string, rows: readonly RequestRow[]): Rollup {
  const [startMs, model] = key.split('|')
  const sum = (of: (row: RequestRow) => number) => rows.reduce((total, row) => total + of(row), 0)
  return {
    startMs: Number(startMs),
    model: model ?? '',
    requests: rows.length,
    errors: rows.filter((row) => row.status >= 400).length,
    inputTokens: sum((row) => row.usage?.inputTokens ?? 0),
    outputTokens: sum((row) => row.usage?.outputTokens ?? 0),
    costNanoUsd: sum((row) => row.cost.nanoUsd ?? 0),
    unpricedRequests: rows.filter((row) => row.cost.kind === 'unpriced').length,
    durationMsSum: sum((row) => row.durationMs),
    overheadMsSum: sum((row) => row.overheadMs),
    firstByteMsSum: sum((row) => row.firstByteMs ?? 0),
    firstByteCount: rows.filter((row) => row.firstByteMs !== null).length,
  }
}

function stateView(scenario: Scenario, nowMs: number, server: Server): StateView {
  const troubled = scenario === 'troubled'
  return {
    version: '0.1.0',
    startedAtMs: nowMs - 3 * 3_600_000,
    listening: addressOf(server),
    access: scenario === 'open' || scenario === 'empty' ? 'open-to-this-machine' : 'keys',
    config: {
      file: scenario === 'empty' ? null : 'musivum.yaml',
      version: '9f2c4be01a77d3c0',
      loadedAtMs: nowMs - 3_600_000,
      problem: troubled
        ? 'musivum.yaml:14: models.qwen3-8b.engin: unknown key; did you mean "engine"?'
        : null,
    },
    store: {
      queuedRows: 0,
      droppedRows: troubled ? 12 : 0,
      problem: troubled ? 'The request log could not be written: no space left on the disk.' : null,
    },
    residentBytes: 118_400_000,
  }
}

const none = {
  tools: false,
  images: false,
  jsonSchema: false,
  logprobs: false,
  embeddings: false,
  rerank: false,
}
const rest = {
  toy: false,
  stateReason: null,
  activeRequests: 0,
  queuedRequests: 0,
  residentBytes: null,
} as const

/** One model of each engine, origin, state and price. */
const MODELS: readonly ModelView[] = [
  {
    ...rest,
    name: 'starter-l',
    engine: 'llama',
    origin: 'starter',
    toy: true,
    licence: 'Apache-2.0',
    price: 'owned',
    source: 'starter-l-q8_0.gguf',
    state: 'ready',
    activeRequests: 2,
    queuedRequests: 1,
    residentBytes: 86_432_000,
    capabilities: { ...none, jsonSchema: true, logprobs: true },
  },
  {
    ...rest,
    name: 'starter-s1',
    engine: 'llama',
    origin: 'starter',
    toy: true,
    licence: 'Apache-2.0',
    price: 'owned',
    source: 'starter-s1-q8_0.gguf + starter-s1-urgency-lora-f16.gguf',
    state: 'ready',
    residentBytes: 21_300_000,
    capabilities: { ...none, jsonSchema: true, logprobs: true },
  },
  {
    ...rest,
    name: 'gpt-4.1-mini',
    engine: 'openai',
    origin: 'config',
    licence: 'proprietary',
    price: 'metered',
    source: 'gpt-4.1-mini at api.openai.com',
    state: 'ready',
    activeRequests: 1,
    capabilities: { ...none, tools: true, images: true, jsonSchema: true, logprobs: true },
  },
  {
    ...rest,
    name: 'qwen3-8b',
    engine: 'openai',
    origin: 'discovered',
    licence: null,
    price: 'unpriced',
    source: 'qwen3:8b at 127.0.0.1:11434',
    state: 'unavailable',
    stateReason: 'Connection refused at 127.0.0.1:11434; asked again in 30 s.',
    capabilities: { ...none, tools: true },
  },
  {
    ...rest,
    name: 'legal-7b',
    engine: 'llama',
    origin: 'pulled',
    licence: 'Apache-2.0',
    price: 'owned',
    source: 'hf:southern-district/legal-7b-gguf/legal-7b-q4_k_m.gguf',
    provenance: 3,
    state: 'restarting',
    stateReason: 'The process ended with signal 6; it starts again in 2 s.',
    capabilities: { ...none, tools: true, jsonSchema: true },
  },
  {
    ...rest,
    name: 'patients-summary-with-a-very-long-model-name-v2-2026-11',
    engine: 'llama',
    origin: 'config',
    licence: null,
    price: 'owned',
    source: 'patients-summary-with-a-very-long-file-name-v2-2026-11-q8_0.gguf',
    state: 'starting',
    capabilities: none,
  },
  {
    ...rest,
    name: 'nomic-embed',
    engine: 'openai',
    origin: 'discovered',
    licence: 'Apache-2.0',
    price: 'unpriced',
    source: 'nomic-embed-text at 127.0.0.1:11434',
    state: 'ready',
    capabilities: { ...none, embeddings: true },
  },
]

const TOY_NOTICE =
  'Toy model: a few million parameters, trained on seven narrow tasks to show the machinery. Do not rely on its answers.'

const ANSWERS: Readonly<Record<string, string>> = {
  'starter-s1': 'urgent: chest pain, morning, stairs.',
  'starter-l': 'urgent: the patient reports chest pain since this morning.\nroute: emergency',
  'gpt-4.1-mini':
    'This message should be treated as urgent.\n\n1. Chest pain that began today and gets worse on exertion can be cardiac.\n2. Ask the patient to call the emergency number now.\n3. Do not wait for the next free appointment.',
}

/** Streams word by word, with a character cut in two, and waits where a test says so. */
async function streamAnswer(model: string, response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const toy = model.startsWith('starter') ? { musivum: { toy: true, notice: TOY_NOTICE, model } } : {}
  const send = (part: object) =>
    response.write(`data: ${JSON.stringify({ object: 'chat.completion.chunk', model, ...part, ...toy })}\n\n`)
  const words = (
    ANSWERS[model] ?? 'A long answer of many words that somebody may want to stop. '.repeat(40)
  ).split(/(?<=\s)/)
  for (const content of words) {
    if (response.destroyed) return
    send({ choices: [{ index: 0, delta: { content }, finish_reason: null }] })
    await pause(12)
  }
  send({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })
  send({
    choices: [],
    usage: { prompt_tokens: 31, completion_tokens: words.length, total_tokens: 31 + words.length },
  })
  response.end('data: [DONE]\n\n')
}
