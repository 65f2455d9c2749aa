import { basename } from 'node:path'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import type { LlamaBinding } from '../../catalog/model.ts'
import { MusivumError, toMusivumError, type ErrorCode } from '../../core/errors.ts'
import type { Clock } from '../../core/ports.ts'
import type { WeightsInMemory } from '../engine.ts'
import { stateOf, type KeeperState, type Loaded, type Phase } from './keeper-phase.ts'
import { memoryBook, type MemoryBook } from './memory-book.ts'
import { startModelProcess, type ModelProcess } from './model-process.ts'
import { prepareLoad, sizeText, type LocalModel } from './prepare-load.ts'
import type { CountedReport, DoneReport, TokensReport, VectorsReport } from './protocol.ts'
import { fingerprint } from './verify-weights.ts'

export type KeeperDeps = {
  readonly clock: Clock
  readonly home: string
  readonly log: (line: string) => void
  /** Shared by all local models of a gateway; unless given, this one has the machine to itself. */
  readonly memory?: MemoryBook
  /** Wait before a start that follows a crash. */
  readonly backOffMs?: number
}

/** Keeps the one process of a model: starts it for the first request, ends it when idle, brings it back after a crash. */
export type ProcessKeeper = {
  /** The loaded process; concurrent callers share one start. */
  readonly get: () => Promise<ModelProcess>
  /** An order was carried out: earlier crashes are forgiven. */
  readonly answered: (report: DoneReport | VectorsReport | CountedReport | TokensReport) => void
  /** No request is under way: the time until unload begins. `busy` ends it. */
  readonly idle: () => void
  readonly busy: () => void
  /** What `state()` of the engine says, without the counts. */
  readonly state: () => KeeperState
  readonly weights: WeightsInMemory
  readonly close: () => Promise<void>
}

const KEEP_ALIVE_MS = 5 * 60_000
const BACK_OFF_MS = 500
/** Two in a row: one crash may be the system short of memory, a second points at the file. */
const CRASHES_TO_QUARANTINE = 2
// Growth that is not the model's: long log-probability requests leave some behind in the engine. Ended when idle.
const MAX_GROWTH_BYTES = 512 * 1024 * 1024

/** What will not go away by trying again with the same files. */
const CONDEMNING: ReadonlySet<ErrorCode> = new Set([
  'engine.weights_damaged',
  'engine.quarantined',
  'config.invalid',
])

