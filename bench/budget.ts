import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, request } from 'undici'
import type { BudgetView, KeyWithSecret } from '../src/gateway/admin/contract.ts'
import { openLedgerForReading } from '../src/store/ledger/ledger-file.ts'
import { ledgerReader } from '../src/store/ledger/ledger-reader.ts'
import { startWorker } from './lib/child.ts'
import { startGatewayProcess, type GatewayProcess } from './lib/gateway-process.ts'
import { benchOptions, progress, publish, type Measured } from './lib/report.ts'
import { temporaryFolder } from './lib/temporary-folder.ts'
import type { UpstreamJob, UpstreamStarted } from './mock-upstream.ts'

const HELP = `Hard budgets under 64 callers at once: answers whole and streamed, failures and aborts mixed in, and a gateway that is
killed in the middle again and again. Prints what was spent beyond a cap, and whether the ledger adds up afterwards.

  node bench/budget.ts [--quick] [--json] [--gate] [--kills 30]`

const CALLERS = 64
const CAP_NANO = 300_000_000
/** Dollars per million: a token of an answer is 10,000 nano-dollars. */
const PRICE = { input_usd_per_million: 1, output_usd_per_million: 10 }
const OUT_NANO = 10_000
/** What the double streams, piece by piece; a byte is held as a token until the answer is counted. */
const CHUNK = ' word'
const MESSAGES = [{ role: 'user', content: 'Go on.' }]
const LONGEST_HOLD_MS = 600_000
/** The gateway looks once a second. */
const EXPIRED_WITHIN_MS = 5_000

/** What a caller does; `leavesAfterMs` is a client that goes away. */
type Kind = { readonly model: string; readonly stream: boolean; readonly leavesAfterMs?: number }

const WHOLE: readonly Kind[] = [{ model: 'plain', stream: false }]
const STREAMED: readonly Kind[] = [
  { model: 'endless', stream: true },
  { model: 'plain', stream: true },
]
const MIXED: readonly Kind[] = [
  ...WHOLE,
  ...STREAMED,
  { model: 'status-500', stream: false },
  { model: 'cut-mid-stream', stream: true },
  { model: 'error-mid-stream', stream: true },
  { model: 'no-usage', stream: true },
  { model: 'endless', stream: true, leavesAfterMs: 40 },
  { model: 'slow-first-byte', stream: false, leavesAfterMs: 30 },
  { model: 'failing', stream: true },
]

const options = benchOptions(HELP, { kills: 30 })
const kills = options.quick ? 3 : options.kills

await using resources = new AsyncDisposableStack()
const double = resources.use(await startWorker<UpstreamJob, UpstreamStarted>('mock-upstream.ts'))
const upstream = await double.run({ chunks: 40, chunkText: CHUNK, delayMs: 1, slowMs: 100 })
const agent = new Agent({ connections: CALLERS, pipelining: 1, bodyTimeout: 30_000, headersTimeout: 30_000 })
resources.defer(() => agent.destroy())

const rows: Measured[] = [...(await againstCaps()), ...(await underKills())]
publish(
  {
    bench: 'budget',
    rows,
    notes: [
      `A cap of $${CAP_NANO / 1e9}, answers of $${PRICE.output_usd_per_million} a million tokens; each caller asks until he is refused.`,
      'Beyond the cap, streamed: in chunks of each of the 64 streams, when all of them were beyond it by as much.',
      `Killed with SIGKILL 0.3 to 2 s into the load, ${kills} times on one home folder; what a client saw is looked for as a line or a hold.`,
    ],
  },
  options,
)

