import type { Clock } from '../../core/ports.ts'

/** The world of a run that tests give themselves: time, waiting and chance. */
export type RunPorts = {
  readonly clock: Clock
  /** From 0 up to and without 1. */
  readonly random: () => number
  /** Resolves after so many milliseconds, or rejects when the signal is aborted. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>
}
