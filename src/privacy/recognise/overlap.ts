import type { Verdict } from './recogniser.ts'

/** What a recogniser found, before it is known what else lies there. Places are of the folded text, in UTF-16 units. */
export type Candidate = {
  readonly start: number
  readonly end: number
  /** Of the recogniser in the list: the earlier one wins where nothing else decides. */
  readonly place: number
  readonly score: number
  readonly verdict: Verdict
  /** Nothing else looks like this, or its check cannot be passed by chance. */
  readonly certain: boolean
  readonly specific: boolean
  /** Characters to the nearest word of context; Infinity: there is none. */
  readonly distance: number
}

/**
 * At most one span for each character. A check that cannot be passed by chance comes first, then a word of context (the
 * nearer the better; of two as near, the more specific: `date of birth` speaks for a date, too), then any check, then the
 * longer, then the higher score.
 */
export function withoutOverlaps(candidates: readonly Candidate[]): readonly Candidate[] {
  const kept: Candidate[] = []
  for (const cluster of clustersOf(candidates)) {
    const [only] = cluster
    if (cluster.length === 1 && only !== undefined) kept.push(only)
    else for (const each of best(cluster).sort((a, b) => a.start - b.start)) kept.push(each)
  }
  return kept
}

/** Candidates of which each overlaps one before it: only within these does anything have to be decided. */
function* clustersOf(candidates: readonly Candidate[]): Generator<readonly Candidate[]> {
  let cluster: Candidate[] = []
  let end = 0
  for (const candidate of candidates.toSorted((a, b) => a.start - b.start)) {
    if (candidate.start >= end && cluster.length > 0) {
      yield cluster
      cluster = []
    }
    cluster.push(candidate)
    end = Math.max(end, candidate.end)
  }
  if (cluster.length > 0) yield cluster
}

function best(cluster: readonly Candidate[]): Candidate[] {
  const from = cluster[0]?.start ?? 0
  const taken = new Uint8Array(cluster.reduce((last, { end }) => Math.max(last, end), from) - from)
  const kept: Candidate[] = []
  for (const candidate of cluster.toSorted(byRank)) {
    if (!isFree(taken, candidate.start - from, candidate.end - from)) continue
    taken.fill(1, candidate.start - from, candidate.end - from)
    kept.push(candidate)
  }
  return kept
}

function isFree(taken: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) if (taken[at] === 1) return false
  return true
}

function byRank(a: Candidate, b: Candidate): number {
  return (
    certainty(b) - certainty(a) ||
    nearness(a) - nearness(b) ||
    Number(b.specific) - Number(a.specific) ||
    Number(b.verdict === true) - Number(a.verdict === true) ||
    b.end - b.start - (a.end - a.start) ||
    b.score - a.score ||
    a.place - b.place ||
    a.start - b.start
  )
}

function certainty({ certain, specific, distance, verdict }: Candidate): number {
  if (certain) return 3
  if (distance !== Infinity) return 2
  return verdict === true || specific ? 1 : 0
}

/** In steps, so that of two labels on the same line the nearer counts and a character more or less does not. */
function nearness({ certain, distance }: Candidate): number {
  return certain || distance === Infinity ? 0 : Math.floor(distance / 12)
}