/** Spending up to a cap, by whole answers, by streams, and by everything that can go wrong. */
async function againstCaps(): Promise<readonly Measured[]> {
  using home = temporaryFolder('budget-caps')
  await using gateway = await start(home.path)
  const admin = await newKey(gateway, undefined, 'admin')
  const spendUp = async (kinds: readonly Kind[]): Promise<Spent> => {
    const payer = await newKey(gateway, admin.secret, 'payer')
    const scope = { kind: 'key', id: payer.key.id }
    await manage(gateway, admin.secret, 'POST', '/api/budgets', {
      scope,
      period: 'total',
      capUsd: CAP_NANO / 1e9,
    })
    await Promise.all(
      Array.from({ length: CALLERS }, (_, index) => untilRefused(gateway, payer.secret, kinds, index)),
    )
    const balance = await settled(gateway, admin.secret, payer.key.id)
    return {
      over: Math.max(0, balance.spentNanoUsd - CAP_NANO),
      used: balance.spentNanoUsd / CAP_NANO,
      key: payer.key.id,
      spent: balance.spentNanoUsd,
    }
  }
  progress('whole answers against a cap')
  const whole = await spendUp(WHOLE)
  progress('streams against a cap')
  const streamed = await spendUp(STREAMED)
  progress('everything against a cap')
  const mixed = await spendUp(MIXED)
  const chunks = ({ over }: Spent): number => over / (CALLERS * CHUNK.length * OUT_NANO)
  const differs = [whole, streamed, mixed].filter((each) => linesOfKey(home.path, each.key) !== each.spent)
  return [
    { what: 'beyond the cap, whole answers', unit: 'nano-dollars', measured: whole.over, bar: 0 },
    { what: 'beyond the cap, streamed', unit: 'chunks a stream', measured: chunks(streamed), bar: 1 },
    {
      what: 'beyond the cap, failures and aborts too',
      unit: 'chunks a stream',
      measured: chunks(mixed),
      bar: 1,
    },
    { what: 'of the cap used: whole', unit: '', measured: whole.used, least: 0.9 },
    { what: 'of the cap used: streamed', unit: '', measured: streamed.used },
    { what: 'of the cap used: everything', unit: '', measured: mixed.used },
    { what: 'keys whose lines are not their balance', unit: '', measured: differs.length, bar: 0 },
  ]
}

type Spent = { readonly over: number; readonly used: number; readonly key: string; readonly spent: number }

/** Load, a kill in the middle of it, and a look at the ledger; again and again on one home folder. */
async function underKills(): Promise<readonly Measured[]> {
  using home = temporaryFolder('budget-kills')
  const seen: string[] = []
  let lost = 0
  let wrongSums = 0
  let payer: KeyWithSecret | undefined
  let admin: KeyWithSecret | undefined
  for (let kill = 0; kill <= kills; kill += 1) {
    const gateway = await start(home.path)
    if (admin === undefined || payer === undefined) {
      admin = await newKey(gateway, undefined, 'admin')
      payer = await newKey(gateway, admin.secret, 'payer')
      await manage(gateway, admin.secret, 'POST', '/api/budgets', {
        scope: { kind: 'everyone' },
        period: 'total',
        capUsd: 9_000,
      })
    } else {
      lost += unaccounted(home.path, seen.splice(0))
      const [balance] = await budgets(gateway, admin.secret)
      if (balance?.spentNanoUsd !== linesOfKey(home.path, payer.key.id)) wrongSums += 1
    }
    if (kill < kills) {
      const stop = new AbortController()
      const { secret } = payer
      const load = Promise.all(
        Array.from({ length: CALLERS }, (_, index) =>
          untilStopped(gateway, secret, index, stop.signal, seen),
        ),
      )
      await sleep(randomInt(300, 2_000))
      process.kill(gateway.pid, 'SIGKILL')
      stop.abort()
      await load
      progress(`kill ${kill + 1} of ${kills}`)
    }
    await gateway[Symbol.asyncDispose]()
  }
  const holds = openHolds(home.path)
  const nowMs = Date.now()
  const wrongEnd = holds.filter(
    ({ expiresMs }) => expiresMs < nowMs - EXPIRED_WITHIN_MS || expiresMs > nowMs + LONGEST_HOLD_MS,
  )
  return [
    { what: 'answers seen that are neither line nor hold', unit: '', measured: lost, bar: 0 },
    {
      what: 'restarts with a balance that is not the sum of the lines',
      unit: '',
      measured: wrongSums,
      bar: 0,
    },
    {
      what: 'holds beyond their expiry, or that stay for longer than ten minutes',
      unit: '',
      measured: wrongEnd.length,
      bar: 0,
    },
    { what: 'holds of killed gateways, waiting to expire', unit: '', measured: holds.length },
    { what: 'answers in the ledger', unit: '', measured: settlements(home.path) },
  ]
}

function start(home: string): Promise<GatewayProcess> {
  const behind = (model: string, more: object = {}) => [
    model,
    { engine: 'openai', base_url: upstream.url, model, price: PRICE, ...more },
  ]
  const names = MIXED.map(({ model }) => model).filter((name) => name !== 'failing')
  const models = Object.fromEntries([
    ...names.map((name) => behind(name)),
    [
      'failing',
      { engine: 'openai', base_url: upstream.url, model: 'status-503', price: PRICE, fallbacks: ['plain'] },
    ],
  ])
  return startGatewayProcess({ home, config: { discover: false, models } })
}

