import { setTimeout as sleep } from 'node:timers/promises'
import type { BareProxyJob, BareProxyStarted } from './bare-proxy.ts'
import { chatRequest } from './lib/chat-request.ts'
import { startWorker, type Worker } from './lib/child.ts'
import { startGatewayProcess } from './lib/gateway-process.ts'
import { startNginx } from './lib/nginx.ts'
import { cpuMicroseconds, withChildren } from './lib/process-cost.ts'
import { benchOptions, progress, publish, type Measured } from './lib/report.ts'
import { median } from './lib/statistics.ts'
import { temporaryFolder } from './lib/temporary-folder.ts'
import { findWrk } from './lib/wrk.ts'
import type { LoadJob, LoadResult } from './load-generator.ts'
import type { UpstreamJob, UpstreamStarted } from './mock-upstream.ts'

const HELP = `What one request costs on its way through the gateway, beside nginx and a bare undici proxy in the same run.

  node bench/overhead.ts [--quick] [--json] [--gate]`

const WORDS_WHOLE = 220
const WORDS_SHORT = 5
const CHUNKS = 100
/** Far enough apart that every chunk is a read of its own in the proxy. */
const CHUNK_PAUSE_MS = 2
const PARALLEL_STREAMS = 8
const LOG_SETTLES_MS = 300

const options = benchOptions(HELP)
const rounds = options.quick ? 2 : 7
const busySeconds = options.quick ? 1 : 2
/** V8 goes on compiling the path of a request for some 50,000 of them; a server has done that within its first minutes. */
const warmUpSeconds = options.quick ? 2 : 12
const requestsAlone = options.quick ? 100 : 400
const streamsPerRound = options.quick ? 24 : 160

const LANES = ['whole', 'short', 'paced', 'fast'] as const
type Lane = (typeof LANES)[number]
/** Where each lane's upstream is reached. */
type Urls = Readonly<Record<Lane, string>>

/** One way from the load generator to the upstream. */
type Way = {
  readonly name: 'direct' | 'nginx' | 'bare undici' | 'musivum'
  readonly urls: Urls
  readonly pids: () => readonly number[]
}

type Round = {
  readonly cpuPerRequest: number
  readonly cpuPerChunk: number
  readonly cpuPerPacedChunk: number
  readonly readsPerStream: number
  readonly readsPerPacedStream: number
  readonly p50Ms: number
  readonly firstTokenMs: number
}

await using resources = new AsyncDisposableStack()
const folder = resources.use(temporaryFolder('overhead'))
const load = resources.use(await startWorker<LoadJob, LoadResult>('load-generator.ts'))
const wrk = findWrk(folder.path, chatRequest({ model: 'whole', stream: false }))
const ways = await openWays()

for (const way of ways) {
  progress(`warming up: ${way.name}`)
  await warmUp(way)
}
const measured = new Map(ways.map((way) => [way.name, [] as Round[]]))
for (let round = 0; round < rounds; round += 1) {
  progress(`round ${round + 1} of ${rounds}`)
  // Each round begins with another way, so that a machine that slows down in the middle of a round hits all of them.
  for (const way of rotated(ways, round)) measured.get(way.name)?.push(await measure(way))
}
publish({ bench: 'overhead', rows: rows(), notes: notes() }, options)

async function openWays(): Promise<readonly Way[]> {
  const upstream = async (job: UpstreamJob): Promise<UpstreamStarted> =>
    resources
      .use(await startWorker<UpstreamJob, UpstreamStarted>('mock-upstream.ts'))
      .run({ ...job, fast: true })
  const short = await upstream({ chunks: WORDS_SHORT })
  const paced = await upstream({ chunks: CHUNKS, delayMs: CHUNK_PAUSE_MS })
  const fast = await upstream({ chunks: CHUNKS })
  const upstreams = [short, short, paced, fast]
  const origins = upstreams.map(({ port }) => `http://127.0.0.1:${port}`)
  return [
    { name: 'direct', urls: byLane(origins), pids: () => [] },
    ...(await nginxWay(upstreams.map(({ port }) => port))),
    await bareWay(origins),
    await musivumWay(upstreams.map(({ url }) => url)),
  ]
}

