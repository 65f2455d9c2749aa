import type { MusivumError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports.ts'
import type { EngineState, ProcessFacts } from '../engine.ts'
import type { Room } from './memory-book.ts'
import type { WeightsProcess } from './weights-process.ts'

/** A process with the room that it has. */
export type Loaded<P extends WeightsProcess> = {
  readonly process: P
  readonly room: Room
  readonly loadedAtMs: number
  /** Bytes that it held when it was loaded. */
  readonly residentAtStart: number
}

/** Where the one process of a model is in its life. */
export type Phase<P extends WeightsProcess> =
  | { readonly kind: 'idle' }
  | { readonly kind: 'starting'; readonly started: Promise<Loaded<P>> }
  | { readonly kind: 'ready'; readonly loaded: Loaded<P> }
  /** It answers what it began, and no more. Whoever comes waits until it is gone, and then for a new one. */
  | { readonly kind: 'leaving'; readonly loaded: Loaded<P>; readonly gone: Promise<void> }
  | { readonly kind: 'crashed'; readonly why: string; readonly atMs: number }
  /** The last start failed for a reason that may pass; the next request tries again. */
  | { readonly kind: 'failed'; readonly error: MusivumError }
  /** Not tried again until one of its files changes; another configuration has a keeper of its own. */
  | { readonly kind: 'condemned'; readonly error: MusivumError; readonly files: string }
  | { readonly kind: 'closed' }

export type KeeperState =
  | Exclude<EngineState, { readonly kind: 'ready' }>
  | { readonly kind: 'ready'; readonly residentBytes: number; readonly process: ProcessFacts }

export type KeeperFacts = {
  readonly clock: Clock
  readonly backOffMs: number
  readonly keepAliveMs: number
  /** Null while somebody asks. */
  readonly idleSince: Moment | null
}

/** By both clocks, read once: the difference of the two changes by a millisecond from one look to the next. */
export type Moment = { readonly nowMs: number; readonly monotonicMs: number }

export function momentOf(clock: Clock): Moment {
  return { nowMs: clock.now(), monotonicMs: clock.monotonic() }
}

/** What the engine says of itself in this phase, without the counts. */
export function stateOf<P extends WeightsProcess>(phase: Phase<P>, facts: KeeperFacts): KeeperState {
  switch (phase.kind) {
    case 'idle':
    case 'starting':
      return { kind: phase.kind }
    case 'ready':
    case 'leaving':
      return {
        kind: 'ready',
        residentBytes: phase.loaded.process.residentBytes(),
        process: processFacts(phase, facts),
      }
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

export function loadedOf<P extends WeightsProcess>(phase: Phase<P>): Loaded<P> | undefined {
  return phase.kind === 'ready' || phase.kind === 'leaving' ? phase.loaded : undefined
}

function processFacts(
  { kind, loaded }: Phase<WeightsProcess> & { readonly kind: 'ready' | 'leaving' },
  { keepAliveMs, idleSince }: KeeperFacts,
): ProcessFacts {
  const { process, room, loadedAtMs } = loaded
  const sinceMs = idleSince?.nowMs ?? null
  return {
    pid: process.pid ?? null,
    promisedBytes: room.promisedBytes,
    contextTokens: process.contextTokens,
    threads: process.threads,
    loadedAtMs,
    idleSinceMs: sinceMs,
    unloadAtMs: sinceMs === null || keepAliveMs < 0 ? null : sinceMs + keepAliveMs,
    leaving: kind === 'leaving',
  }
}
