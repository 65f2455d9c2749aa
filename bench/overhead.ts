import { setTimeout as sleep } from 'node:timers/promises'
import { spoken, type BenchRequest, type Protocol } from './lib/bench-request.ts'
import { startWorker } from './lib/child.ts'
import { cpuMicroseconds } from './lib/process-cost.ts'
import { benchOptions, progress, publish, type Measured } from './lib/report.ts'
import { rotated } from './lib/rotated.ts'
import { median } from './lib/statistics.ts'
import { temporaryFolder } from './lib/temporary-folder.ts'
import { openWays, type Way, type WayName } from './lib/ways.ts'
import { findWrk } from './lib/wrk.ts'
import type { LoadJob, LoadResult } from './load-generator.ts'
import type { UpstreamJob, UpstreamStarted } from './mock-upstream.ts'

const HELP = `What one request costs on its way through the gateway, in the protocol of the upstream and translated from two others, beside
nginx, a bare undici proxy and Portkey in the same run.

  node bench/overhead.ts [--quick] [--json] [--gate]`

const CHUNKS = 100
/** Far enough apart that every chunk is a read of its own in the proxy. */
const CHUNK_PAUSE_MS = 2
const AT_ONCE = 32
const PARALLEL_STREAMS = 8
const LOG_SETTLES_MS = 300
/** What a request took where the bars were set (docs/decisions/0004), in µs. */
const BARS_SET_AT = { nginx: 9, 'bare undici': 42 }

const options = benchOptions(HELP)
const rounds = options.quick ? 2 : 5
const busySeconds = options.quick ? 1 : 2
const streamSeconds = options.quick ? 0.5 : 1
/** V8 goes on compiling the path of a request for some 50,000 of them; a server has done that within its first minutes. */
const warmUpSeconds = options.quick ? 2 : 10
const requestsAlone = options.quick ? 60 : 300

/** Lanes are upstreams: how many pieces their answers have, whole and streamed. */
const LANES = { whole: 220, short: 5, paced: CHUNKS, fast: CHUNKS } as const
type Lane = keyof typeof LANES

/** One kind of load. */
type Load = Omit<BenchRequest, 'model'> & { readonly lane: Lane }
const WHOLE: Load = { protocol: 'chat', stream: false, lane: 'whole' }
const FAST: Load = { protocol: 'chat', stream: true, lane: 'fast' }
const PACED: Load = { protocol: 'chat', stream: true, lane: 'paced' }
const SHORT: Load = { protocol: 'chat', stream: true, lane: 'short' }
const TRANSLATED: readonly Protocol[] = ['messages', 'responses']

type Round = Readonly<Record<string, number>>

await using resources = new AsyncDisposableStack()
const folder = resources.use(temporaryFolder('overhead'))
const load = resources.use(await startWorker<LoadJob, LoadResult>('load-generator.ts'))
const wrk = findWrk(folder.path)
const { ways, leftOut } = await openWays(await openUpstreams(), { folder: folder.path, resources })

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

async function openUpstreams(): Promise<Readonly<Record<Lane, UpstreamStarted>>> {
  const start = async (lane: Lane, delayMs = 0): Promise<UpstreamStarted> => {
    const worker = resources.use(await startWorker<UpstreamJob, UpstreamStarted>('mock-upstream.ts'))
    return worker.run({ fast: true, chunks: LANES[lane], delayMs })
  }
  return {
    whole: await start('whole'),
    short: await start('short'),
    paced: await start('paced', CHUNK_PAUSE_MS),
    fast: await start('fast'),
  }
}

async function warmUp(way: Way<Lane>): Promise<void> {
  // Neither nginx nor the way without a proxy has anything to compile.
  const seconds = ['direct', 'nginx'].includes(way.name) ? 1 : warmUpSeconds
  await many(way, WHOLE, seconds)
  await alone(way, SHORT)
  await streams(way, PACED, 1)
  await streams(way, FAST, seconds / 4)
  if (way.name !== 'musivum') return
  for (const protocol of TRANSLATED) {
    await many(way, { ...WHOLE, protocol }, seconds / 2)
    await streams(way, { ...FAST, protocol }, seconds / 4)
  }
}

async function measure(way: Way<Lane>): Promise<Round> {
  const fast = await perChunk(way, FAST)
  const paced = await perChunk(way, PACED)
  const round = {
    request: await perRequest(way, WHOLE),
    chunk: fast.cpu,
    chunkReads: fast.reads,
    pacedChunk: paced.cpu,
    pacedReads: paced.reads,
    p50Ms: (await alone(way, WHOLE)).p50Ms,
    firstTokenMs: (await alone(way, SHORT)).firstByteP50Ms,
  }
  return way.name === 'musivum' ? { ...round, ...(await measureTranslated(way)) } : round
}

