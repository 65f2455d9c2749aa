import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LlamaBinding, LlamaServerBinding, Model } from '../../catalog/model.ts'
import { MusivumError, toMusivumError, type ErrorCode } from '../../core/errors.ts'
import type { Clock } from '../../core/ports.ts'
import type { EngineState, ProcessFacts, WeightsInMemory } from '../engine.ts'
import { memoryBook, type MemoryBook, type Room } from '../llama/memory-book.ts'
import { memoryNeed } from '../llama/memory-fit.ts'
import { readThreadFacts, usableThreads } from '../llama/threads.ts'
import { fingerprint, verifyWeights } from '../llama/verify-weights.ts'
import { findServerBinary } from './find-binary.ts'
import { askOptions } from './server-options.ts'
import { startServer, type ServerProcess } from './server-process.ts'

export type ServerModel = Model & { readonly binding: LlamaServerBinding }

export type ServerKeeperDeps = {
  readonly clock: Clock
  readonly log: (line: string) => void
  /** Shared by all local models of a gateway; unless given, this one has the machine to itself. */
  readonly memory?: MemoryBook
  /** Wait before a start that follows a crash. */
  readonly backOffMs?: number
}

/** Keeps the one server of a model: starts it for the first request, ends it when idle, brings it back after a crash. */
export type ServerKeeper = {
  /** The running server; concurrent callers share one start. */
  readonly get: () => Promise<ServerProcess>
  /** It answered: earlier crashes are forgiven. */
  readonly answered: () => void
  /** No request is under way: the time until unload begins. `busy` ends it. */
  readonly idle: () => void
  readonly busy: () => void
  readonly state: () => ServerKeeperState
  readonly weights: WeightsInMemory
  readonly close: () => Promise<void>
}

export type ServerKeeperState =
  | Exclude<EngineState, { readonly kind: 'ready' }>
  | { readonly kind: 'ready'; readonly residentBytes: number; readonly process: ProcessFacts }

type Loaded = { readonly process: ServerProcess; readonly room: Room; readonly loadedAtMs: number }

type Phase =
  | { readonly kind: 'idle' }
  | { readonly kind: 'starting'; readonly started: Promise<Loaded> }
  | { readonly kind: 'ready'; readonly loaded: Loaded }
  /** It answers what it began, and no more. Whoever comes waits until it is gone, and then for a new one. */
  | { readonly kind: 'leaving'; readonly loaded: Loaded; readonly gone: Promise<void> }
  | { readonly kind: 'crashed'; readonly why: string; readonly atMs: number }
  /** The last start failed for a reason that may pass; the next request tries again. */
  | { readonly kind: 'failed'; readonly error: MusivumError }
  /** Not tried again until one of its files changes. */
  | { readonly kind: 'condemned'; readonly error: MusivumError; readonly files: string }
  | { readonly kind: 'closed' }

const KEEP_ALIVE_MS = 5 * 60_000
const BACK_OFF_MS = 500
/** Two in a row: one crash may be the system short of memory, a second points at the file. */
const CRASHES_TO_QUARANTINE = 2
// Growth that is not the model's, such as what log-probabilities of long answers leave behind. Ended when idle.
const MAX_GROWTH_BYTES = 512 * 1024 * 1024

/** What will not go away by trying again with the same files. */
const CONDEMNING: ReadonlySet<ErrorCode> = new Set(['engine.weights_damaged', 'config.invalid'])

