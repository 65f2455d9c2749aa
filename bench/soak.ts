import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, request } from 'undici'
import type { StateView } from '../src/gateway/admin/contract.ts'
import { startWorker } from './lib/child.ts'
import { startGatewayProcess } from './lib/gateway-process.ts'
import { openSockets, residentBytes, withChildren } from './lib/process-cost.ts'
import { benchOptions, progress, publish } from './lib/report.ts'
import { slope, type Point } from './lib/statistics.ts'
import { temporaryFolder } from './lib/temporary-folder.ts'
import type { UpstreamJob, UpstreamStarted } from './mock-upstream.ts'

const HELP = `Mixed traffic for minutes: streams, whole answers, clients that leave, slow readers, every kind of upstream failure,
the embedded engine. Prints how fast the gateway's memory grows and how many requests never got an answer.

  node bench/soak.ts [--minutes 10] [--json] [--gate]`

const MIB = 1024 * 1024
const SAMPLE_EVERY_MS = 5_000
/** Longer than the longest thing a client here does; a request that is silent for this long was forgotten. */
const UNANSWERED_AFTER_MS = 30_000
/** Both sides keep idle connections for a while; the gateway closes its own after 65 s at the latest. */
const QUIET_MS = 5_000
const CLIENTS = 8
const KEPT_CHARS = 2_000
const SLOW_READ_MS = 20
const MESSAGES = [{ role: 'user', content: 'Triage: where do I go for a urine test?' }]
const PRICE = { input_usd_per_million: 1, output_usd_per_million: 2 }

/** What a client does with one request, and how its answer must look. */
type Kind = {
  readonly name: string
  readonly model: string
  readonly stream: boolean
  readonly status: number
  readonly leavesAfterMs?: number
  readonly readsSlowly?: boolean
  /** An answer that begins and breaks off must end with an error event. */
  readonly endsWithError?: boolean
}

const KINDS: readonly Kind[] = [
  { name: 'whole', model: 'plain', stream: false, status: 200 },
  { name: 'stream', model: 'plain', stream: true, status: 200 },
  { name: 'slow reader', model: 'plain', stream: true, status: 200, readsSlowly: true },
  { name: 'leaves a stream', model: 'endless', stream: true, status: 200, leavesAfterMs: 60 },
  {
    name: 'leaves before the first byte',
    model: 'stall-before-first-event',
    stream: true,
    status: 200,
    leavesAfterMs: 40,
  },
  { name: 'leaves a whole answer', model: 'slow-first-byte', stream: false, status: 200, leavesAfterMs: 50 },
  { name: 'upstream refuses', model: 'status-429', stream: false, status: 429 },
  { name: 'upstream sends a web page', model: 'html-200', stream: true, status: 502 },
  { name: 'upstream breaks off', model: 'cut-mid-stream', stream: true, status: 200, endsWithError: true },
  { name: 'unknown model', model: 'nobody', stream: false, status: 404 },
  { name: 'starter, whole', model: 'starter-s1', stream: false, status: 200 },
  { name: 'starter, stream', model: 'starter-s1', stream: true, status: 200 },
  { name: 'leaves a starter', model: 'starter-s2', stream: true, status: 200, leavesAfterMs: 5 },
]

const options = benchOptions(HELP, { minutes: 10 })
const endMs = performance.now() + (options.quick ? 0.5 : options.minutes) * 60_000

await using resources = new AsyncDisposableStack()
const folder = resources.use(temporaryFolder('soak'))
const double = resources.use(await startWorker<UpstreamJob, UpstreamStarted>('mock-upstream.ts'))
const upstream = await double.run({ chunks: 40, delayMs: 1, slowMs: 200 })
const gateway = resources.use(await startGatewayProcess({ home: folder.path, config: config() }))

const asked = new Map(KINDS.map(({ name }) => [name, 0]))
const unanswered: string[] = []
const wrong: string[] = []