async function measureTranslated(way: Way<Lane>): Promise<Round> {
  const round: Record<string, number> = {}
  for (const protocol of TRANSLATED) {
    round[`request ${protocol}`] = await perRequest(way, { ...WHOLE, protocol })
    round[`chunk ${protocol}`] = (await perChunk(way, { ...FAST, protocol })).cpu
    round[`firstTokenMs ${protocol}`] = (await alone(way, { ...SHORT, protocol })).firstByteP50Ms
  }
  return round
}

async function perRequest(way: Way<Lane>, kind: Load): Promise<number> {
  const { result, cpu } = await withCpu(way, () => many(way, kind, busySeconds))
  return cpu / result
}

async function perChunk(
  way: Way<Lane>,
  kind: Load,
): Promise<{ readonly cpu: number; readonly reads: number }> {
  const { result, cpu } = await withCpu(way, () => streams(way, kind, streamSeconds))
  return { cpu: cpu / (result.requests * CHUNKS), reads: result.reads / result.requests }
}

/** As many whole answers as go through in the time, 32 at once; how many those were. */
async function many(way: Way<Lane>, kind: Load, seconds: number): Promise<number> {
  // wrk looks at the status only; a look at whole bodies goes before it.
  const first = await checked(way, kind, AT_ONCE, { requests: 2 * AT_ONCE })
  if (wrk === undefined) return first.requests + (await checked(way, kind, AT_ONCE, { seconds })).requests
  const request = { ...kind, model: kind.lane }
  const job = { target: way.targets[kind.lane], request, seconds, connections: AT_ONCE }
  const { requests, wrong } = await wrk(job)
  if (wrong > 0) throw new Error(`${way.name}: ${wrong} of ${requests} answers were not 200`)
  return first.requests + requests
}

function alone(way: Way<Lane>, kind: Load): Promise<LoadResult> {
  return checked(way, kind, 1, { requests: requestsAlone })
}

function streams(way: Way<Lane>, kind: Load, seconds: number): Promise<LoadResult> {
  return checked(way, kind, PARALLEL_STREAMS, { seconds })
}

async function checked(
  way: Way<Lane>,
  { lane, ...kind }: Load,
  concurrency: number,
  until: LoadJob['until'],
): Promise<LoadResult> {
  const target = way.targets[lane]
  const result = await load.run({ ...kind, model: lane, target, concurrency, words: LANES[lane], until })
  if (result.wrong > 0)
    throw new Error(`${way.name}: ${result.wrong} wrong answers, such as ${result.firstWrong}`)
  return result
}

async function withCpu<Result>(
  way: Way<Lane>,
  work: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly cpu: number }> {
  const before = cpuMicroseconds(way.pids())
  const result = await work()
  // The request log is written after the answers: what it costs belongs to them.
  if (way.name === 'musivum') await sleep(LOG_SETTLES_MS)
  return { result, cpu: cpuMicroseconds(way.pids()) - before }
}

function rows(): readonly Measured[] {
  const request = 'added CPU per request, 32 at once'
  const chunk = 'added CPU per streamed chunk, 8 streams at full speed'
  const from = (protocol: Protocol): string => `  translated, ${spoken[protocol].path} to chat completions`
  return [
    cpu(request, 'request', 100),
    ...TRANSLATED.map((protocol) => cpu(from(protocol), `request ${protocol}`, 160)),
    cpu(chunk, 'chunk', 8),
    ...TRANSLATED.map((protocol) => cpu(from(protocol), `chunk ${protocol}`, 14)),
    cpu(`  a chunk every ${CHUNK_PAUSE_MS} ms`, 'pacedChunk'),
    perCore(),
    ...inOthers(),
    overDirect('added p50, one at a time', 'p50Ms', 0.6),
    overDirect('added time to first token p50, one at a time', 'firstTokenMs', 1),
    ...TRANSLATED.map((protocol) => addedFirstToken(from(protocol), protocol)),
  ]
}

function cpu(what: string, figure: string, bar?: number): Measured {
  const measured = medianOf('musivum', figure)
  return { what, unit: 'µs', measured, beside: beside(figure), ...(bar === undefined ? {} : { bar }) }
}

function perCore(): Measured {
  const inASecond = (name: WayName): number => 1_000_000 / medianOf(name, 'request')
  const others = Object.fromEntries(otherProxies().map((name) => [name, inASecond(name)]))
  return { what: 'requests per second of CPU', unit: '', measured: inASecond('musivum'), beside: others }
}

