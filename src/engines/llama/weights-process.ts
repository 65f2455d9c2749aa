import type { MusivumError } from '../../core/errors.ts'
import type { Occupancy } from './occupancy.ts'

/** A process of ours in which weights are loaded. */
export type WeightsProcess = Occupancy & {
  readonly pid: number | undefined
  readonly slots: number
  /** Of one slot. */
  readonly contextTokens: number
  readonly threads: number
  /** As last heard of; 0 where nobody says. */
  readonly residentBytes: () => number
  /** Kills it; what is under way fails with this error. Resolves when it is gone. */
  readonly stop: (why: MusivumError) => Promise<void>
  /** Resolves when it has ended, however, and its memory is back. */
  readonly gone: Promise<void>
}
