import { setTimeout as sleep } from 'node:timers/promises'
import { uuidV7Ids } from '../src/core/ids.ts'
import { nanoUsd } from '../src/core/money.ts'
import type { Clock } from '../src/core/ports.ts'
import type { KeyPrincipal } from '../src/core/principal.ts'
import { systemClock, systemRandom } from '../src/gateway/system-ports.ts'
import type { Accounts, Scope } from '../src/store/accounts/accounts.ts'
import { newSecret } from '../src/store/accounts/key-secret.ts'
import { openAccounts } from '../src/store/accounts/open-accounts.ts'
import type { Hold, Ledger, LedgerLine, SpendQuery } from '../src/store/ledger/ledger.ts'
import { openLedger } from '../src/store/ledger/open-ledger.ts'
import { benchOptions, progress, publish, type Measured } from './lib/report.ts'
import { median } from './lib/statistics.ts'
import { temporaryFolder } from './lib/temporary-folder.ts'

const HELP = `What the check of a key, of four budgets and of all limits, a hold and its settlement cost a request; what guessing of keys can
take; and how long the sums of a month take to read.

  node bench/ledger.ts [--requests N] [--quick] [--json] [--gate]`

const options = benchOptions(HELP, { requests: 1_000_000 })
const rounds = options.quick ? 3 : 9
const perRound = options.quick ? 5_000 : 20_000
const CALLERS = 64
const MONTH_MS = 30 * 86_400_000
const KEYS = 1_000
const MODELS = 20
const kilobyte = Object.fromEntries(Array.from({ length: 64 }, (_, at) => [`name-${at}`, at * 1_001]))

using folder = temporaryFolder('ledger')
const random = systemRandom()
const ids = uuidV7Ids(systemClock, random)

const rows: Measured[] = []
{
  progress('a request')
  const { accounts, secret, ledger, close } = await openWithEverything()
  const checked = await rounded(() => {
    for (let count = 0; count < perRound; count += 1) void accounts.authenticate(secret, systemClock.now())
  })
  const scale = await rounded(writeAndRead)
  const whole = await rounded(() => inParallel(() => oneRequest(accounts, ledger, secret)))
  progress('guesses')
  const guessing = await guessFor(accounts, options.quick ? 500 : 3_000)
  await close()
  rows.push(
    row(
      '1 KB of JSON written and read, for the scale of this machine',
      'µs',
      median(scale.map(({ all }) => all)),
    ),
    row('key that was checked before', 'µs', median(checked.map(({ all }) => all))),
    {
      ...row('key, limits, hold and settlement: all threads', 'µs', median(whole.map(({ all }) => all))),
      bar: 30,
    },
    row('the same in the quietest round', 'µs', Math.min(...whole.map(({ all }) => all))),
    row('the same: the thread that answers', 'µs', median(whole.map(({ own }) => own))),
    { ...row('guessing of keys, of one core', '%', guessing * 100), bar: 50 },
  )
}
{
  progress(`a month of ${options.requests} requests`)
  const { ledger, fromMs, close } = await openWithMonth(options.quick ? 50_000 : options.requests)
  const units = { month: { unit: 'day', fromMs, toMs: fromMs + MONTH_MS } } as const
  const twoDays = { unit: 'hour', fromMs: fromMs + 10 * 86_400_000, toMs: fromMs + 12 * 86_400_000 } as const
  for (const by of ['nothing', 'model', 'team', 'key'] as const) {
    rows.push(await timed(ledger, `days of a month by ${by}`, { ...units.month, by, top: 20 }))
    rows.push(await timed(ledger, `hours of two days by ${by}`, { ...twoDays, by, top: 20 }))
  }
  await close()
}
publish({ bench: 'ledger', rows, notes: notes() }, options)

function row(what: string, unit: string, measured: number): Measured {
  return { what, unit, measured }
}

type Cpu = { readonly all: number; readonly own: number }

/** Processor time per request, of the whole process and of this thread, in each round. */
async function rounded(work: () => void | Promise<void>): Promise<readonly Cpu[]> {
  await work()
  const measured: Cpu[] = []
  for (let round = 0; round < rounds; round += 1) {
    const all = process.cpuUsage()
    const own = process.threadCpuUsage()
    await work()
    measured.push({ all: each(process.cpuUsage(all)), own: each(process.threadCpuUsage(own)) })
  }
  return measured
}

