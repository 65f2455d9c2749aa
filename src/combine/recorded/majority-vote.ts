import { Ballot, playElection, type Play } from './play.ts'
import type { RecordedMember, RecordedTask } from './recorded-task.ts'

/** Every member is asked; the answer given by most wins, ties go to the answer of the earliest member. */
export function majorityVote(task: RecordedTask, members: readonly RecordedMember[] = task.members): Play {
  const ballot = new Ballot(members)
  const equal = new Float64Array(members.length).fill(1)
  return playElection(task, members, (item) => ballot.elect(item, equal))
}
