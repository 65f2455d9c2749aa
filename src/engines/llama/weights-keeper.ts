import { basename } from 'node:path'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import type { LlamaBinding } from '../../catalog/model.ts'
import { MusivumError, toMusivumError, type ErrorCode } from '../../core/errors.ts'
import type { Clock } from '../../core/ports.ts'
import type { WeightsInMemory } from '../engine.ts'
import { loadedOf, momentOf, stateOf, type KeeperState, type Loaded, type Phase } from './keeper-phase.ts'
import { memoryBook, type MemoryBook, type Room } from './memory-book.ts'
import type { MemoryNeed, Size } from './memory-fit.ts'
import { sizeText } from './size-text.ts'
import { fingerprint } from './weights-files.ts'
import type { WeightsProcess } from './weights-process.ts'

/** The weights of one model, and how a process with them is started. */
export type KeptWeights<P extends WeightsProcess> = {
  readonly name: string
  readonly binding: LlamaBinding
  /** What the log calls the process. */
  readonly called: string
  /** Everything that can be checked and computed before a process is started. */
  readonly prepare: (signal: AbortSignal) => Promise<Prepared<P>>
}

export type Prepared<P extends WeightsProcess> = {
  readonly need: MemoryNeed
  /**
   * @param signal ends a start that nobody wants any more; later it has no effect
   * @param onCrash called once with one line when the process ends without being told to, also while loading
   */
  readonly start: (size: Size, signal: AbortSignal, onCrash: (why: string) => void) => Promise<P>
}

export type KeeperDeps = {
  readonly clock: Clock
  readonly log: (line: string) => void
  /** Shared by all local models of a gateway; unless given, this one has the machine to itself. */
  readonly memory?: MemoryBook
  /** Wait before a start that follows a crash. */
  readonly backOffMs?: number
}