async function manage<View>(
  gateway: GatewayProcess,
  key: string | undefined,
  method: string,
  path: string,
  body?: object,
): Promise<View> {
  const response = await fetch(gateway.url + path, {
    method,
    headers: { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`)
  return (await response.json()) as View
}

function newKey(gateway: GatewayProcess, admin: string | undefined, name: string): Promise<KeyWithSecret> {
  return manage(gateway, admin, 'POST', '/api/keys', { name, ...(admin === undefined && { role: 'admin' }) })
}

async function budgets(gateway: GatewayProcess, admin: string): Promise<readonly BudgetView[]> {
  return (await manage<{ readonly budgets: readonly BudgetView[] }>(gateway, admin, 'GET', '/api/budgets'))
    .budgets
}

/** The balance of a key once nothing of it is set aside any more: clients that left are settled a moment after them. */
async function settled(gateway: GatewayProcess, admin: string, key: string): Promise<BudgetView> {
  for (;;) {
    const balance = (await budgets(gateway, admin)).find(
      ({ scope }) => scope.kind === 'key' && scope.id === key,
    )
    if (balance === undefined) throw new Error('the budget is gone')
    if (balance.heldNanoUsd === 0) {
      // The lines of a balance are on the disk when the request log that names them is: any question waits for both.
      await manage(gateway, admin, 'GET', '/api/spend?by=key')
      return balance
    }
    await sleep(20)
  }
}

/** One caller. Resolves when the budget refuses him. */
async function untilRefused(
  gateway: GatewayProcess,
  secret: string,
  kinds: readonly Kind[],
  index: number,
): Promise<void> {
  for (let turn = index; ; turn += 1) {
    const kind = kinds[turn % kinds.length]
    if (kind !== undefined && (await ask(gateway, secret, kind)) === 'refused') return
  }
}

async function untilStopped(
  gateway: GatewayProcess,
  secret: string,
  index: number,
  stop: AbortSignal,
  seen: string[],
): Promise<void> {
  for (let turn = index; !stop.aborted; turn += 1) {
    const kind = MIXED[turn % MIXED.length]
    // The kill ends what is under way, and that is all that may.
    if (kind !== undefined)
      await ask(
        gateway,
        secret,
        { ...kind, ...(kind.model === 'endless' && { leavesAfterMs: 60 }) },
        seen,
      ).catch(() => sleep(5))
  }
}

async function ask(
  gateway: GatewayProcess,
  secret: string,
  kind: Kind,
  seen?: string[],
): Promise<'answered' | 'refused'> {
  const { model, stream, leavesAfterMs } = kind
  const leaving = leavesAfterMs === undefined ? undefined : AbortSignal.timeout(leavesAfterMs)
  try {
    const { statusCode, headers, body } = await request(`${gateway.url}/v1/chat/completions`, {
      dispatcher: agent,
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
      body: JSON.stringify({
        model,
        stream,
        max_tokens: 40 * (model === 'endless' ? 1_000 : 1),
        messages: MESSAGES,
      }),
      ...(leaving && { signal: leaving }),
    })
    const id = headers['x-musivum-request-id']
    if (statusCode === 200 && typeof id === 'string') seen?.push(id)
    const text = await body.text()
    return text.includes('budget.exhausted') ? 'refused' : 'answered'
  } catch (error) {
    if (leaving?.aborted === true) return 'answered'
    throw error
  }
}

function inLedger<Result>(home: string, read: (database: DatabaseSync) => Result): Result {
  const database = openLedgerForReading(join(home, 'data', 'ledger.db'))
  try {
    return read(database)
  } finally {
    database.close()
  }
}

function linesOfKey(home: string, key: string): number {
  const sum = `SELECT coalesce(sum(line.nano_usd), 0) AS sum FROM line JOIN settlement USING (request_id, hold_id) WHERE key = ?`
  return inLedger(home, (database) => Number(database.prepare(sum).get(key)?.['sum']))
}

function settlements(home: string): number {
  return inLedger(home, (database) =>
    Number(database.prepare('SELECT count(*) AS n FROM settlement').get()?.['n']),
  )
}

function openHolds(home: string) {
  return inLedger(home, (database) => ledgerReader(database).holds())
}

/** How many of these requests the ledger knows nothing of. */
function unaccounted(home: string, ids: readonly string[]): number {
  return inLedger(home, (database) => {
    const reader = ledgerReader(database)
    const held = new Set(reader.holds().map(({ requestId }) => requestId))
    return ids.filter((id) => !held.has(id) && reader.settlementsOf(id).length === 0).length
  })
}
