import { Ballot, playElection, type Play } from './play.ts'
import { NO_ANSWER, type RecordedTask } from './recorded-task.ts'

export type DawidSkene = {
  readonly play: Play
  /** How often each member is right, as far as agreement with the others can tell; no label was read. */
  readonly estimatedAccuracy: readonly number[]
  readonly iterations: number
  readonly converged: boolean
}

/** The estimates settle within 10 to 30 rounds on real tables; 200 rounds of 12,000 items × 29 models are about 3 s. */
const MAX_ITERATIONS = 200
const SETTLED = 1e-6
/** Rates stay this far from 0 and 1: a member that always agrees with the rest must not outvote all of it. */
const LEAST_DOUBT = 0.01

/**
 * Votes weighted without any label: the one-coin model of Dawid and Skene (Applied Statistics 28, 1979) by EM. A member
 * is right with its own probability p and else gives one of W wrong answers, each as likely; W + 1 is the largest
 * number of different answers to one item. Starts from the share of votes, which is fixed, so that no seed is needed
 * and the mirror solution (most members wrong together) is not reached from there.
 */
export function dawidSkene(task: RecordedTask): DawidSkene {
  const confusion = Math.log(Math.max(1, mostAnswers(task) - 1))
  let rates = ratesFrom(task, new Float64Array(task.members.length).fill(1), 'share')
  let [iterations, converged] = [0, false]
  while (!converged && iterations < MAX_ITERATIONS) {
    const next = ratesFrom(task, weightsOf(rates, confusion), 'posterior')
    converged = next.every((rate, member) => Math.abs(rate - (rates[member] ?? 0)) < SETTLED)
    rates = next
    iterations += 1
  }
  const ballot = new Ballot(task.members)
  const weights = weightsOf(rates, confusion)
  const play = playElection(task, task.members, (item) => ballot.elect(item, weights))
  return { play, estimatedAccuracy: [...rates], iterations, converged }
}

/** What a vote adds to the log-probability of its answer: ln(p / (1 − p)) + ln W. */
function weightsOf(rates: Float64Array, confusion: number): Float64Array {
  return rates.map((rate) => Math.log(rate / (1 - rate)) + confusion)
}

function mostAnswers(task: RecordedTask): number {
  let most = 1
  for (let item = 0; item < task.n; item += 1)
    most = Math.max(most, new Set(task.members.map((member) => member.answers[item])).size)
  return most
}

/**
 * One round of EM: the mean, over the items a member answered, of the probability that its answer is the right one.
 * That probability is the share of votes at first, then the softmax of the weights of the answers.
 */
function ratesFrom(task: RecordedTask, weights: Float64Array, as: 'share' | 'posterior'): Float64Array {
  const { members, n } = task
  const [right, answered] = [new Float64Array(members.length), new Float64Array(members.length)]
  const support = new Float64Array(members.length)
  for (let item = 0; item < n; item += 1) {
    supports(task, item, weights, support)
    if (as === 'posterior') softmax(task, item, support)
    else share(task, item, support)
    for (let member = 0; member < members.length; member += 1) {
      if (members[member]?.answers[item] === NO_ANSWER) continue
      right[member] = (right[member] ?? 0) + (support[member] ?? 0)
      answered[member] = (answered[member] ?? 0) + 1
    }
  }
  return right.map((sum, member) =>
    Math.min(1 - LEAST_DOUBT, Math.max(LEAST_DOUBT, (sum + 1) / ((answered[member] ?? 0) + 2))),
  )
}

/** Sum of the weights behind each member's own answer. */
function supports(task: RecordedTask, item: number, weights: Float64Array, support: Float64Array): void {
  const { members } = task
  for (let member = 0; member < members.length; member += 1) {
    const answer = members[member]?.answers[item] ?? NO_ANSWER
    let sum = 0
    for (let other = 0; other < members.length; other += 1)
      if (members[other]?.answers[item] === answer) sum += weights[other] ?? 0
    support[member] = sum
  }
}

function share(task: RecordedTask, item: number, support: Float64Array): void {
  const voters = task.members.reduce((sum, member) => sum + (member.answers[item] === NO_ANSWER ? 0 : 1), 0)
  for (let member = 0; member < support.length; member += 1)
    support[member] = (support[member] ?? 0) / Math.max(1, voters)
}

/** Each different answer once: the first member that gave it stands for it. */
function softmax(task: RecordedTask, item: number, support: Float64Array): void {
  const { members } = task
  let highest = -Infinity
  for (const value of support) highest = Math.max(highest, value)
  let total = 0
  for (let member = 0; member < members.length; member += 1) {
    const answer = members[member]?.answers[item] ?? NO_ANSWER
    const first = members.findIndex((each) => each.answers[item] === answer)
    if (answer !== NO_ANSWER && first === member) total += Math.exp((support[member] ?? 0) - highest)
  }
  for (let member = 0; member < members.length; member += 1)
    support[member] = total === 0 ? 0 : Math.exp((support[member] ?? 0) - highest) / total
}