/** Keeps the one process of a model: starts it for the first request, ends it when idle, brings it back after a crash. */
export type WeightsKeeper<P extends WeightsProcess> = {
  /** The loaded process, to be entered in the same turn of the event loop; concurrent callers share one start. */
  readonly get: () => Promise<P>
  /** It did what it was asked: earlier crashes are forgiven. */
  readonly answered: () => void
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
// Growth that is not the model's: long log-probability requests leave some behind in llama.cpp. Ended when idle.
const MAX_GROWTH_BYTES = 512 * 1024 * 1024

/** What will not go away by trying again with the same files and the same configuration. */
const CONDEMNING: ReadonlySet<ErrorCode> = new Set(['engine.weights_damaged', 'config.invalid'])

export function weightsKeeper<P extends WeightsProcess>(
  kept: KeptWeights<P>,
  deps: KeeperDeps,
): WeightsKeeper<P> {
  const { binding, name, called } = kept
  const { clock, log, backOffMs = BACK_OFF_MS, memory = memoryBook({ clock }) } = deps
  const keepAliveMs = binding.pinned === true ? -1 : (binding.keepAliveMs ?? KEEP_ALIVE_MS)
  let phase: Phase<P> = { kind: 'idle' }
  let crashes = 0
  let recycled = 0
  let wanted = false
  let idleSince = momentOf(clock)
  let unload: NodeJS.Timeout | undefined
  let filesAtStart = ''
  const closing = new AbortController()
  const account = memory.open({
    pinned: binding.pinned === true,
    idleSinceMs: () => (wanted ? undefined : idleSince.monotonicMs),
    residentBytes: () => loadedOf(phase)?.process.residentBytes() ?? 0,
    leave: () => leave('to make room'),
  })

  async function get(): Promise<P> {
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

  async function reconsider(condemned: Phase<P> & { readonly kind: 'condemned' }): Promise<void> {
    const now = await fingerprint(binding)
    if (phase !== condemned || now === condemned.files) return
    phase = { kind: 'idle' }
    crashes = 0
  }

  async function begin(waitMs: number): Promise<P> {
    const started = start(waitMs)
    const starting: Phase<P> = { kind: 'starting', started }
    phase = starting
    started.then(settled, failed)
    return (await started).process

    function settled(loaded: Loaded<P>): void {
      // A crash in the turn before has already been noted.
      if (phase !== starting) return
      phase = { kind: 'ready', loaded }
      loaded.room.loaded()
      // Loaded for nobody, or for one who has gone meanwhile.
      idleSince = momentOf(clock)
      if (!wanted) idle()
    }

    function failed(thrown: unknown): void {
      const error = toMusivumError(thrown)
      // One that crashed has been noted too, and the next start may be under way by now.
      if (phase !== starting) return
      if (CONDEMNING.has(error.code)) return condemn(error)
      // Others were busy, and in a moment they may not be: the model is as fine as it was.
      phase = error.code === 'engine.busy' ? { kind: 'idle' } : { kind: 'failed', error }
    }
  }

  async function start(waitMs: number): Promise<Loaded<P>> {
    const { signal } = closing
    if (waitMs > 0) await sleep(waitMs, undefined, { signal })
    filesAtStart = await fingerprint(binding)
    const prepared = await kept.prepare(signal)
    const room = await account.admit(prepared.need, signal)
    const since = clock.monotonic()
    const process = await startIn(room, prepared)
    const seconds = ((clock.monotonic() - since) / 1000).toFixed(1)
    log(
      `${name}: loaded in ${seconds} s, ${called} ${process.pid ?? '?'}, ${sizeText(process, prepared.need)}`,
    )
    return { process, room, loadedAtMs: clock.now(), residentAtStart: process.residentBytes() }
  }

  async function startIn(room: Room, prepared: Prepared<P>): Promise<P> {
    const { signal } = closing
    try {
      const process = await prepared.start(room.size, signal, onCrash)
      void process.gone.then(room.giveBack)
      // Closed while it became ready: nobody else would end it.
      if (signal.aborted) await process.stop(stopping())
      signal.throwIfAborted()
      return process
    } catch (thrown) {
      room.giveBack()
      throw thrown
    }
  }

  function onCrash(why: string): void {
    crashes += 1
    log(`${name}: its ${called} ended by itself (${why})`)
    if (phase.kind === 'closed') return
    phase = { kind: 'crashed', why, atMs: clock.monotonic() }
    if (crashes >= CRASHES_TO_QUARANTINE) condemn(quarantined(name, binding, why))
  }

  function condemn(error: MusivumError): void {
    phase = { kind: 'condemned', error, files: filesAtStart }
    const what = error.code === 'config.invalid' ? 'its configuration or its file' : 'its file'
    log(`${name}: not started again until ${what} changes: ${error.message}`)
  }

  function idle(): void {
    if (wanted) idleSince = momentOf(clock)
    wanted = false
    clearTimeout(unload)
    if (phase.kind !== 'ready') return
    const growth = growthOf(phase.loaded)
    if (growth > MAX_GROWTH_BYTES) return recycle(growth)
    account.idle()
    if (keepAliveMs < 0) return
    unload = setTimeout(() => void leave('nobody asked for it'), keepAliveMs)
    unload.unref()
  }

  /** llama.cpp leaks a little with some requests; a new process holds only what the model needs. */
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
    const gone = drained(loaded.process)
      .then(() => loaded.process.stop(unloaded()))
      .then(() => {
        if (phase !== leaving) return
        phase = { kind: 'idle' }
        log(`${name}: unloaded (${why})`)
      })
    const leaving: Phase<P> = { kind: 'leaving', loaded, gone }
    phase = leaving
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
    answered: () => (crashes = 0),
    idle,
    busy,
    state: () => stateOf(phase, { clock, backOffMs, keepAliveMs, idleSince: wanted ? null : idleSince }),
    weights: { load: async () => void (await get()), unload: unloadAsAsked, recycled: () => recycled },
    async close() {
      clearTimeout(unload)
      const before = phase
      phase = { kind: 'closed' }
      closing.abort(stopping())
      await loadedOf(before)?.process.stop(stopping())
      // Rejects with what was just said; whoever waited for it hears it too.
      if (before.kind === 'starting') await Promise.allSettled([before.started])
    },
  }
}

/**
 * Whoever was given the process a moment ago is in it when this turn of the event loop is over. One that has ended keeps
 * nobody, however long a reader takes to notice.
 */
async function drained(process: WeightsProcess): Promise<void> {
  await setImmediate()
  await Promise.race([process.drained(), process.gone])
}

/** Beyond what it held after loading and beyond what it was promised. */
function growthOf({ process, room, residentAtStart }: Loaded<WeightsProcess>): number {
  return process.residentBytes() - Math.max(residentAtStart, room.promisedBytes)
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
