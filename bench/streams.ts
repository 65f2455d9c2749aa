import { startWorker } from './lib/child.ts'
import { startGatewayProcess } from './lib/gateway-process.ts'
import { canPin, pinTo } from './lib/pin.ts'
import { cpuMicroseconds, residentBytes } from './lib/process-cost.ts'
import { benchOptions, progress, publish } from './lib/report.ts'
import { temporaryFolder } from './lib/temporary-folder.ts'
import type { UpstreamJob, UpstreamStarted } from './mock-upstream.ts'
import type { StreamsJob, StreamsResult } from './stream-readers.ts'

const HELP = `A thousand open streams of 20 tokens a second each through a gateway on one core: the longest time that one of them stood
still, and what memory they take.

  node bench/streams.ts [--quick] [--json] [--gate] [--streams 1000] [--seconds 20]`

const MIB = 1024 * 1024
const TOKEN_EVERY_MS = 50
/** The streams begin one after the other within this time, as they would come, and not all in one millisecond. */
const RAMP_MS = 4_000
const GATEWAY_CORE = 1
const OTHERS_CORE = 0
const SAMPLE_EVERY_MS = 500

const options = benchOptions(HELP, { streams: 1_000, seconds: 20 })
const seconds = options.quick ? 5 : options.seconds
const streams = options.quick ? Math.min(options.streams, 200) : options.streams
const tokens = Math.ceil((seconds * 1000 + RAMP_MS) / TOKEN_EVERY_MS)

await using resources = new AsyncDisposableStack()
const folder = resources.use(temporaryFolder('streams'))
const double = resources.use(await startWorker<UpstreamJob, UpstreamStarted>('mock-upstream.ts'))
const upstream = await double.run({ fast: true, chunks: tokens, delayMs: TOKEN_EVERY_MS })
const readers = resources.use(await startWorker<StreamsJob, StreamsResult>('stream-readers.ts'))
const gateway = resources.use(await startGatewayProcess({ home: folder.path, config: config() }))
const pinned = canPin()
if (pinned) {
  pinTo(OTHERS_CORE, [process.pid, double.pid, readers.pid])
  pinTo(GATEWAY_CORE, [gateway.pid])
}

progress(`direct: ${streams} streams for ${seconds} s`)
const direct = await read(`http://127.0.0.1:${upstream.port}`, streams)
progress('warming up')
await read(gateway.url, Math.ceil(streams / 10))
progress(`through the gateway: ${streams} streams for ${seconds} s`)
const through = await withMemory(() => read(gateway.url, streams))

publish(
  {
    bench: 'streams',
    rows: [
      row('longest time without a chunk', 'ms', (result) => result.longestStallMs, 200),
      row('the same, 99.9 of 100 chunks', 'ms', (result) => result.stallMs999),
      row('streams that broke off or lost a chunk', '', (result) => result.broken, 0),
      row('chunks per second', '', (result) => result.chunksPerSecond),
      { what: 'most resident memory', unit: 'MiB', measured: through.mostBytes / MIB, bar: 400 },
      {
        what: 'CPU of the gateway',
        unit: 'cores',
        measured: through.cpuMicroseconds / 1000 / through.result.wallMs,
      },
    ],
    notes: [
      `${streams} streams open at once, begun within ${RAMP_MS / 1000} s, a token every ${TOKEN_EVERY_MS} ms, ${tokens} tokens each. The time to the first chunk is not in these numbers.`,
      pinned
        ? 'The gateway on one core with all its threads; upstream and readers share another, so what `direct` shows is theirs.'
        : 'Nothing is bound to a core here (no taskset, or one core only): the gateway shares with its upstream and its readers.',
    ],
  },
  options,
)

function config(): Record<string, unknown> {
  return { discover: false, models: { slow: { engine: 'openai', base_url: upstream.url, model: 'slow' } } }
}

function read(origin: string, count: number): Promise<StreamsResult> {
  return readers.run({ origin, model: 'slow', streams: count, tokens, rampMs: RAMP_MS })
}

function row(what: string, unit: string, figure: (result: StreamsResult) => number, bar?: number) {
  const beside = { direct: figure(direct) }
  return { what, unit, measured: figure(through.result), beside, ...(bar === undefined ? {} : { bar }) }
}

async function withMemory<Result>(work: () => Promise<Result>) {
  let mostBytes = 0
  const sample = (): void => {
    mostBytes = Math.max(mostBytes, residentBytes(gateway.pid))
  }
  const sampling = setInterval(sample, SAMPLE_EVERY_MS)
  const before = cpuMicroseconds([gateway.pid])
  const result = await work()
  clearInterval(sampling)
  sample()
  return { result, mostBytes, cpuMicroseconds: cpuMicroseconds([gateway.pid]) - before }
}