function byLane(urls: readonly string[]): Urls {
  const [whole = '', short = '', paced = '', fast = ''] = urls
  return { whole, short, paced, fast }
}

async function nginxWay(ports: readonly number[]): Promise<readonly Way[]> {
  const nginx = await startNginx(folder.path, ports)
  if (nginx === undefined) return []
  resources.use(nginx)
  return [{ name: 'nginx', urls: byLane(nginx.urls), pids: nginx.pids }]
}

async function bareWay(origins: readonly string[]): Promise<Way> {
  const bare: Worker<BareProxyJob, BareProxyStarted> = resources.use(await startWorker('bare-proxy.ts'))
  const { urls } = await bare.run({ origins })
  return { name: 'bare undici', urls: byLane(urls), pids: () => [bare.pid] }
}

/** The lane's name is the model's name, which says which upstream is meant. */
async function musivumWay(upstreamUrls: readonly string[]): Promise<Way> {
  const models = LANES.map((lane, index) => [
    lane,
    { engine: 'openai', base_url: upstreamUrls[index], model: 'fast', key: 'env:BENCH_KEY' },
  ])
  const gateway = resources.use(
    await startGatewayProcess({
      home: folder.path,
      config: { discover: false, models: Object.fromEntries(models) },
      env: { BENCH_KEY: 'bench' },
    }),
  )
  const urls = byLane(LANES.map(() => gateway.url))
  return { name: 'musivum', urls, pids: () => withChildren(gateway.pid) }
}

async function warmUp(way: Way): Promise<void> {
  await many(way, warmUpSeconds)
  await alone(way, 'short')
  await streams(way, 'paced')
  await streams(way, 'fast')
}

async function measure(way: Way): Promise<Round> {
  const busy = await withCpu(way, () => many(way, busySeconds))
  const fast = await withCpu(way, () => streams(way, 'fast'))
  const paced = await withCpu(way, () => streams(way, 'paced'))
  const chunks = streamsPerRound * CHUNKS
  return {
    cpuPerRequest: busy.cpuMicroseconds / busy.result,
    cpuPerChunk: fast.cpuMicroseconds / chunks,
    cpuPerPacedChunk: paced.cpuMicroseconds / chunks,
    readsPerStream: fast.result.reads / streamsPerRound,
    readsPerPacedStream: paced.result.reads / streamsPerRound,
    p50Ms: (await alone(way, 'whole')).p50Ms,
    firstTokenMs: (await alone(way, 'short')).firstByteP50Ms,
  }
}

/** As many whole answers as go through in the time, 32 at once; how many those were. */
async function many(way: Way, seconds: number): Promise<number> {
  const url = way.urls.whole
  // wrk looks at the status only; a look at whole bodies goes before it.
  const first = await checked(way, {
    model: 'whole',
    stream: false,
    words: WORDS_WHOLE,
    requests: 64,
    concurrency: 32,
  })
  if (wrk === undefined) return first.requests + (await withoutWrk(way, seconds))
  const { requests, wrong } = await wrk(`${url}/v1/chat/completions`, seconds)
  if (wrong > 0) throw new Error(`${way.name}: ${wrong} of ${requests} answers were not 200`)
  return first.requests + requests
}

async function withoutWrk(way: Way, seconds: number): Promise<number> {
  const job = {
    model: 'whole',
    stream: false,
    words: WORDS_WHOLE,
    requests: seconds * 1_500,
    concurrency: 32,
  } as const
  return (await checked(way, job)).requests
}

function alone(way: Way, lane: 'whole' | 'short'): Promise<LoadResult> {
  const stream = lane === 'short'
  const words = stream ? WORDS_SHORT : WORDS_WHOLE
  return checked(way, { model: lane, stream, words, requests: requestsAlone, concurrency: 1 })
}

function streams(way: Way, lane: 'paced' | 'fast'): Promise<LoadResult> {
  const requests = streamsPerRound
  return checked(way, { model: lane, stream: true, words: CHUNKS, requests, concurrency: PARALLEL_STREAMS })
}