export function processKeeper(model: LocalModel, deps: KeeperDeps): ProcessKeeper {
  const { binding, name } = model
  const { clock, log, backOffMs = BACK_OFF_MS, memory = memoryBook({ clock }) } = deps
  const keepAliveMs = binding.pinned === true ? -1 : (binding.keepAliveMs ?? KEEP_ALIVE_MS)
  let phase: Phase = { kind: 'idle' }
  let crashes = 0
  let recycled = 0
  let residentBytes = 0
  let wanted = false
  let idleSinceMs = clock.monotonic()
  let unload: NodeJS.Timeout | undefined
  let filesAtStart = ''
  const closing = new AbortController()
  const account = memory.open({
    pinned: binding.pinned === true,
    idleSinceMs: () => (wanted ? undefined : idleSinceMs),
    residentBytes: () => residentBytes,
    leave: () => leave('to make room'),
  })

  async function get(): Promise<ModelProcess> {
    if (phase.kind === 'condemned') await reconsider(phase)
    switch (phase.kind) {
      case 'ready':
        return phase.loaded.process
      case 'leaving':
        await phase.gone
        return get()
      case 'starting':
        return (await phase.started).process
      case 'condemned':
        throw phase.error
      case 'closed':
        throw stopping()
      default:
        return begin(phase.kind === 'crashed' ? phase.atMs + backOffMs - clock.monotonic() : 0)
    }
  }

  async function reconsider(condemned: Phase & { readonly kind: 'condemned' }): Promise<void> {
    const now = await fingerprint(binding)
    if (phase !== condemned || now === condemned.files) return
    phase = { kind: 'idle' }
    crashes = 0
  }

  async function begin(waitMs: number): Promise<ModelProcess> {
    const started = start(waitMs)
    phase = { kind: 'starting', started }
    started.then(settled, failed)
    return (await started).process

    function settled(loaded: Loaded): void {
      residentBytes = loaded.process.ready.residentBytes
      // A crash between the last report and this turn has already been noted.
      if (phase.kind !== 'starting') return
      phase = { kind: 'ready', loaded }
      loaded.room.loaded()
      // Loaded for nobody, or for one who has gone meanwhile.
      idleSinceMs = clock.monotonic()
      if (!wanted) idle()
    }

    function failed(thrown: unknown): void {
      const error = toMusivumError(thrown)
      if (phase.kind !== 'starting') return
      if (CONDEMNING.has(error.code)) return condemn(error)
      // Others were busy, and in a moment they may not be: the model is as fine as it was.
      phase = error.code === 'engine.busy' ? { kind: 'idle' } : { kind: 'failed', error }
    }
  }

  async function start(waitMs: number): Promise<Loaded> {
    const { signal } = closing
    if (waitMs > 0) await sleep(waitMs, undefined, { signal })
    filesAtStart = await fingerprint(binding)
    residentBytes = 0
    const { need, order } = await prepareLoad(model, deps.home, signal)
    const room = await account.admit(need, signal)
    const since = clock.monotonic()
    const process = await startModelProcess({ ...order, ...room.size }, signal, onCrash).catch(
      (thrown: unknown) => {
        room.giveBack()
        throw thrown
      },
    )
    void process.gone.then(room.giveBack)
    const seconds = ((clock.monotonic() - since) / 1000).toFixed(1)
    log(`${name}: loaded in ${seconds} s, process ${process.pid ?? '?'}, ${sizeText(process, need)}`)
    return { process, room, loadedAtMs: clock.now() }
  }

  function onCrash(why: string): void {
    crashes += 1
    log(`${name}: its process ended by itself (${why})`)
    if (phase.kind === 'closed') return
    phase = { kind: 'crashed', why, atMs: clock.monotonic() }
    if (crashes >= CRASHES_TO_QUARANTINE) condemn(quarantined(name, binding, why))
  }

  function condemn(error: MusivumError): void {
    phase = { kind: 'condemned', error, files: filesAtStart }
    log(`${name}: not started again until its file changes: ${error.message}`)
  }

  function idle(): void {
    if (wanted) idleSinceMs = clock.monotonic()
    wanted = false
    clearTimeout(unload)
    if (phase.kind !== 'ready') return
    const growth = growthOf(phase.loaded, residentBytes)
    if (growth > MAX_GROWTH_BYTES) return recycle(growth)
    account.idle()
    if (keepAliveMs < 0) return
    unload = setTimeout(() => void leave('nobody asked for it'), keepAliveMs)
    unload.unref()
  }

  /** The engine's library leaks a little with some requests; a new process holds only what the model needs. */
  function recycle(growth: number): void {
    recycled += 1
    void leave(`its process had grown by ${Math.round(growth / 1024 / 1024)} MiB`).then(() => {
      // Whatever goes wrong is told to the next who asks.
      if (binding.pinned === true) void get().catch(() => 'its state says so')
    })
  }

  function busy(): void {
    wanted = true
    clearTimeout(unload)
  }

  function leave(why: string): Promise<void> {
    if (phase.kind === 'leaving') return phase.gone
    if (phase.kind !== 'ready') return Promise.resolve()
    clearTimeout(unload)
    const { loaded } = phase
    const left = wanted ? drained(loaded.process) : Promise.resolve()
    const gone = left
      .then(() => loaded.process.stop(unloaded()))
      .then(() => {
        if (phase.kind !== 'leaving') return
        phase = { kind: 'idle' }
        log(`${name}: unloaded (${why})`)
      })
    phase = { kind: 'leaving', loaded, gone }
    return gone
  }

  async function unloadAsAsked(when: 'when-done' | 'now'): Promise<void> {
    // It would go on loading and be there afterwards. What it fails with is told to whoever asked for it.
    if (phase.kind === 'starting') await Promise.allSettled([phase.started])
    const gone = leave('as asked')
    if (when === 'now' && phase.kind === 'leaving') await phase.loaded.process.stop(unloaded())
    await gone
  }

  return {
    get,
    answered(report) {
      if (report.kind === 'done') residentBytes = report.residentBytes
      if (report.kind !== 'done' || report.reason !== 'cancelled') crashes = 0
    },
    idle,
    busy,
    state: () =>
      stateOf(phase, {
        clock,
        backOffMs,
        keepAliveMs,
        residentBytes,
        idleSinceMs: wanted ? null : idleSinceMs,
      }),
    weights: { load: async () => void (await get()), unload: unloadAsAsked, recycled: () => recycled },
    async close() {
      clearTimeout(unload)
      const before = phase
      phase = { kind: 'closed' }
      closing.abort(stopping())
      if (before.kind === 'ready' || before.kind === 'leaving') await before.loaded.process.stop(stopping())
      // Rejects with what was just said; whoever waited for it hears it too.
      if (before.kind === 'starting') await Promise.allSettled([before.started])
    },
  }
}

/** Whoever was given the process a moment ago has sent his order when this turn of the event loop is over. */
async function drained(process: ModelProcess): Promise<void> {
  await setImmediate()
  await process.drained()
}

/** Beyond what it held after loading and beyond what it was promised. */
function growthOf({ process, room }: Loaded, residentBytes: number): number {
  return residentBytes - Math.max(process.ready.residentBytes, room.promisedBytes)
}

function quarantined(name: string, binding: LlamaBinding, why: string): MusivumError {
  const file = basename(binding.weights)
  const message = `${name} crashed twice in a row (${why}); ${file} is not loaded again until the file changes or the gateway restarts.`
  return new MusivumError('engine.quarantined', message, { model: name })
}

function stopping(): MusivumError {
  return new MusivumError('gateway.stopping', 'The gateway is shutting down.')
}

function unloaded(): MusivumError {
  const message = 'The model was unloaded while it answered; the same request again loads it.'
  return new MusivumError('engine.crashed', message, { retryAfterSeconds: 1 })
}
