/** `betting` is valid for any score from 0 to 1; `clopper-pearson` is exact and more cautious, for scores of 0 and 1 only. */
export type CertificateMethod = 'betting' | 'clopper-pearson'

export type CertificateRequest = {
  readonly task: string
  readonly reference: string
  /** The model or combination that answers below the threshold. */
  readonly cheap: string
  /** Router score of each item: those with score >= threshold go to the reference. */
  readonly scores: ArrayLike<number>
  /** Outcomes on the same items, from 0 to 1. Neither may have been used to build the router or the combination. */
  readonly referenceOutcomes: ArrayLike<number>
  readonly cheapOutcomes: ArrayLike<number>
  /** The loss that is accepted, and the chance of a wrong certificate that is accepted. */
  readonly epsilon: number
  readonly delta: number
  /** Of the order in which the items are bet on. */
  readonly seed: number
  readonly method?: CertificateMethod
  /** Scores of other, unlabelled traffic to put the grid on; the scores above unless given. */
  readonly gridScores?: ArrayLike<number>
  /** Quantiles in the grid; 40 unless said. */
  readonly steps?: number
  /** Hash of the outcomes and scores, as the caller read them. */
  readonly dataSha256?: string
  /** The models that vote, when `cheap` is a vote. */
  readonly members?: readonly string[] | undefined
  /** ISO 8601 in UTC. */
  readonly issuedAt?: string
}

/** What a certification found, without the document about it. */
export type CertificationFigures = {
  readonly certified: boolean
  /** Null when nothing but "always the reference" is certified. */
  readonly threshold: number | null
  /** Share of the items that the reference answers at the threshold: 1 when nothing is certified. */
  readonly strongShare: number
  readonly epsilon: number
  readonly delta: number
  readonly n: number
  /** Thresholds in the order of testing, from almost always the reference to never. Fixed before any outcome is seen. */
  readonly grid: readonly number[]
  /** ln of the largest wealth at each threshold that was tested; the test is passed at ln(1/δ). */
  readonly logWealth: readonly number[]
}