async function checked(
  way: Way,
  job: Omit<LoadJob, 'origin'> & { readonly model: Lane },
): Promise<LoadResult> {
  const result = await load.run({ ...job, origin: way.urls[job.model] })
  if (result.wrong > 0)
    throw new Error(`${way.name}: ${result.wrong} wrong answers, such as ${result.firstWrong}`)
  return result
}

async function withCpu<Result>(
  way: Way,
  work: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly cpuMicroseconds: number }> {
  const before = cpuMicroseconds(way.pids())
  const result = await work()
  // The request log is written after the answers: what it costs belongs to them.
  await sleep(LOG_SETTLES_MS)
  return { result, cpuMicroseconds: cpuMicroseconds(way.pids()) - before }
}

function rows(): readonly Measured[] {
  return [
    cpu('added CPU per request, 32 at once', (round) => round.cpuPerRequest, 100),
    cpu('added CPU per streamed chunk, 8 streams at full speed', (round) => round.cpuPerChunk, 8),
    cpu(`the same, a chunk every ${CHUNK_PAUSE_MS} ms`, (round) => round.cpuPerPacedChunk),
    overDirect('added p50, one at a time', (round) => round.p50Ms, 0.6),
    overDirect('added time to first token p50, one at a time', (round) => round.firstTokenMs, 1),
  ]
}

type Figure = (round: Round) => number

function cpu(what: string, figure: Figure, bar?: number): Measured {
  const beside = Object.fromEntries(otherProxies().map((name) => [name, medianOf(name, figure)]))
  return {
    what,
    unit: 'µs',
    measured: medianOf('musivum', figure),
    beside,
    ...(bar === undefined ? {} : { bar }),
  }
}

/** The median of the differences within each round, so that a slow minute of the machine is in both numbers. */
function overDirect(what: string, figure: Figure, bar: number): Measured {
  const direct = measured.get('direct') ?? []
  const added = (name: Way['name']): number =>
    median(
      (measured.get(name) ?? []).map(
        (round, i) => figure(round) - (direct[i] === undefined ? NaN : figure(direct[i])),
      ),
    )
  const beside = Object.fromEntries(otherProxies().map((name) => [name, added(name)]))
  return { what, unit: 'ms', bar, measured: added('musivum'), beside }
}

function otherProxies(): readonly Way['name'][] {
  return ways.map(({ name }) => name).filter((name) => name !== 'direct' && name !== 'musivum')
}

function medianOf(name: Way['name'], figure: Figure): number {
  return median((measured.get(name) ?? []).map(figure))
}

function notes(): readonly string[] {
  const perWay = (figure: Figure, digits: number): string =>
    ways.map(({ name }) => `${name} ${medianOf(name, figure).toFixed(digits)}`).join(', ')
  return [
    `Medians of ${rounds} rounds, each: ${busySeconds} s of requests (1 KB in, 1.5 KB out${wrk === undefined ? '' : ', by wrk'}), ${streamsPerRound} streams of ${CHUNKS} chunks, ${requestsAlone} requests alone.`,
    'Every answer was 200, and every body that the generator of ours read was whole.',
    'CPU: user and system time of the whole proxy, all threads; the request log is on in ours, the others write none.',
    "A stream's own request is shared out over its chunks.",
    `Socket reads per stream at the client: full speed ${perWay((round) => round.readsPerStream, 0)};`,
    `  a chunk every ${CHUNK_PAUSE_MS} ms ${perWay((round) => round.readsPerPacedStream, 0)}.`,
    `p50 ms: ${perWay((round) => round.p50Ms, 2)}. First token ms: ${perWay((round) => round.firstTokenMs, 2)}.`,
    ...(ways.some(({ name }) => name === 'nginx') ? [] : ['nginx is not on this machine: left out.']),
    ...(wrk === undefined
      ? [
          'wrk is not on this machine: its part is done by a generator of ours, which makes every proxy look dearer.',
        ]
      : []),
  ]
}

function rotated<T>(items: readonly T[], by: number): readonly T[] {
  const at = by % items.length
  return [...items.slice(at), ...items.slice(0, at)]
}
