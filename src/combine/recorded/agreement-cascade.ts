import type { Play } from './play.ts'
import { NO_ANSWER, type RecordedMember, type RecordedTask } from './recorded-task.ts'

/**
 * Members are asked in order until `agree` of them have given the same answer, which is then the answer. As soon as that
 * can no longer happen the item goes to the escalation model, and no further member is paid.
 */
export function agreementCascade(task: RecordedTask, escalate: RecordedMember, agree: number): Play {
  return playInOrder(task, agree, (item) => escalate.scores[item] ?? 0)
}

/** Members are asked in order until two agree; when no two do, the first that answered at all decides. */
export function sequentialVote(task: RecordedTask): Play {
  return playInOrder(task, 2)
}

/** The play of a cascade at one number of agreeing members. */
export type CascadeStep = { readonly agree: number; readonly play: Play }

/**
 * The whole curve, from never escalating (1: the first answer is taken) to always (one more than there are members, who
 * are then not asked at all).
 */
export function cascadeCurve(task: RecordedTask, escalate: RecordedMember): readonly CascadeStep[] {
  return Array.from({ length: task.members.length + 1 }, (_, place) => ({
    agree: place + 1,
    play: agreementCascade(task, escalate, place + 1),
  }))
}

function playInOrder(task: RecordedTask, agree: number, escalate?: (item: number) => number): Play {
  const play = {
    scores: new Float64Array(task.n),
    asked: new Uint16Array(task.n),
    escalated: new Uint8Array(task.n),
  }
  for (let item = 0; item < task.n; item += 1) {
    const { asked, accepted } = askInOrder(task.members, item, agree, escalate !== undefined)
    play.asked[item] = asked
    const escalated = accepted === undefined && escalate !== undefined
    play.escalated[item] = escalated ? 1 : 0
    play.scores[item] = escalated
      ? escalate(item)
      : (task.members[accepted ?? firstToAnswer(task.members, item)]?.scores[item] ?? 0)
  }
  return play
}

/** `accepted` is the member that first gave the answer agreed on. */
function askInOrder(
  members: readonly RecordedMember[],
  item: number,
  agree: number,
  mayGiveUp: boolean,
): { asked: number; accepted: number | undefined } {
  let most = 0
  for (let asked = 0; asked < members.length; asked += 1) {
    if (mayGiveUp && most + members.length - asked < agree) return { asked, accepted: undefined }
    const answer = members[asked]?.answers[item] ?? NO_ANSWER
    if (answer === NO_ANSWER) continue
    let [votes, first] = [1, asked]
    for (let before = asked - 1; before >= 0; before -= 1) {
      if (members[before]?.answers[item] !== answer) continue
      votes += 1
      first = before
    }
    if (votes >= agree) return { asked: asked + 1, accepted: first }
    most = Math.max(most, votes)
  }
  return { asked: mayGiveUp && agree > members.length ? 0 : members.length, accepted: undefined }
}

function firstToAnswer(members: readonly RecordedMember[], item: number): number {
  return Math.max(
    0,
    members.findIndex((member) => member.answers[item] !== NO_ANSWER),
  )
}
