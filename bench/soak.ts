import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { stringify } from 'yaml'
import type { KeyWithSecret, StateView } from '../src/gateway/admin/contract.ts'
import { startWorker } from './lib/child.ts'
import { startGatewayProcess } from './lib/gateway-process.ts'
import { KINDS, problemOf, UPSTREAM_MODELS, type Kind, type Payer } from './lib/mixed-traffic.ts'
import { socketsOf, tcpSockets } from './lib/open-sockets.ts'
import { residentBytes, withChildren } from './lib/process-cost.ts'
import { benchOptions, progress, publish } from './lib/report.ts'
import { slope, type Point } from './lib/statistics.ts'
import { temporaryFolder } from './lib/temporary-folder.ts'
import type { UpstreamJob, UpstreamStarted } from './mock-upstream.ts'

const HELP = `Mixed traffic for half an hour in the three protocols: whole answers, streams, clients that leave, slow readers, every kind of
upstream failure, the embedded engine, keys with budgets, and a configuration that changes every few seconds. Prints how fast
the gateway's memory grows, how many requests never got an answer, and which sockets are open afterwards.

  node bench/soak.ts [--minutes 30] [--rate 200] [--quick] [--json] [--gate]

--rate is requests per second, at most; growth per minute hardly depends on it.`

const MIB = 1024 * 1024
const SAMPLE_EVERY_MS = 5_000
const RELOAD_EVERY_MS = 3_000
/** The file is watched, and read once it has been quiet for 100 ms; on a busy machine later. */
const IN_FORCE_WITHIN_MS = 20_000
/** Longer than the longest thing a client here does; a request that is silent for this long was forgotten. */
const UNANSWERED_AFTER_MS = 30_000
/**
 * Connections of clients end with the clients. Those to a model are kept for as long as its server says it keeps them, less
 * two seconds: the double says 65 s. A server that says nothing gets four.
 */
const QUIET_WITHIN_MS = 75_000
const CLIENTS = 8
const SLOW_READ_MS = 20
const PRICE = { input_usd_per_million: 1, output_usd_per_million: 2 }
/** Enough to begin a stream, and used up by 250 words of it. */
const SHORT_BUDGET_USD = 0.004

const options = benchOptions(HELP, { minutes: 30, rate: 200 })
const endMs = performance.now() + (options.quick ? 0.5 : options.minutes) * 60_000

await using resources = new AsyncDisposableStack()
const folder = resources.use(temporaryFolder('soak'))
const double = resources.use(await startWorker<UpstreamJob, UpstreamStarted>('mock-upstream.ts'))
const upstream = await double.run({ chunks: 40, delayMs: 1, slowMs: 200 })
const gateway = resources.use(await startGatewayProcess({ home: folder.path, config: config(0) }))
const ports = { own: Number(new URL(gateway.url).port), models: upstream.port }
const socketsBefore = socketsOf(gateway.pid, ports)
const admin = await newKey('admin')
const keys = await payersKeys()

const asked = new Map(KINDS.map(({ name }) => [name, 0]))
const unanswered: string[] = []
const wrong: string[] = []
const reloads = { inForce: 0, refused: 0, missed: 0 }
const samples: Point[] = []

const agent = new Agent({ connections: CLIENTS, pipelining: 1 })
const clients = Array.from({ length: CLIENTS }, (_, index) => client(index))
await Promise.all([...clients, changeConfig(), sampleMemory()])
await agent.close()
const quiet = await quietSockets()

