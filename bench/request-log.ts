import { uuidV7Ids } from '../src/core/ids.ts'
import { systemClock, systemRandom } from '../src/gateway/system-ports.ts'
import { openSqliteStore } from '../src/store/sqlite.ts'
import type { RequestQuery, RequestRow, Store } from '../src/store/store.ts'
import { benchOptions, progress, publish, type Measured } from './lib/report.ts'
import { median } from './lib/statistics.ts'
import { temporaryFolder } from './lib/temporary-folder.ts'

const HELP = `How long the request log takes to answer the questions of the console when it holds a month of a million requests.

  node bench/request-log.ts [--requests N] [--quick] [--json] [--gate]`

const options = benchOptions(HELP, { requests: 1_000_000 })
const count = options.quick ? 50_000 : options.requests
const MONTH_MS = 30 * 86_400_000
const KEYS = 1_000
const MODELS = 20
/** The spend page and the search of requests, server time. */
const BAR_MS = 100

using folder = temporaryFolder('request-log')
const random = systemRandom()
const endMs = Date.now()
let nowMs = endMs - MONTH_MS
const monthIds = uuidV7Ids({ ...systemClock, now: () => nowMs }, random)

progress(`a month of ${count} requests`)
const store = await openSqliteStore({
  directory: folder.path,
  clock: systemClock,
  log: progress,
  limits: { keeps: () => ({ maxRows: 2 * count, maxDays: 90 }) },
})
const middle = await fill(store)
const questions: Readonly<Record<string, RequestQuery>> = {
  'the newest 50': { limit: 50 },
  'by model': { limit: 50, model: 'model-7' },
  'by a key that asks rarely': { limit: 50, key: keyName(KEYS - 1) },
  'by team': { limit: 50, team: 'team-3' },
  failures: { limit: 50, status: 'error' },
  'failures of one model': { limit: 50, status: 'error', model: 'model-7' },
  'what there is none of': { limit: 50, model: 'model-none' },
  'by the start of an id': { limit: 50, idPrefix: middle.slice(0, 18) },
  'the page after the middle': { limit: 50, before: middle },
}
const rows: Measured[] = []
for (const [what, query] of Object.entries(questions))
  rows.push(await timed(`requests: ${what}`, () => store.pageRequests(query)))
rows.push(await timed('one request by its id', () => store.findRequest(middle)))
const month = { fromMs: endMs - MONTH_MS, toMs: endMs }
rows.push(await timed('sums of the month by day', () => store.rollups({ unit: 'day', ...month })))
rows.push(
  await timed('sums of two days by hour', () =>
    store.rollups({ unit: 'hour', fromMs: endMs - 2 * 86_400_000, toMs: endMs }),
  ),
)
await store.close()
publish({ bench: 'request-log', rows, notes: [`${count} rows`] }, options)

/** Returns the id of the row in the middle. */
async function fill(store: Store): Promise<string> {
  let middle = ''
  for (let at = 0; at < count; at += 1) {
    nowMs = endMs - MONTH_MS + Math.floor((at * MONTH_MS) / count)
    const row = requestRow(monthIds.next(), at)
    if (at === count >> 1) middle = row.id
    while (!store.appendRequest(row)) await store.flush()
    if (at % 2_000 === 0) await store.flush()
  }
  await store.flush()
  return middle
}

function requestRow(id: string, at: number): RequestRow {
  // 7,919 is prime to all of these, so that models, keys and failures mix in every order.
  const mixed = at * 7_919
  const model = `model-${mixed % MODELS}`
  const failed = mixed % 50 === 0
  return {
    id,
    atMs: nowMs,
    operation: 'chat',
    stream: at % 2 === 0,
    askedModel: model,
    model,
    plan: 'single',
    status: failed ? 502 : 200,
    errorCode: failed ? 'upstream.failed' : null,
    errorMessage: failed ? 'The server behind the model failed.' : null,
    usage: {
      inputTokens: 1_000,
      cacheReadTokens: 0,
      cacheWriteTokens: 0,
      outputTokens: 200,
      reasoningTokens: 0,
      source: 'counted',
    },
    cost: { kind: 'metered', nanoUsd: 4_000_000 },
    durationMs: 800,
    firstByteMs: 200,
    overheadMs: 0.5,
    toy: false,
    configVersion: '9f2c4be01a77',
    decision: null,
    facts: null,
    attempts: [
      { model, startedMs: 0, durationMs: 800, outcome: failed ? 'failed' : 'answered', errorCode: null },
    ],
    key: keyName(mixed % KEYS),
    team: `team-${mixed % 30}`,
    project: null,
  }
}

function keyName(number: number): string {
  return `mv-${String(number).padStart(10, '0')}`
}

/** The median of several times, as the console would wait: through the thread that reads. Beside it the time of the processor. */
async function timed(what: string, ask: () => Promise<unknown>): Promise<Measured> {
  const times: number[] = []
  const processor: number[] = []
  for (let round = 0; round < 7; round += 1) {
    const before = process.cpuUsage()
    const startedMs = performance.now()
    await ask()
    times.push(performance.now() - startedMs)
    const { user, system } = process.cpuUsage(before)
    processor.push((user + system) / 1_000)
  }
  return { what, unit: 'ms', measured: median(times), bar: BAR_MS, beside: { processor: median(processor) } }
}
