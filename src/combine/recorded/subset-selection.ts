import { foldsOf } from './folds.ts'
import { majorityVote } from './majority-vote.ts'
import { restrictTask, type RecordedTask } from './recorded-task.ts'

export type SubsetSelection = {
  /** Places among `task.members`, in the order in which they were chosen. */
  readonly members: readonly number[]
  /** The half that the choice never saw: the only items on which its score means anything. */
  readonly reportOn: Uint32Array
}

/**
 * Greedy choice of a pool for a majority vote: from the best single member on, the one or two members that help most on
 * one half are added while the vote there gets better. Repairs the dilution of a strong member by weak ones. Each step
 * tries at most m²/2 votes: with 29 members and 6,000 items a step is about 2 s.
 */
export function selectSubset(task: RecordedTask, seed: number): SubsetSelection {
  const half = foldsOf(task.n, 2, seed, task.clusters)
  const chooseOn = restrictTask(task, placesWhere(half, 0))
  const pool = task.members.map((_, place) => place)
  let chosen: Candidate = { members: [], right: -1 }
  // Ends: each round adds a member or returns.
  for (;;) {
    const next = bestAddition(chosen.members, pool, (members) => rightAnswers(chooseOn, members))
    // A tie is not worth one more call on every request.
    if (next === undefined || next.right <= chosen.right + 1e-9)
      return { members: chosen.members, reportOn: placesWhere(half, 1) }
    chosen = next
  }
}

type Candidate = { readonly members: readonly number[]; readonly right: number }

/**
 * Two at a time too: a second member alone changes no majority (ties go to the first), so single steps would never
 * leave the best one.
 */
function bestAddition(
  chosen: readonly number[],
  pool: readonly number[],
  right: (members: readonly number[]) => number,
): Candidate | undefined {
  let best: Candidate | undefined
  const rest = pool.filter((member) => !chosen.includes(member))
  for (const [place, member] of rest.entries()) {
    const pairs = chosen.length === 0 ? [] : rest.slice(place + 1).map((other) => [member, other])
    for (const addition of [[member], ...pairs]) {
      const members = [...chosen, ...addition]
      const candidate = { members, right: right(members) }
      if (best === undefined || candidate.right > best.right + 1e-9) best = candidate
    }
  }
  return best
}

function rightAnswers(task: RecordedTask, places: readonly number[]): number {
  const members = places.map((place) => task.members[place]).filter((member) => member !== undefined)
  return majorityVote(task, members).scores.reduce((sum, score) => sum + score, 0)
}

function placesWhere(half: Uint8Array, wanted: number): Uint32Array {
  return Uint32Array.from(half.keys()).filter((item) => half[item] === wanted)
}