function inOthers(): readonly Measured[] {
  const nginx = {
    what: 'CPU per request over that of nginx',
    unit: 'x',
    measured: timesOurs('nginx'),
    bar: 12,
  }
  const measured = 1 / timesOurs('portkey')
  const portkey = { what: 'throughput per core over that of Portkey', unit: 'x', measured, least: 10 }
  const there = otherProxies()
  return [...(there.includes('nginx') ? [nginx] : []), ...(there.includes('portkey') ? [portkey] : [])]
}

/** What we cost in units of what `name` costs, within each round, so that a slow minute of the machine is in both numbers. */
function timesOurs(name: WayName): number {
  const theirs = measured.get(name) ?? []
  const ours = measured.get('musivum') ?? []
  return median(theirs.map((round, index) => figureIn(ours[index], 'request') / figureIn(round, 'request')))
}

function overDirect(what: string, figure: string, bar: number): Measured {
  const others = Object.fromEntries(otherProxies().map((name) => [name, added(name, figure)]))
  return { what, unit: 'ms', bar, measured: added('musivum', figure), beside: others }
}

function addedFirstToken(what: string, protocol: Protocol): Measured {
  const figure = `firstTokenMs ${protocol}`
  return { what, unit: 'ms', bar: 1, measured: added('musivum', figure, 'firstTokenMs') }
}

/** The median of the differences within each round. */
function added(name: WayName, figure: string, over = figure): number {
  const direct = measured.get('direct') ?? []
  const rounds = measured.get(name) ?? []
  return median(rounds.map((round, index) => figureIn(round, figure) - figureIn(direct[index], over)))
}

function otherProxies(): readonly WayName[] {
  return ways.map(({ name }) => name).filter((name) => name !== 'direct' && name !== 'musivum')
}

/** Only what can be done by them: none of the others translates these protocols. */
function beside(figure: string): Readonly<Record<string, number>> {
  const values = otherProxies().map((name) => [name, medianOf(name, figure)] as const)
  return Object.fromEntries(values.filter(([, value]) => !Number.isNaN(value)))
}

function medianOf(name: WayName, figure: string): number {
  return median((measured.get(name) ?? []).flatMap((round) => round[figure] ?? []))
}

function figureIn(round: Round | undefined, figure: string): number {
  return round?.[figure] ?? NaN
}

function notes(): readonly string[] {
  const perWay = (figure: string, digits: number): string =>
    ways.map(({ name }) => `${name} ${medianOf(name, figure).toFixed(digits)}`).join(', ')
  const byWrk = wrk === undefined ? '' : ', by wrk'
  return [
    `Medians of ${rounds} rounds, each: ${busySeconds} s of requests (1 KB in, 1.5 KB out${byWrk}), ${streamSeconds} s of streams of ${CHUNKS} chunks, ${requestsAlone} requests alone.`,
    'Every answer was 200, and every body that the generator of ours read was whole, in the protocol of its client.',
    'CPU: user and system time of the whole proxy, all threads; the request log is on in ours, the others write none.',
    "A stream's own request is shared out over its chunks.",
    scale(),
    `Socket reads per stream at the client: full speed ${perWay('chunkReads', 0)};`,
    `  a chunk every ${CHUNK_PAUSE_MS} ms ${perWay('pacedReads', 0)}.`,
    `p50 ms: ${perWay('p50Ms', 2)}. First token ms: ${perWay('firstTokenMs', 2)}.`,
    'Translated: nginx and undici know no protocol; Portkey answers /v1/messages for an OpenAI upstream with 500 and passes /v1/responses on as it is.',
    ...leftOut,
    ...(wrk === undefined ? [WITHOUT_WRK] : []),
  ]
}

const WITHOUT_WRK =
  'wrk is not on this machine: its part is done by a generator of ours, which makes every proxy look dearer.'

/** The bars in µs belong to one machine; its proxies, which no change of ours can move, say how this one compares. */
function scale(): string {
  const names = otherProxies().filter((name) => name in BARS_SET_AT) as (keyof typeof BARS_SET_AT)[]
  const parts = names.map((name) => {
    const here = medianOf(name, 'request')
    return `${name} takes ${here.toFixed(0)} µs per request here and took ${BARS_SET_AT[name]} there (${(here / BARS_SET_AT[name]).toFixed(1)}x)`
  })
  return `The bars in µs were set on another machine: ${parts.join(', ')}.`
}