export function serverKeeper(model: ServerModel, deps: ServerKeeperDeps): ServerKeeper {
  const { binding, name } = model
  const { clock, log, backOffMs = BACK_OFF_MS, memory = memoryBook({ clock }) } = deps
  const keepAliveMs = binding.pinned === true ? -1 : (binding.keepAliveMs ?? KEEP_ALIVE_MS)
  const threads = binding.threads ?? usableThreads(readThreadFacts())
  let phase: Phase = { kind: 'idle' }
  let crashes = 0
  let recycled = 0
  let wanted = false
  let idleSinceMs = clock.monotonic()
  let unload: NodeJS.Timeout | undefined
  let filesAtStart = ''
  const whenIdle: (() => void)[] = []
  const closing = new AbortController()
  const account = memory.open({
    pinned: binding.pinned === true,
    idleSinceMs: () => (wanted ? undefined : idleSinceMs),
    residentBytes: () => loadedOf(phase)?.process.residentBytes() ?? 0,
    leave: () => leave('to make room'),
  })

  async function get(): Promise<ServerProcess> {
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
    const now = await fingerprint(asWeights(binding))
    if (phase !== condemned || now === condemned.files) return
    phase = { kind: 'idle' }
    crashes = 0
  }

  async function begin(waitMs: number): Promise<ServerProcess> {
    const started = start(waitMs)
    phase = { kind: 'starting', started }
    started.then(settled, failed)
    return (await started).process
  }

  function settled(loaded: Loaded): void {
    // A crash in the turn before has already been noted.
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
    if (CONDEMNING.has(error.code)) condemn(error)
    else phase = { kind: 'failed', error }
  }

  /** Everything that can be checked is checked before the program sees the file. */
  async function start(waitMs: number): Promise<Loaded> {
    const { signal } = closing
    if (waitMs > 0) await sleep(waitMs, undefined, { signal })
    const weights = asWeights(binding)
    filesAtStart = await fingerprint(weights)
    const { hashed: _, ...checked } = await verifyWeights(weights, signal)
    const binary = findServerBinary(binding.binary)
    const known = await askOptions(binary, signal)
    const room = await account.admit(memoryNeed({ model: name, ...checked, binding: weights }), signal)
    const since = clock.monotonic()
    const order = { binding, name, size: room.size, threads }
    const process = await startServer({ binary, known }, order, signal, onCrash).catch((thrown: unknown) => {
      room.giveBack()
      throw thrown
    })
    void process.gone.then(room.giveBack)
    const seconds = ((clock.monotonic() - since) / 1000).toFixed(1)
    log(
      `${name}: llama-server loaded it in ${seconds} s, process ${process.pid ?? '?'}, ${sizeText(process)}`,
    )
    return { process, room, loadedAtMs: clock.now() }
  }

  function onCrash(why: string): void {
    crashes += 1
    log(`${name}: its llama-server ended by itself (${why})`)
    if (phase.kind === 'closed') return
    phase = { kind: 'crashed', why, atMs: clock.monotonic() }
    if (crashes >= CRASHES_TO_QUARANTINE) condemn(quarantined(model, why))
  }

  function condemn(error: MusivumError): void {
    phase = { kind: 'condemned', error, files: filesAtStart }
    log(`${name}: not started again until its file changes: ${error.message}`)
  }

  function idle(): void {
    if (wanted) idleSinceMs = clock.monotonic()
    wanted = false
    clearTimeout(unload)
    for (const resolve of whenIdle.splice(0)) resolve()
    if (phase.kind !== 'ready') return
    const growth = growthOf(phase.loaded)
    if (growth > MAX_GROWTH_BYTES) return recycle(growth)
    account.idle()
    if (keepAliveMs < 0) return
    unload = setTimeout(() => void leave('nobody asked for it'), keepAliveMs)
    unload.unref()
  }

  function recycle(growth: number): void {
    recycled += 1
    void leave(`its process had grown by ${Math.round(growth / 1024 / 1024)} MiB`).then(() => {
      // Whatever goes wrong is told to the next who asks.
      if (binding.pinned === true) void get().catch(() => 'its state says so')
    })
  }

  function leave(why: string): Promise<void> {
    if (phase.kind === 'leaving') return phase.gone
    if (phase.kind !== 'ready') return Promise.resolve()
    clearTimeout(unload)
    const { loaded } = phase
    const gone = untilIdle()
      .then(() => loaded.process.stop(unloaded()))
      .then(() => {
        if (phase.kind !== 'leaving') return
        phase = { kind: 'idle' }
        log(`${name}: unloaded (${why})`)
      })
    phase = { kind: 'leaving', loaded, gone }
    return gone
  }

  function untilIdle(): Promise<void> {
    return wanted ? new Promise((resolve) => whenIdle.push(resolve)) : Promise.resolve()
  }

  async function unloadAsAsked(when: 'when-done' | 'now'): Promise<void> {
    // It would go on loading and be there afterwards. What it fails with is told to whoever asked for it.
    if (phase.kind === 'starting') await Promise.allSettled([phase.started])
    const gone = leave('as asked')
    if (when === 'now' && phase.kind === 'leaving') await phase.loaded.process.stop(unloaded())
    await gone
  }

  function stateOf(now: Phase): ServerKeeperState {
    switch (now.kind) {
      case 'idle':
      case 'starting':
        return { kind: now.kind }
      case 'ready':
      case 'leaving':
        return { kind: 'ready', residentBytes: now.loaded.process.residentBytes(), process: factsOf(now) }
      case 'crashed': {
        const afterMs = Math.max(0, now.atMs + backOffMs - clock.monotonic())
        return { kind: 'restarting', afterMs, reason: now.why }
      }
      case 'failed':
      case 'condemned':
        return { kind: 'unavailable', reason: now.error.message }
      case 'closed':
        return { kind: 'unavailable', reason: 'The gateway is shutting down.' }
      default:
        return now satisfies never
    }
  }

  function factsOf({ kind, loaded }: Phase & { readonly kind: 'ready' | 'leaving' }): ProcessFacts {
    const { process, room, loadedAtMs } = loaded
    const idleFor = wanted ? null : clock.now() - Math.round(clock.monotonic() - idleSinceMs)
    return {
      pid: process.pid ?? null,
      promisedBytes: room.promisedBytes,
      contextTokens: process.contextTokens,
      threads,
      loadedAtMs,
      idleSinceMs: idleFor,
      unloadAtMs: idleFor === null || keepAliveMs < 0 ? null : idleFor + keepAliveMs,
      leaving: kind === 'leaving',
    }
  }

  return {
    get,
    answered: () => (crashes = 0),
    idle,
    busy() {
      wanted = true
      clearTimeout(unload)
    },
    state: () => stateOf(phase),
    weights: { load: async () => void (await get()), unload: unloadAsAsked, recycled: () => recycled },
    async close() {
      clearTimeout(unload)
      const before = phase
      phase = { kind: 'closed' }
      closing.abort(stopping())
      for (const resolve of whenIdle.splice(0)) resolve()
      await loadedOf(before)?.process.stop(stopping())
      // Rejects with what was just said; whoever waited for it hears it too.
      if (before.kind === 'starting') await Promise.allSettled([before.started])
    },
  }
}

/** The same files in the words of the embedded engine, whose checks and estimates hold for this one too. */
function asWeights(binding: LlamaServerBinding): LlamaBinding {
  return { ...binding, engine: 'llama' }
}

function loadedOf(phase: Phase): Loaded | undefined {
  return phase.kind === 'ready' || phase.kind === 'leaving' ? phase.loaded : undefined
}

/** Beyond the file, which it maps, and beyond what it was promised. */
function growthOf({ process, room }: Loaded): number {
  return process.residentBytes() - room.promisedBytes
}

function sizeText({ slots, contextTokens }: ServerProcess): string {
  return `${slots} ${slots === 1 ? 'slot' : 'slots'} of ${contextTokens} tokens`
}

function quarantined({ name, binding }: ServerModel, why: string): MusivumError {
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
