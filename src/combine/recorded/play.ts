import { NO_ANSWER, type RecordedMember, type RecordedTask } from './recorded-task.ts'

/** What a combination did on each item of a recorded task. */
export type Play = {
  /** The score of the answer that the combination gave. */
  readonly scores: Float64Array
  /** How many members were asked: always the first ones in order. */
  readonly asked: Uint16Array
  /** 1 where the item went on to the escalation model. */
  readonly escalated: Uint8Array
}

/** A combination that asks every member and answers with the one `elect` names (its place among the members). */
export function playElection(
  task: RecordedTask,
  members: readonly RecordedMember[],
  elect: (item: number) => number,
): Play {
  const scores = Float64Array.from({ length: task.n }, (_, item) => members[elect(item)]?.scores[item] ?? 0)
  return { scores, asked: new Uint16Array(task.n).fill(members.length), escalated: new Uint8Array(task.n) }
}

/**
 * Counts the votes on one item and names the winner: the member, earliest in order, that gave the answer with most
 * weight. A member without an answer does not vote. Of tied answers the one whose first member comes earliest wins; when
 * nobody answered, that is the first member.
 */
export class Ballot {
  readonly #members: readonly RecordedMember[]
  readonly #first: Uint16Array
  readonly #weight: Float64Array
  #answers = 0

  constructor(members: readonly RecordedMember[]) {
    this.#members = members
    this.#first = new Uint16Array(members.length)
    this.#weight = new Float64Array(members.length)
  }

  /** `weights[m]` is the weight of member m's vote. */
  elect(item: number, weights: ArrayLike<number>): number {
    this.#answers = 0
    for (let member = 0; member < this.#members.length; member += 1)
      this.#vote(member, this.#answerOf(member, item), item, weights[member] ?? 0)
    return this.#winner()
  }

  #answerOf(member: number, item: number): number {
    return this.#members[member]?.answers[item] ?? NO_ANSWER
  }

  #vote(member: number, answer: number, item: number, weight: number): void {
    if (answer === NO_ANSWER) return
    for (let place = 0; place < this.#answers; place += 1) {
      if (this.#answerOf(this.#first[place] ?? 0, item) !== answer) continue
      this.#weight[place] = (this.#weight[place] ?? 0) + weight
      return
    }
    this.#first[this.#answers] = member
    this.#weight[this.#answers] = weight
    this.#answers += 1
  }

  #winner(): number {
    let best = 0
    for (let place = 1; place < this.#answers; place += 1)
      if ((this.#weight[place] ?? 0) > (this.#weight[best] ?? 0) + TIE) best = place
    return this.#answers === 0 ? 0 : (this.#first[best] ?? 0)
  }
}

/** Sums of the same weights in another order differ in the last digits; that must not decide a tie. */
const TIE = 1e-12