function each({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / perRound
}

function writeAndRead(): void {
  for (let count = 0; count < perRound; count += 1) JSON.parse(JSON.stringify(kilobyte))
}

async function inParallel(request: () => Promise<void>): Promise<void> {
  let left = perRound
  const caller = async (): Promise<void> => {
    while (left > 0) {
      left -= 1
      await request()
    }
  }
  await Promise.all(Array.from({ length: CALLERS }, caller))
}

async function oneRequest(accounts: Accounts, ledger: Ledger, secret: string): Promise<void> {
  const principal = await accounts.authenticate(secret, systemClock.now())
  const requestId = ids.next()
  const worst = nanoUsd(30_000)
  const hold = ledger.reserve({ requestId, principal, atMs: systemClock.now(), worst, tokens: 3_000 })
  await ledger.kept(hold)
  ledger.settle(hold, [line(hold, 'in_uncached', 1_000), line(hold, 'out_text', 200)])
}

function line({ requestId }: Hold, bucket: string, tokens: number, model = 'small'): LedgerLine {
  return {
    requestId,
    atMs: systemClock.now(),
    model,
    seller: 'openai',
    purpose: 'answer',
    bucket,
    tokens,
    priceRow: `openai/${model}/${bucket}@2026-11-22`,
    nanoUsd: nanoUsd(tokens * 10),
    status: 'priced',
    source: 'counted',
  }
}

/** Four scopes, each with a budget and every limit, none of them ever reached. */
async function openWithEverything() {
  const home = `${folder.path}/request`
  const accounts = openAccounts({ home, clock: systemClock, random })
  accounts.createTeam({ id: 'team' })
  accounts.createProject({ id: 'project', team: 'team' })
  const { key, secret } = accounts.createKey({ name: 'bench', project: 'project' })
  const scopes: readonly Scope[] = [
    { kind: 'everyone' },
    { kind: 'team', id: 'team' },
    { kind: 'project', id: 'project' },
    { kind: 'key', id: key.id },
  ]
  for (const scope of scopes) {
    accounts.setBudget({ scope, period: 'month', cap: nanoUsd(1e15), hard: true })
    const rates = { requestsPerMinute: 1e9, tokensPerMinute: 1e12, nanoUsdPerMinute: nanoUsd(1e15) }
    accounts.setLimits(scope, { ...rates, parallel: 1e6 })
  }
  const ledger = await openLedger({ home, clock: systemClock, ids, accounts })
  const close = async () => {
    await ledger.close()
    accounts.close()
  }
  return { accounts, secret, ledger, close }
}

/** The share of one core that a flood of wrong keys takes. */
async function guessFor(accounts: Accounts, ms: number): Promise<number> {
  const startedMs = performance.now()
  const endsMs = startedMs + ms
  const before = process.cpuUsage()
  const guess = async (): Promise<void> => {
    while (performance.now() < endsMs) {
      try {
        await accounts.authenticate(newSecret(random), systemClock.now())
      } catch {
        // A refusal, or that too many are being checked. What asking itself costs is not what is measured here.
        await sleep(20)
      }
    }
  }
  await Promise.all(Array.from({ length: CALLERS }, guess))
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000 / (performance.now() - startedMs)
}

async function openWithMonth(requests: number) {
  const home = `${folder.path}/month`
  const fromMs = Date.UTC(2026, 9, 1)
  let nowMs = fromMs
  const clock: Clock = { now: () => nowMs, monotonic: () => performance.now() }
  const accounts = openAccounts({ home, clock, random })
  const ledger = await openLedger({ home, clock, ids, accounts })
  const monthIds = uuidV7Ids(clock, random)
  for (let count = 0; count < requests; count += 1) {
    nowMs = fromMs + Math.floor((count * MONTH_MS) / requests)
    const requestId = monthIds.next()
    const principal = keyNumber((count * 7_919) % KEYS)
    const hold = ledger.reserve({ requestId, principal, atMs: nowMs, worst: nanoUsd(0), tokens: 0 })
    const model = `model-${(count * 31) % MODELS}`
    ledger.settle(hold, [line(hold, 'in_uncached', 1_000, model), line(hold, 'out_text', 200, model)])
    if (count % 5_000 === 0) await ledger.flush()
  }
  await ledger.flush()
  const close = async () => {
    await ledger.close()
    accounts.close()
  }
  return { ledger, fromMs, close }
}

function keyNumber(number: number): KeyPrincipal {
  const team = `team-${number % 30}`
  return { kind: 'key', id: `mv-${String(number).padStart(10, '0')}`, role: 'member', team, clearances: [] }
}

async function timed(ledger: Ledger, what: string, query: SpendQuery): Promise<Measured> {
  const times: number[] = []
  const processor: number[] = []
  for (let count = 0; count < 5; count += 1) {
    const cpu = process.cpuUsage()
    const before = performance.now()
    const sums = await ledger.spend(query)
    if (sums.length === 0) throw new Error(`${what}: no sums`)
    times.push(performance.now() - before)
    const { user, system } = process.cpuUsage(cpu)
    processor.push((user + system) / 1_000)
  }
  return { ...row(what, 'ms', median(times)), bar: 100, beside: { processor: median(processor) } }
}

function notes(): readonly string[] {
  return [
    `${rounds} rounds of ${perRound} requests by ${CALLERS} callers, each of whom waits until its hold is on the disk; two lines a request.`,
    `The month has ${KEYS} keys of 30 teams and ${MODELS} models.`,
  ]
}
