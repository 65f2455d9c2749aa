import { setTimeout as sleep } from 'node:timers/promises'
import { basename } from 'node:path'
import type { LlamaBinding, Model } from '../../catalog/model.ts'
import { MusivumError, toMusivumError, type ErrorCode } from '../../core/errors.ts'
import type { Clock } from '../../core/ports.ts'
import type { EngineState } from '../engine.ts'
import { findEnginePackage } from './engine-package.ts'
import { fitContext } from './memory-fit.ts'
import { startModelProcess, type ModelProcess } from './model-process.ts'
import type { DoneReport, LoadOrder, ThreadOrder, VectorsReport, CountedReport } from './protocol.ts'
import { readThreadFacts, usableThreads } from './threads.ts'
import { fingerprint, verifyWeights } from './verify-weights.ts'

export type KeeperDeps = {
  readonly clock: Clock
  readonly home: string
  readonly log: (line: string) => void
  /** Wait before a start that follows a crash. */
  readonly backOffMs?: number
}

/** Keeps the one process of a model: starts it for the first request, ends it when idle, brings it back after a crash. */
export type ProcessKeeper = {
  /** The loaded process; concurrent callers share one start. */
  readonly get: () => Promise<ModelProcess>
  /** An order was carried out: earlier crashes are forgiven. */
  readonly answered: (report: DoneReport | VectorsReport | CountedReport) => void
  /** No request is under way: the time until unload begins. `busy` ends it. */
  readonly idle: () => void
  readonly busy: () => void
  /** What `state()` of the engine says, without the counts. */
  readonly state: () => KeeperState
  readonly close: () => Promise<void>
}

export type KeeperState =
  | Exclude<EngineState, { readonly kind: 'ready' }>
  | { readonly kind: 'ready'; readonly residentBytes: number }

type Phase =
  | { readonly kind: 'idle' }
  | { readonly kind: 'starting'; readonly started: Promise<ModelProcess> }
  | { readonly kind: 'ready'; readonly process: ModelProcess }
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
// Growth that is not the model's: long log-probability requests leave some behind in the engine. Ended when idle.
const MAX_GROWTH_BYTES = 512 * 1024 * 1024

/** What will not go away by trying again with the same files. */
const CONDEMNING: ReadonlySet<ErrorCode> = new Set([
  'engine.weights_damaged',
  'engine.quarantined',
  'config.invalid',
])