const { store } = await manage<StateView>('GET', '/api/state')
const secondHalf = samples.slice(Math.floor(samples.length / 2))
const total = [...asked.values()].reduce((a, b) => a + b, 0)
publish(
  {
    bench: 'soak',
    rows: [
      {
        what: 'growth of resident memory, second half',
        unit: 'MiB/min',
        measured: slope(secondHalf),
        bar: 1,
      },
      { what: 'unanswered requests', unit: '', measured: unanswered.length, bar: 0 },
      { what: 'wrong answers', unit: '', measured: wrong.length, bar: 0 },
      { what: 'rows of the request log lost', unit: '', measured: store.droppedRows, bar: 0 },
      { what: 'changes of the configuration not in force', unit: '', measured: reloads.missed, bar: 0 },
      {
        what: 'connections open after it, more than before',
        unit: '',
        measured: tcpSockets(quiet.sockets) - tcpSockets(socketsBefore),
        bar: 0,
      },
      { what: 'seconds until they were closed', unit: 's', measured: quiet.afterMs / 1000 },
      { what: 'requests', unit: '', measured: total },
      { what: 'configurations in force', unit: '', measured: reloads.inForce },
      { what: 'configurations refused, as they should be', unit: '', measured: reloads.refused },
      { what: 'resident at the end', unit: 'MiB', measured: residentBytes(gateway.pid) / MIB },
    ],
    notes: [
      [...asked].map(([name, count]) => `${name} ${count}`).join(', '),
      `${samples.length} samples of VmRSS of the gateway's process, ${SAMPLE_EVERY_MS / 1000} s apart; least squares over the second half.`,
      `Sockets before: ${JSON.stringify(socketsBefore)}; when the clients had gone: ${JSON.stringify(quiet.atOnce)}; in the end: ${JSON.stringify(quiet.sockets)}.`,
      `Processes at the end: the gateway and ${withChildren(gateway.pid).length - 1} of its engines, whose memory is not in these numbers.`,
      ...[...unanswered, ...wrong].slice(0, 5),
    ],
  },
  options,
)

/** Every number is another configuration: a bound, a model in use that is made anew, and one that comes and goes. */
function config(number: number): Record<string, unknown> {
  const even = number % 2 === 0
  const names = UPSTREAM_MODELS.filter((name) => even || name !== 'now-and-then')
  const timeouts = { idle: `${60 + (number % 7)}s` }
  const modelOf = (name: string) => ({
    engine: 'openai',
    base_url: upstream.url,
    model: name,
    price: PRICE,
    ...((name === 'plain' || name === 'endless') && { timeouts }),
  })
  return {
    discover: false,
    limits: { body_mib: 8 + (number % 5) },
    models: Object.fromEntries(names.map((name) => [name, modelOf(name)])),
  }
}

/** Until the end: a new configuration, each tenth time a wrong one; and the short budget is raised. */
async function changeConfig(): Promise<void> {
  for (let number = 1; performance.now() < endMs; number += 1) {
    await sleep(Math.min(RELOAD_EVERY_MS, Math.max(0, endMs - performance.now())))
    if (number % 10 === 0) await change('models: [', ({ problem }) => problem !== null, 'refused')
    const before = (await manage<StateView>('GET', '/api/state')).config.version
    const isNew = ({ version, problem }: StateView['config']) => version !== before && problem === null
    await change(stringify(config(number)), isNew, 'inForce')
    if (number % 5 === 0) await setBudget(keys.short, SHORT_BUDGET_USD * (number / 5 + 1))
  }
}

async function change(
  text: string,
  isDone: (config: StateView['config']) => boolean,
  counted: 'inForce' | 'refused',
): Promise<void> {
  const file = join(folder.path, 'musivum.yaml')
  writeFileSync(`${file}.new`, text)
  renameSync(`${file}.new`, file)
  const giveUpMs = performance.now() + IN_FORCE_WITHIN_MS
  while (performance.now() < giveUpMs) {
    if (isDone((await manage<StateView>('GET', '/api/state')).config)) {
      reloads[counted] += 1
      return
    }
    await sleep(50)
  }
  reloads.missed += 1
}

async function payersKeys(): Promise<Readonly<Record<Payer, KeyWithSecret>>> {
  const made = {
    rich: await newKey('rich'),
    poor: await newKey('poor'),
    short: await newKey('short'),
    hurried: await newKey('hurried'),
    revoked: await newKey('revoked'),
  }
  await setBudget(made.rich, 1_000_000)
  await setBudget(made.poor, 0.000_001)
  await setBudget(made.short, SHORT_BUDGET_USD)
  await manage('PUT', '/api/limits', { scope: scopeOf(made.hurried), requestsPerMinute: 6 })
  await manage('DELETE', `/api/keys/${made.revoked.key.id}`)
  return made
}

