import { startWorker } from './lib/child.ts'
import { canPin, pinTo } from './lib/pin.ts'
import { benchOptions, progress, publish, type Measured } from './lib/report.ts'
import { rotated } from './lib/rotated.ts'
import { median } from './lib/statistics.ts'
import { temporaryFolder } from './lib/temporary-folder.ts'
import { openWays, type Way, type WayName } from './lib/ways.ts'
import { findWrk, type WrkResult } from './lib/wrk.ts'
import type { LoadJob, LoadResult } from './load-generator.ts'
import type { UpstreamJob, UpstreamStarted } from './mock-upstream.ts'

const HELP = `The most requests per second that go through while 99 of 100 take less than 5, 10 and 50 ms and none fails.

  node bench/frontier.ts [--quick] [--json] [--gate]`

const BOUNDS_MS = [5, 10, 50]
const CONNECTIONS = [1, 2, 4, 8, 16, 32, 64, 128]
const WORDS = 220
const PROXY_CORE = 1
const OTHERS_CORE = 0

const options = benchOptions(HELP)
const rounds = options.quick ? 1 : 3
const seconds = 1
const warmUpSeconds = options.quick ? 2 : 10

type Lane = 'whole'
/** What one number of connections came to. */
type Point = { readonly connections: number } & Pick<WrkResult, 'perSecond' | 'p99Ms' | 'wrong'>

await using resources = new AsyncDisposableStack()
const folder = resources.use(temporaryFolder('frontier'))
const load = resources.use(await startWorker<LoadJob, LoadResult>('load-generator.ts'))
const upstream = resources.use(await startWorker<UpstreamJob, UpstreamStarted>('mock-upstream.ts'))
const wrk = findWrk(folder.path)
const upstreams = { whole: await upstream.run({ fast: true }) }
const { ways, leftOut } = await openWays(upstreams, { folder: folder.path, resources })
const pinned = canPin()
if (pinned) {
  pinTo(OTHERS_CORE, [process.pid, upstream.pid, load.pid])
  for (const way of ways) pinTo(PROXY_CORE, way.pids())
}

const points = new Map(ways.map((way) => [way.name, [] as Point[]]))
for (const way of ways) {
  progress(`warming up: ${way.name}`)
  await measure(way, 32, ['direct', 'nginx'].includes(way.name) ? 1 : warmUpSeconds)
}
for (let round = 0; round < rounds; round += 1) {
  progress(`round ${round + 1} of ${rounds}`)
  for (const connections of CONNECTIONS)
    for (const way of rotated(ways, round))
      points.get(way.name)?.push(await measure(way, connections, seconds))
}
publish({ bench: 'frontier', rows: rows(), notes: notes() }, options)

async function measure(way: Way<Lane>, connections: number, forSeconds: number): Promise<Point> {
  const target = way.targets.whole
  const request = { protocol: 'chat', model: 'whole', stream: false } as const
  if (wrk !== undefined)
    return { connections, ...(await wrk({ target, request, seconds: forSeconds, connections })) }
  const until = { seconds: forSeconds }
  const result = await load.run({ ...request, target, concurrency: connections, words: WORDS, until })
  return { ...result, connections, perSecond: result.requests / (result.wallMs / 1000) }
}

function rows(): readonly Measured[] {
  return [
    ...BOUNDS_MS.map((boundMs) => row(`requests/s with p99 < ${boundMs} ms`, (name) => most(name, boundMs))),
    row('requests/s, p99 whatever it is', (name) => most(name, Infinity)),
    { ...row('p99 of one connection, which no bound can be below', aloneP99Ms), unit: 'ms' },
    row('failed requests', failures, 0),
  ]
}

function row(what: string, figure: (name: WayName) => number, bar?: number): Measured {
  const others = ways.map(({ name }) => name).filter((name) => name !== 'musivum')
  const beside = Object.fromEntries(others.map((name) => [name, figure(name)]))
  return { what, unit: '', measured: figure('musivum'), beside, ...(bar === undefined ? {} : { bar }) }
}

/** Over all numbers of connections at which, in the median of the rounds, the bound holds and nothing failed; 0 if none. */
function most(name: WayName, boundMs: number): number {
  const all = points.get(name) ?? []
  const rates = CONNECTIONS.map((connections) => {
    const same = all.filter((point) => point.connections === connections)
    const holds = median(same.map(({ p99Ms }) => p99Ms)) < boundMs && same.every(({ wrong }) => wrong === 0)
    return holds ? median(same.map(({ perSecond }) => perSecond)) : 0
  })
  return Math.round(Math.max(...rates))
}

/** What others on this machine take from a proxy that has next to nothing to do is in it too, and in every row above. */
function aloneP99Ms(name: WayName): number {
  const alone = (points.get(name) ?? []).filter(({ connections }) => connections === 1)
  return median(alone.map(({ p99Ms }) => p99Ms))
}

function failures(name: WayName): number {
  return (points.get(name) ?? []).reduce((sum, { wrong }) => sum + wrong, 0)
}

function notes(): readonly string[] {
  const where = pinned
    ? 'Each proxy on one core with all its threads, those that write our request log and ledger too; upstream and load on another,\n  which is what `direct` shows the end of.'
    : 'Nothing is bound to a core here (no taskset, or one core only): proxy, upstream and load share what there is.'
  return [
    `Whole answers, 1 KB in, 1.5 KB out, zero-delay upstream, ${CONNECTIONS.join(', ')} connections that each send the next request when they have their answer;`,
    `  ${seconds} s each, ${rounds} rounds, medians.`,
    where,
    'Read it beside nginx, which does least: 0 where it has 0 too is the machine; `overhead.ts` says how much slower this one is.',
    ...leftOut,
    ...(wrk === undefined
      ? ['wrk is not on this machine: load by a generator of ours, which ends sooner.']
      : []),
  ]
}