export function processKeeper(
  model: Model & { readonly binding: LlamaBinding },
  deps: KeeperDeps,
): ProcessKeeper {
  const { binding, name } = model
  const { clock, log, backOffMs = BACK_OFF_MS } = deps
  let phase: Phase = { kind: 'idle' }
  let crashes = 0
  let residentBytes = 0
  let unload: NodeJS.Timeout | undefined
  let filesAtStart = ''
  const closing = new AbortController()

  async function get(): Promise<ModelProcess> {
    if (phase.kind === 'condemned') await reconsider(phase)
    switch (phase.kind) {
      case 'ready':
        return phase.process
      case 'starting':
        return phase.started
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

  function begin(waitMs: number): Promise<ModelProcess> {
    const started = start(waitMs)
    phase = { kind: 'starting', started }
    started.then(settled, failed)
    return started

    function settled(process: ModelProcess): void {
      residentBytes = process.ready.residentBytes
      // A crash between the last report and this turn has already been noted.
      if (phase.kind === 'starting') phase = { kind: 'ready', process }
    }

    function failed(thrown: unknown): void {
      const error = toMusivumError(thrown)
      if (phase.kind !== 'starting') return
      if (CONDEMNING.has(error.code)) condemn(error)
      else phase = { kind: 'failed', error }
    }
  }

  async function start(waitMs: number): Promise<ModelProcess> {
    const { signal } = closing
    if (waitMs > 0) await sleep(waitMs, undefined, { signal })
    const since = clock.monotonic()
    filesAtStart = await fingerprint(binding)
    const order = await prepare(model, deps.home, signal)
    const process = await startModelProcess(order, signal, onCrash)
    const { slots, contextTokens, threads } = process.ready
    const seconds = ((clock.monotonic() - since) / 1000).toFixed(1)
    const size = `${slots} slots of ${contextTokens} tokens, ${threads === 1 ? 'one thread' : `${threads} threads`}`
    log(`${name}: loaded in ${seconds} s, process ${process.pid ?? '?'}, ${size}`)
    return process
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
    const keepAliveMs = binding.keepAliveMs ?? KEEP_ALIVE_MS
    clearTimeout(unload)
    if (phase.kind !== 'ready') return
    const grown = residentBytes - phase.process.ready.residentBytes > MAX_GROWTH_BYTES
    if (keepAliveMs < 0 && !grown) return
    unload = setTimeout(end, grown ? 0 : keepAliveMs)
    unload.unref()
  }

  function end(): void {
    if (phase.kind !== 'ready') return
    const { process } = phase
    phase = { kind: 'idle' }
    log(`${name}: unloaded`)
    void process.stop(stopping())
  }

  return {
    get,
    answered(report) {
      if (report.kind === 'done') residentBytes = report.residentBytes
      if (report.kind !== 'done' || report.reason !== 'cancelled') crashes = 0
    },
    idle,
    busy: () => clearTimeout(unload),
    state: () => stateOf(phase, residentBytes, backOffMs, clock),
    async close() {
      clearTimeout(unload)
      const before = phase
      phase = { kind: 'closed' }
      closing.abort(stopping())
      if (before.kind === 'ready') await before.process.stop(stopping())
      // Rejects with what was just said; whoever waited for it hears it too.
      if (before.kind === 'starting') await Promise.allSettled([before.started])
    },
  }
}

function stateOf(phase: Phase, residentBytes: number, backOffMs: number, clock: Clock): KeeperState {
  switch (phase.kind) {
    case 'idle':
    case 'starting':
      return { kind: phase.kind }
    case 'ready':
      return { kind: 'ready', residentBytes }
    case 'crashed':
      return {
        kind: 'restarting',
        afterMs: Math.max(0, phase.atMs + backOffMs - clock.monotonic()),
        reason: phase.why,
      }
    case 'failed':
    case 'condemned':
      return { kind: 'unavailable', reason: phase.error.message }
    case 'closed':
      return { kind: 'unavailable', reason: 'The gateway is shutting down.' }
    default:
      return phase satisfies never
  }
}

/** Everything that can be checked and computed before a process is started. */
async function prepare(
  model: Model & { readonly binding: LlamaBinding },
  home: string,
  signal: AbortSignal,
): Promise<LoadOrder> {
  const { binding } = model
  const { facts, hashed } = await verifyWeights(binding, signal)
  const library = findEnginePackage(home)
  const fit = fitContext({
    model: model.name,
    weightsBytes: facts.sizeBytes,
    availableBytes: process.availableMemory(),
    contextBytesPerToken: facts.contextBytesPerToken,
    trainedTokens: facts.contextTokens,
    ...(binding.contextTokens !== undefined && { wantedTokens: binding.contextTokens }),
    ...(binding.slots !== undefined && { wantedSlots: binding.slots }),
  })
  return {
    kind: 'load',
    library: library.entry,
    weights: binding.weights,
    ...(binding.adapter !== undefined && { adapter: binding.adapter }),
    ...fit,
    gpu: library.gpu && binding.gpuLayers !== 0 ? 'auto' : false,
    gpuLayers: binding.gpuLayers ?? 'auto',
    threads: threadOrder(binding),
    checkTensors: !hashed,
  }
}

function threadOrder(binding: LlamaBinding): ThreadOrder {
  if (binding.threads !== undefined) return { kind: 'fixed', count: binding.threads }
  return { kind: 'atMost', count: usableThreads(readThreadFacts()) }
}

function quarantined(name: string, binding: LlamaBinding, why: string): MusivumError {
  const file = basename(binding.weights)
  const message = `${name} crashed twice in a row (${why}); ${file} is not loaded again until the file changes or the gateway restarts.`
  return new MusivumError('engine.quarantined', message, { model: name })
}

function stopping(): MusivumError {
  return new MusivumError('gateway.stopping', 'The gateway is shutting down.')
}
