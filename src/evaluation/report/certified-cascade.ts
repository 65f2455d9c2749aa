import { cascadeCurve } from '../../combine/recorded/agreement-cascade.ts'
import { majorityVote } from '../../combine/recorded/majority-vote.ts'
import { NO_ANSWER, type RecordedTask } from '../../combine/recorded/recorded-task.ts'
import { certify, type Certification } from '../../evidence/certificate.ts'
import { meanOf } from '../../evidence/one-column.ts'
import type { PlanGround } from './recorded-plans.ts'
import type { CascadeReport, CertifiedPoint, ReportSettings } from './report.ts'

/** The curve of a cascade from never to always escalating, and how far along it a certificate reaches. */
export function certifiedCascade(
  ground: PlanGround,
  settings: ReportSettings,
  dataSha256: string,
): CascadeReport {
  const { task, reference } = ground
  const { members, epsilon, delta, seed } = settings
  const scores = disagreement(task)
  const cheapOutcomes = majorityVote(task).scores
  const certification = certify({
    task: task.task,
    reference: reference.model,
    cheap: members.length === 1 ? (members[0] ?? '') : `vote of ${members.join(', ')}`,
    scores,
    referenceOutcomes: reference.scores,
    cheapOutcomes,
    epsilon,
    delta,
    seed,
    dataSha256,
  })
  return {
    members,
    n: task.n,
    steps: cascadeCurve(task, reference).map(({ agree, play }) => ({
      agree,
      accuracy: meanOf(play.scores),
      escalatedShare: meanOf(play.escalated),
      callsMean: meanOf(play.asked) + meanOf(play.escalated),
    })),
    certification,
    certified: certifiedPoint(certification, scores, cheapOutcomes, ground),
  }
}

/** Per item, the share of members that did not give the most frequent answer; 1 when none gave any. */
function disagreement({ n, members }: RecordedTask): Float64Array {
  return Float64Array.from({ length: n }, (_, item) => {
    const answers = members
      .map(({ answers: each }) => each[item] ?? NO_ANSWER)
      .filter((each) => each !== NO_ANSWER)
    const votes = answers.map((answer) => answers.filter((other) => other === answer).length)
    return 1 - Math.max(0, ...votes) / members.length
  })
}

function certifiedPoint(
  { threshold, strongShare }: Certification,
  scores: Float64Array,
  cheapOutcomes: Float64Array,
  { task, reference }: PlanGround,
): CertifiedPoint | null {
  if (threshold === null) return null
  const mixed = cheapOutcomes.map((cheap, item) =>
    (scores[item] ?? 0) < threshold ? cheap : (reference.scores[item] ?? 0),
  )
  return {
    accuracy: meanOf(mixed),
    escalatedShare: strongShare,
    agree: sameStep(scores, threshold, task.members.length),
  }
}

/**
 * The number of agreeing members below the threshold. With a majority among them the vote and the cascade give the same
 * answer to the same items; with fewer a cascade may stop at another answer than the vote's, and is not what was certified.
 */
function sameStep(scores: Float64Array, threshold: number, members: number): number | null {
  const highest = scores.reduce((most, score) => (score < threshold ? Math.max(most, score) : most), 0)
  const agree = Math.round(members * (1 - highest))
  return agree >= 1 && 2 * agree > members ? agree : null
}
