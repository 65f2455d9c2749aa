import { setTimeout as sleep } from 'node:timers/promises'
import { join } from 'node:path'
import { Agent, request } from 'undici'
import type { LocalModelsView } from '../src/gateway/admin/contract.ts'
import { root, startGatewayProcess } from './lib/gateway-process.ts'
import { residentBytes, withChildren } from './lib/process-cost.ts'
import { benchOptions, progress, publish } from './lib/report.ts'
import { quantile, sum } from './lib/statistics.ts'
import { temporaryFolder } from './lib/temporary-folder.ts'

const HELP = `Eight models on demand where three fit: starters with as many slots as make half a gibibyte of context each, a limit of
2 GiB for all of them, and one model too many for it by design. Prints what became of every request, what was promised
and what the processes really held.

  node bench/admission.ts [--minutes 10] [--quick] [--json] [--gate]`

const MIB = 1024 * 1024
const LIMIT_BYTES = 2048 * MIB
const MODELS = Array.from({ length: 8 }, (_, index) => `model-${index + 1}`)
/** 256 x 512 tokens x 3 KiB: 384 MiB of context beside 200 of the process. */
const SLOTS = 256
const CLIENTS = 6
const LOOK_EVERY_MS = 100
/** A request that is silent for so long was forgotten: a load may wait for a minute, and a busy machine loads for some seconds. */
const UNANSWERED_AFTER_MS = 180_000
const QUESTION = 'Triage: where do I go for a urine test?'

const options = benchOptions(HELP, { minutes: 10 })
const forMs = options.quick ? 20_000 : options.minutes * 60_000

using folder = temporaryFolder('admission')
const weights = join(root, 'models/starter/starter-l-q8_0.gguf')
// One thread each: eight processes that fight for two cores would measure the scheduler.
const model = { engine: 'llama', weights, slots: SLOTS, threads: 1 }
await using gateway = await startGatewayProcess({
  home: folder.path,
  config: {
    discover: false,
    memory: LIMIT_BYTES,
    models: Object.fromEntries([
      ...MODELS.map((name) => [name, model] as const),
      ['pinned', { ...model, pin: true, warm: true, slots: 1 }],
    ]),
  },
})

const connections = new Agent({ headersTimeout: UNANSWERED_AFTER_MS, bodyTimeout: UNANSWERED_AFTER_MS })
const counts = { answered: 0, 'refused with the numbers': 0, 'failed otherwise': 0 }
const failures = new Map<string, number>()
const waits: number[] = []
const peaks = { promised: 0, resident: 0, loaded: 0 }
const processes = new Set<number>()
const pinned = new Set<number>()
const until = performance.now() + forMs

progress(`${CLIENTS} clients ask ${MODELS.length} models for ${Math.round(forMs / 1000)} s`)
await Promise.all([...Array.from({ length: CLIENTS }, (_, index) => client(index)), watch()])
await connections.destroy()

publish(
  {
    bench: 'admission',
    rows: [
      { what: 'answered', unit: 'requests', measured: counts.answered, least: 1 },
      { what: 'refused with the numbers', unit: 'requests', measured: counts['refused with the numbers'] },
      { what: 'failed otherwise', unit: 'requests', measured: counts['failed otherwise'], bar: 0 },
      { what: 'promised at most', unit: 'MiB', measured: peaks.promised / MIB, bar: LIMIT_BYTES / MIB },
      {
        what: 'held at most by all models',
        unit: 'MiB',
        measured: peaks.resident / MIB,
        bar: LIMIT_BYTES / MIB,
      },
      { what: 'loaded at once, at most', unit: 'models', measured: peaks.loaded },
      { what: 'processes started', unit: 'processes', measured: processes.size, least: MODELS.length },
      { what: 'processes of the pinned model', unit: 'processes', measured: pinned.size, bar: 1 },
      { what: 'time to an answer, median', unit: 's', measured: quantile(waits, 0.5) / 1000 },
      { what: 'time to an answer, 99 of 100', unit: 's', measured: quantile(waits, 0.99) / 1000 },
    ],
    notes: [
      `${CLIENTS} clients, each asking one model after the other in an order of its own; ${Math.round(forMs / 1000)} s; limit 2 GiB by configuration.`,
      'Held: the sum of VmRSS of all model processes, looked at ten times a second. A process that the system killed would fail its requests.',
      ...[...failures].map(([why, count]) => `${count} x ${why}`),
    ],
  },
  options,
)

/** Asks the models in turns, beginning and stepping otherwise than the others: each comes back to a model after some time. */
async function client(index: number): Promise<void> {
  for (let turn = index; performance.now() < until; turn += 1 + (index % 3)) {
    const startedMs = performance.now()
    const outcome = await ask(turn % 9 === 8 ? 'pinned' : (MODELS[turn % MODELS.length] ?? ''))
    counts[outcome] += 1
    if (outcome === 'answered') waits.push(performance.now() - startedMs)
  }
}

async function ask(name: string): Promise<keyof typeof counts> {
  const body = JSON.stringify({ model: name, messages: [{ role: 'user', content: QUESTION }] })
  const headers = { 'content-type': 'application/json' }
  const url = `${gateway.url}/v1/chat/completions`
  const response = await request(url, { method: 'POST', headers, body, dispatcher: connections })
  const text = await response.body.text()
  if (response.statusCode === 200 && text.includes('"content":"')) return 'answered'
  const known = /"code":"engine\.(out_of_memory|busy)"/.test(text) && /[\d.]+ GiB/.test(text)
  const why = `${response.statusCode} ${text.slice(0, 300)}`
  failures.set(why, (failures.get(why) ?? 0) + 1)
  return known ? 'refused with the numbers' : 'failed otherwise'
}

async function watch(): Promise<void> {
  while (performance.now() < until) {
    const view = (await (await fetch(`${gateway.url}/api/local-models`)).json()) as LocalModelsView
    const loaded = view.models.flatMap(({ name, pid }) => (pid === null ? [] : [{ name, pid }]))
    for (const { name, pid } of loaded) (name === 'pinned' ? pinned : processes).add(pid)
    peaks.promised = Math.max(peaks.promised, view.memory.promisedBytes)
    peaks.loaded = Math.max(peaks.loaded, loaded.length)
    peaks.resident = Math.max(peaks.resident, heldBytes())
    await sleep(LOOK_EVERY_MS)
  }
}

/** All that the gateway started, also what is still loading. */
function heldBytes(): number {
  try {
    return sum(withChildren(gateway.pid).slice(1).map(residentBytes))
  } catch {
    // One ended between the listing and the look: the next look is a tenth of a second away.
    return 0
  }
}
