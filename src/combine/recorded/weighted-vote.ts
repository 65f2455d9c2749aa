import { Ballot, playElection, type Play } from './play.ts'
import { NO_ANSWER, type RecordedMember, type RecordedTask } from './recorded-task.ts'

/** A member's rate in a category is pulled to its overall rate as if by this many further items. */
export const PSEUDO_COUNTS = 20

/**
 * Votes weighted by shrunk log-odds per category. An item's weights come from the other folds only.
 *
 * A vote of a member that is right with probability p counts ln(p / (1 − p)) + ln W, where W is the number of wrong
 * answers that are about equally likely: 1 / the chance that two members which are both wrong agree, in the training
 * folds. Without ln W a member that is right in 40 % of ten-way choices would count against what it says.
 */
export function weightedVote(task: RecordedTask, folds: Uint8Array): Play {
  const count = folds.reduce((most, fold) => Math.max(most, fold + 1), 0)
  const weights = Array.from({ length: count }, (_, fold) => weightsWithout(fold, task, folds))
  const ballot = new Ballot(task.members)
  return playElection(task, task.members, (item) => {
    const ofFold = weights[folds[item] ?? 0]
    return ballot.elect(item, ofFold?.get(task.categories[item] ?? -1) ?? ofFold?.get(ANY) ?? [])
  })
}

const ANY = -1

/** Weight of each member by category; `ANY` for a category that the other folds do not have. */
function weightsWithout(fold: number, task: RecordedTask, folds: Uint8Array): Map<number, Float64Array> {
  const train = (item: number): boolean => folds[item] !== fold
  const confusion = Math.log(wrongAnswers(task, train))
  const tallies = task.members.map((member) => tally(member, task, train))
  const categories = new Set([ANY, ...task.categories])
  return new Map(
    Array.from(categories, (category) => [
      category,
      Float64Array.from(tallies, (byCategory) => logOdds(byCategory, category) + confusion),
    ]),
  )
}

type Tally = { right: number; n: number }

function tally(
  member: RecordedMember,
  task: RecordedTask,
  train: (item: number) => boolean,
): ReadonlyMap<number, Tally> {
  const all: Tally = { right: 0, n: 0 }
  const byCategory = new Map<number, Tally>([[ANY, all]])
  for (let item = 0; item < task.n; item += 1) {
    if (!train(item) || member.answers[item] === NO_ANSWER) continue
    const category = task.categories[item] ?? ANY
    const own = byCategory.get(category) ?? { right: 0, n: 0 }
    byCategory.set(category, own)
    for (const each of own === all ? [all] : [all, own]) {
      each.right += member.scores[item] ?? 0
      each.n += 1
    }
  }
  return byCategory
}

function logOdds(byCategory: ReadonlyMap<number, Tally>, category: number): number {
  const all = byCategory.get(ANY) ?? { right: 0, n: 0 }
  const overall = (all.right + 1) / (all.n + 2)
  const own = category === ANY ? undefined : byCategory.get(category)
  const rate = own === undefined ? overall : (own.right + PSEUDO_COUNTS * overall) / (own.n + PSEUDO_COUNTS)
  return Math.log(rate / (1 - rate))
}

/** 1 / P(two wrong answers are the same), smoothed by one pair of each kind, so between 1 and the number of pairs. */
function wrongAnswers(task: RecordedTask, train: (item: number) => boolean): number {
  let [pairs, same] = [2, 1]
  for (let item = 0; item < task.n; item += 1) {
    if (!train(item)) continue
    const wrong = task.members.flatMap((member) => {
      const answer = member.answers[item] ?? NO_ANSWER
      return answer !== NO_ANSWER && (member.scores[item] ?? 0) < 0.5 ? [answer] : []
    })
    for (const [place, answer] of wrong.entries()) {
      pairs += place
      for (let other = 0; other < place; other += 1) if (wrong[other] === answer) same += 1
    }
  }
  return pairs / same
}