async function setBudget(key: KeyWithSecret, usd: number): Promise<void> {
  const capUsd = usd.toFixed(6)
  await manage('POST', '/api/budgets', { scope: scopeOf(key), period: 'total', capUsd })
}

function scopeOf({ key }: KeyWithSecret) {
  return { kind: 'key', id: key.id }
}

function newKey(name: string): Promise<KeyWithSecret> {
  return manage('POST', '/api/keys', { name, ...(name === 'admin' && { role: 'admin' }) })
}

async function manage<View>(method: string, path: string, body?: object): Promise<View> {
  const key = path === '/api/keys' && (body as { role?: string }).role === 'admin' ? undefined : admin.secret
  const response = await fetch(gateway.url + path, {
    method,
    headers: {
      connection: 'close',
      'content-type': 'application/json',
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
    },
    ...(body && { body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`)
  return (await response.json()) as View
}

async function client(index: number): Promise<void> {
  const everyMs = (CLIENTS * 1000) / options.rate
  for (let turn = index; performance.now() < endMs; turn += 1) {
    const kind = KINDS[turn % KINDS.length]
    if (kind === undefined) continue
    const nextMs = performance.now() + everyMs
    asked.set(kind.name, (asked.get(kind.name) ?? 0) + 1)
    await ask(kind)
    await sleep(Math.max(0, nextMs - performance.now()))
  }
}

async function ask(kind: Kind): Promise<void> {
  const { client: dialect, model, stream, payer, leavesAfterMs } = kind
  const forgotten = AbortSignal.timeout(UNANSWERED_AFTER_MS)
  const leaving = leavesAfterMs === undefined ? [] : [AbortSignal.timeout(leavesAfterMs)]
  const called = `${kind.name} (${dialect.name})`
  try {
    const { statusCode, body } = await request(gateway.url + dialect.path, {
      dispatcher: agent,
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${keys[payer].secret}` },
      body: dialect.body(model, stream),
      signal: AbortSignal.any([forgotten, ...leaving]),
    })
    const parts: Buffer[] = []
    for await (const part of body as AsyncIterable<Buffer>) {
      parts.push(part)
      if (kind.readsSlowly === true) await sleep(SLOW_READ_MS)
    }
    const text = Buffer.concat(parts).toString()
    const problem = problemOf(kind, statusCode, text)
    if (problem !== undefined) wrong.push(`wrong: ${called}: ${problem}: ${text.slice(-200)}`)
  } catch (error) {
    if (forgotten.aborted) unanswered.push(`unanswered: ${called}`)
    else if (!leaving.some((signal) => signal.aborted)) wrong.push(`wrong: ${called}: ${String(error)}`)
  }
}

async function sampleMemory(): Promise<void> {
  const startedMs = performance.now()
  while (performance.now() < endMs) {
    await sleep(SAMPLE_EVERY_MS)
    const minutes = (performance.now() - startedMs) / 60_000
    const mib = residentBytes(gateway.pid) / MIB
    samples.push({ x: minutes, y: mib })
    if (samples.length % 12 === 0)
      progress(`${minutes.toFixed(0)} min, ${mib.toFixed(0)} MiB, ${wrong.length} wrong`)
  }
}

/** The connections once those that wait for another request have ended. */
async function quietSockets() {
  const startedMs = performance.now()
  const atOnce = socketsOf(gateway.pid, ports)
  for (;;) {
    const sockets = socketsOf(gateway.pid, ports)
    const afterMs = performance.now() - startedMs
    if (tcpSockets(sockets) <= tcpSockets(socketsBefore) || afterMs > QUIET_WITHIN_MS)
      return { sockets, atOnce, afterMs }
    await sleep(250)
  }
}
