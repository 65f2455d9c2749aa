import type { MemoryNeed, Size } from './memory-fit.ts'

/** The process of a model, as the book of memory sees it. */
export type Holder = {
  /** Never asked to leave. */
  readonly pinned: boolean
  /** Monotonic milliseconds since when nobody asks it; undefined while it answers. */
  readonly idleSinceMs: () => number | undefined
  /** As last heard of; 0 when never. */
  readonly residentBytes: () => number
  /** Ends the process: at once when it is idle, else after what it is answering. Resolves when its memory is back. */
  readonly leave: () => Promise<void>
}

/** What one process was promised. */
export type Claim = {
  readonly holder: Holder
  readonly file: string
  readonly weightsBytes: number
  readonly besideBytes: number
  /** Monotonic milliseconds; undefined while it is loading. */
  loadedAtMs: number | undefined
}

/** One look at the memory of this machine. */
export type Memory = {
  readonly claims: readonly Claim[]
  /** What the system would still give, pages of files included. */
  readonly freeBytes: number
  /** For all claims together. */
  readonly limitBytes: number | undefined
}

/** A size with the claim that it makes and those that have to go for it. */
export type Place = { readonly size: Size; readonly claim: Claim; readonly leaving: readonly Claim[] }

/**
 * Bytes to spare without those that leave, and with one more. Below 0 it is too much.
 *
 * The system's figure still counts the weights of a loaded model as free, because their pages can be read again, and all
 * of a model that is only loading: both are subtracted.
 */
export function spareBytes(memory: Memory, leaving: readonly Claim[] = [], candidate?: Claim): number {
  const staying = memory.claims.filter((claim) => !leaving.includes(claim))
  const all = candidate === undefined ? staying : [...staying, candidate]
  const back = leaving.reduce((sum, claim) => sum + touchedBytes(claim), 0)
  const system = memory.freeBytes + back - sumOf(all, unseenBytes)
  return memory.limitBytes === undefined ? system : Math.min(system, memory.limitBytes - heldBytes(all))
}

/** What these processes may come to hold. */
export function heldBytes(claims: readonly Claim[]): number {
  return sumOf(claims, ({ besideBytes, weightsBytes, holder }) =>
    // A process that grew beyond its promise holds what it holds.
    Math.max(besideBytes, holder.residentBytes() - weightsBytes),
  )
}

/** Of the sizes, the most wanted first, the first for which some of `candidates` leaving makes enough room. */
export function firstPlace(
  memory: Memory,
  holder: Holder,
  need: MemoryNeed,
  candidates: readonly Claim[],
): Place | undefined {
  for (const size of need.sizes) {
    const claim = claimOf(holder, need, size)
    const leaving = fewest(candidates, (some) => spareBytes(memory, some, claim) >= 0)
    if (leaving !== undefined) return { size, claim, leaving }
  }
  return undefined
}

/** A longer context while memory is plenty: with it, at least half of what is free stays free for others. */
export function grown(memory: Memory, holder: Holder, need: MemoryNeed, place: Place): Place {
  if (place.size !== need.sizes[0] || place.leaving.length > 0) return place
  const enough = spareBytes(memory) / 2
  const places = need.larger.map((size) => ({ size, claim: claimOf(holder, need, size), leaving: [] }))
  return places.find(({ claim }) => spareBytes(memory, [], claim) >= enough) ?? place
}

function claimOf(holder: Holder, { file, weightsBytes, besideBytes }: MemoryNeed, size: Size): Claim {
  return { holder, file, weightsBytes, besideBytes: besideBytes(size), loadedAtMs: undefined }
}

/** The shortest beginning that is enough, without those in it that need not go after all. */
function fewest(
  candidates: readonly Claim[],
  enough: (leaving: readonly Claim[]) => boolean,
): readonly Claim[] | undefined {
  const count = Array.from({ length: candidates.length + 1 }, (_, length) => length).find((length) =>
    enough(candidates.slice(0, length)),
  )
  if (count === undefined) return undefined
  return candidates.slice(0, count).reduceRight<readonly Claim[]>(
    (leaving, claim) => {
      const fewer = leaving.filter((other) => other !== claim)
      return enough(fewer) ? fewer : leaving
    },
    candidates.slice(0, count),
  )
}

function unseenBytes({ loadedAtMs, besideBytes }: Claim): number {
  return loadedAtMs === undefined ? besideBytes : 0
}

/** What the system gets back when it leaves. */
function touchedBytes({ loadedAtMs, besideBytes, holder }: Claim): number {
  return loadedAtMs === undefined ? 0 : Math.min(besideBytes, holder.residentBytes())
}

/** Weights count once, however many processes map the same file. */
function sumOf(claims: readonly Claim[], own: (claim: Claim) => number): number {
  const files = new Map(claims.map(({ file, weightsBytes }) => [file, weightsBytes]))
  const shared = [...files.values()].reduce((sum, bytes) => sum + bytes, 0)
  return claims.reduce((sum, claim) => sum + own(claim), shared)
}
