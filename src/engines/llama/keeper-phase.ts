import type { MusivumError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports.ts'
import type { EngineState, ProcessFacts } from '../engine.ts'
import type { Room } from './memory-book.ts'
import type { ModelProcess } from './model-process.ts'

/** A process with the room that it has. */
export type Loaded = {
  readonly process: ModelProcess
  readonly room: Room
  readonly loadedAtMs: number
}

/** Where the one process of a model is in its life. */
export type Phase =
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

export type KeeperState =
  | Exclude<EngineState, { readonly kind: 'ready' }>
  | { readonly kind: 'ready'; readonly residentBytes: number; readonly process: ProcessFacts }

export type KeeperFacts = {
  readonly clock: Clock
  readonly backOffMs: number
  readonly keepAliveMs: number
  readonly residentBytes: number
  /** Monotonic; null while somebody asks. */
  readonly idleSinceMs: number | null
}

/** What the engine says of itself in this phase, without the counts. */
export function stateOf(phase: Phase, facts: KeeperFacts): KeeperState {
  switch (phase.kind) {
    case 'idle':
    case 'starting':
      return { kind: phase.kind }
    case 'ready':
    case 'leaving':
      return { kind: 'ready', residentBytes: facts.residentBytes, process: processFacts(phase, facts) }
    case 'crashed': {
      const { clock, backOffMs } = facts
      const afterMs = Math.max(0, phase.atMs + backOffMs - clock.monotonic())
      return { kind: 'restarting', afterMs, reason: phase.why }
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

function processFacts(
  { kind, loaded }: Phase & { readonly kind: 'ready' | 'leaving' },
  { clock, keepAliveMs, idleSinceMs }: KeeperFacts,
): ProcessFacts {
  const { process, room, loadedAtMs } = loaded
  const sinceMs = idleSinceMs === null ? null : clock.now() - Math.round(clock.monotonic() - idleSinceMs)
  return {
    pid: process.pid ?? null,
    promisedBytes: room.promisedBytes,
    contextTokens: process.ready.contextTokens,
    threads: process.ready.threads,
    loadedAtMs,
    idleSinceMs: sinceMs,
    unloadAtMs: sinceMs === null || keepAliveMs < 0 ? null : sinceMs + keepAliveMs,
    leaving: kind === 'leaving',
  }
}
