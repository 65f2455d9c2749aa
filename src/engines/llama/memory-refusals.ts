import { MusivumError } from '../../core/errors.ts'
import { spareBytes, type Claim, type Memory } from './memory-claims.ts'
import type { MemoryNeed, Size } from './memory-fit.ts'

/** Not even with all that could leave gone. Says what would fit in its place. */
export function outOfMemory(need: MemoryNeed, memory: Memory, leavable: readonly Claim[]): MusivumError {
  const { size, neededBytes } = leastOf(need)
  const freeBytes = Math.max(0, spareBytes(memory, leavable))
  const unloaded = leavable.length === 0 ? '' : ' with every other model unloaded'
  const instead = need.instead(freeBytes)
  const advice =
    instead.length === 0
      ? 'A smaller model is needed, or more memory.'
      : `It would fit with ${instead.join(' or in ')}.`
  return new MusivumError(
    'engine.out_of_memory',
    `${need.model} needs ${gib(neededBytes)} GiB for its weights and ${size.slots} x ${size.contextTokens} tokens of context; ` +
      `${gib(freeBytes)} GiB are free${ofLimit(memory)}${unloaded}. ${advice}`,
    { model: need.model, neededBytes, freeBytes },
  )
}

/** Others answered all the while. */
export function noRoomInTime(need: MemoryNeed, memory: Memory, waitedMs: number): MusivumError {
  const { neededBytes } = leastOf(need)
  const freeBytes = Math.max(0, spareBytes(memory))
  return new MusivumError(
    'engine.busy',
    `${need.model} needs ${gib(neededBytes)} GiB and ${gib(freeBytes)} GiB are free${ofLimit(memory)}; ` +
      `the models that hold the rest were busy for ${Math.round(waitedMs / 1000)} s. Try again in ${RETRY_AFTER_SECONDS} s.`,
    { model: need.model, neededBytes, freeBytes, retryAfterSeconds: RETRY_AFTER_SECONDS },
  )
}

/** About what a model needs to answer and leave. */
const RETRY_AFTER_SECONDS = 5

function leastOf(need: MemoryNeed): { readonly size: Size; readonly neededBytes: number } {
  const size = need.sizes.at(-1) ?? need.sizes[0]
  return { size, neededBytes: need.weightsBytes + need.besideBytes(size) }
}

function ofLimit({ limitBytes }: Memory): string {
  return limitBytes === undefined ? '' : ` of the ${gib(limitBytes)} GiB that \`memory\` allows`
}

function gib(bytes: number): string {
  return (bytes / 1024 ** 3).toFixed(1)
}
