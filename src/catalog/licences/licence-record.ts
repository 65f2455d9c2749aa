import type { Openness } from '../model-facts.ts'

/**
 * What a licence of weights, or the terms of a service, say about the questions that people ask of them. A reading for
 * engineers, not legal advice: `source`, `date` and `confidence` say whose reading it is. A field that is left out is not
 * known, which is never the same as `none`.
 */
export type LicenceRecord = {
  /** SPDX's id in lower case where there is one, else ours. */
  readonly id: string
  readonly name: string
  readonly kind: 'weights' | 'service'
  /** As SPDX writes it. */
  readonly spdx?: string
  /** SHA-256 of the text with every run of white space as one space, and none at the ends. */
  readonly textSha256?: string
  /** Other names it goes by in model cards and configurations, lower case. */
  readonly aliases?: readonly string[]
  readonly openness: Openness
  readonly commercial?: boolean
  /** Monthly active users above which nothing is granted without asking. */
  readonly mauCap?: number | 'none'
  /** US dollars of revenue in a year above which nothing is granted without asking. */
  readonly revenueCapUsd?: number | 'none'
  /** Domiciles of licensees to whom nothing is granted: ISO 3166 codes, or `EU`. */
  readonly regionExclusions?: readonly string[]
  /** Uses that are ruled out; empty: none beyond the law. */
  readonly fieldOfUse?: readonly string[]
  readonly outputsMayTrain?: 'yes' | 'conditions' | 'no'
  /** What the users of a product must be told; null: nothing. */
  readonly attribution?: string | null
  /** How a derived model must be called; null: freely. */
  readonly derivativeNaming?: string | null
  readonly patentGrant?: boolean
  /** What the fields above cannot say, one sentence each. */
  readonly notes?: readonly string[]
  readonly source: string
  /** When it was read. */
  readonly date: string
  readonly confidence: Confidence
}

/** A: the text itself was read. B: a secondary source. C: from memory, to be checked before anyone relies on it. */
export type Confidence = 'A' | 'B' | 'C'