const samples: Point[] = []
const socketsAtStart = openSockets(gateway.pid)
const agent = new Agent({ connections: CLIENTS, pipelining: 1 })
await Promise.all([...Array.from({ length: CLIENTS }, (_, index) => client(index)), sampleMemory()])
await agent.close()
await sleep(QUIET_MS)

const { store } = await gateway.get<StateView>('/api/state')
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
      {
        what: 'sockets open after it, more than before',
        unit: '',
        measured: openSockets(gateway.pid) - socketsAtStart,
      },
      { what: 'requests', unit: '', measured: total },
      { what: 'resident at the end', unit: 'MiB', measured: residentBytes(gateway.pid) / MIB },
    ],
    notes: [
      [...asked].map(([name, count]) => `${name} ${count}`).join(', '),
      `${samples.length} samples of VmRSS of the gateway's process, ${SAMPLE_EVERY_MS / 1000} s apart; least squares over the second half.`,
      `Processes at the end: the gateway and ${withChildren(gateway.pid).length - 1} of its engines, whose memory is not in these numbers.`,
      ...[...unanswered, ...wrong].slice(0, 5),
    ],
  },
  options,
)

function config(): Record<string, unknown> {
  const names = KINDS.map(({ model }) => model).filter(
    (name) => name !== 'nobody' && !name.startsWith('starter-'),
  )
  const models = names.map((name) => [
    name,
    { engine: 'openai', base_url: upstream.url, model: name, price: PRICE },
  ])
  return { discover: false, models: Object.fromEntries(models) }
}

async function client(index: number): Promise<void> {
  for (let turn = index; performance.now() < endMs; turn += 1) {
    const kind = KINDS[turn % KINDS.length]
    if (kind === undefined) continue
    asked.set(kind.name, (asked.get(kind.name) ?? 0) + 1)
    await ask(kind)
  }
}

async function ask(kind: Kind): Promise<void> {
  const forgotten = AbortSignal.timeout(UNANSWERED_AFTER_MS)
  const leaving = kind.leavesAfterMs === undefined ? [] : [AbortSignal.timeout(kind.leavesAfterMs)]
  try {
    const { statusCode, body } = await request(`${gateway.url}/v1/chat/completions`, {
      dispatcher: agent,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: kind.model, stream: kind.stream, max_tokens: 64, messages: MESSAGES }),
      signal: AbortSignal.any([forgotten, ...leaving]),
    })
    let text = ''
    for await (const part of body as AsyncIterable<Buffer>) {
      text = (text + part.toString('latin1')).slice(-KEPT_CHARS)
      if (kind.readsSlowly === true) await sleep(SLOW_READ_MS)
    }
    check(kind, statusCode, text)
  } catch (error) {
    if (forgotten.aborted) unanswered.push(`unanswered: ${kind.name}`)
    else if (!leaving.some((signal) => signal.aborted)) wrong.push(`wrong: ${kind.name}: ${String(error)}`)
  }
}

function check(kind: Kind, status: number, text: string): void {
  const problem =
    status !== kind.status
      ? `status ${status}, expected ${kind.status}`
      : status === 200 && !ends(kind, text)
        ? 'the answer does not end as it should'
        : undefined
  if (problem !== undefined) wrong.push(`wrong: ${kind.name}: ${problem}: ${text.slice(-200)}`)
}

function ends(kind: Kind, text: string): boolean {
  if (kind.endsWithError === true) return text.includes('"error"') && !text.includes('[DONE]')
  return kind.stream ? text.endsWith('data: [DONE]\n\n') : text.endsWith('}')
}

async function sampleMemory(): Promise<void> {
  const startedMs = performance.now()
  while (performance.now() < endMs) {
    await sleep(SAMPLE_EVERY_MS)
    const minutes = (performance.now() - startedMs) / 60_000
    const mib = residentBytes(gateway.pid) / MIB
    samples.push({ x: minutes, y: mib })
    if (samples.length % 12 === 0) progress(`${minutes.toFixed(0)} min, ${mib.toFixed(0)} MiB`)
  }
}
