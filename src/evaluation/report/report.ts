import type { CombinationResult } from '../../combine/recorded/combine-recorded.ts'
import type { Certification } from '../../evidence/certificate.ts'
import type { Comparison } from '../../evidence/comparison.ts'
import type { Interval, IntervalMethod } from '../../evidence/one-column.ts'
import type { GroupField } from '../../evidence/outcome-table.ts'
import type { Slice } from '../../evidence/pairing.ts'
import type { Claim } from './read-together.ts'
import type { Words } from './words.ts'

export type ReportOptions = {
  /** The model that everything else is to stand in for. */
  readonly reference: string
  /** Every other model of the task unless said. */
  readonly candidates?: readonly string[] | undefined
  /** Models to combine, in the order in which they are asked; no combination is made unless said. */
  readonly members?: readonly string[] | undefined
  /** The loss that is accepted in a verdict; 0.02 unless said. */
  readonly margin?: number | undefined
  /** Of intervals and verdicts; 0.95 unless said. */
  readonly confidence?: number | undefined
  /** Loss and chance of error of the certificate; 0.05 each unless said. */
  readonly epsilon?: number | undefined
  readonly delta?: number | undefined
  /** Of everything drawn; 1 unless said. */
  readonly seed?: number | undefined
  readonly by?: GroupField | undefined
  /** Takes items that share a cluster as one observation. */
  readonly clustered?: boolean | undefined
  /** The day on the page, as YYYY-MM-DD; this code reads no clock. */
  readonly date?: string | undefined
}

export type ReportSettings = {
  readonly reference: string
  readonly candidates: readonly string[] | null
  readonly members: readonly string[]
  readonly margin: number
  readonly confidence: number
  readonly epsilon: number
  readonly delta: number
  readonly seed: number
  readonly by: GroupField | null
  readonly clustered: boolean
}

/** Everything that recorded outcomes say about standing in for the reference. Figures nobody knows are null, never NaN. */
export type Report = {
  readonly date: string | null
  readonly settings: ReportSettings
  /** Comparisons of models and plans with the reference over all tasks: Holm's correction counts them all. */
  readonly comparisons: number
  readonly tasks: readonly TaskReport[]
}

export type TaskReport = {
  readonly task: string
  readonly items: number
  /** Of the rows that the report was computed from: see `hashOfOutcomes`. */
  readonly dataSha256: string
  readonly models: readonly ModelColumn[]
  /** Models and plans that might stand in, the best claims first. */
  readonly contenders: readonly Contender[]
  /** The cheapest contender that is proven good enough. */
  readonly best: Contender | null
  readonly frontier: readonly FrontierPoint[]
  readonly agreement: Agreement | null
  readonly cascade: CascadeReport | null
  readonly slices: readonly SliceRow[]
  /** What is not in the report and why, one sentence each. */
  readonly notComputed: readonly string[]
}

/** What is known of one model alone, on all items it was run on. */
export type ModelColumn = {
  readonly model: string
  readonly n: number
  /** Items of the task that it was not run on. */
  readonly missing: number
  readonly mean: number | null
  readonly interval: Interval | null
  readonly method: IntervalMethod | null
  readonly errors: number
  readonly unparsed: number
  /** US dollars per item; 0 for own weights, null where a call that did not fail has no price. */
  readonly costUsd: number | null
  readonly latencyP50Ms: number | null
}

export type Contender = {
  readonly kind: 'model' | 'plan'
  readonly name: string
  /** For pictures: the name of a model, or a plan without its members, which are the same for all plans of a report. */
  readonly label: string
  readonly comparison: Comparison
  readonly claim: Claim
  /** The verdict as a product manager reads it. */
  readonly sentence: Words
  /** Share of the items that still go to the reference. */
  readonly referenceShare: number
  readonly costUsd: number | null
  readonly latencyP50Ms: number | null
  /** For a plan: what it did, and whether it is promoted over its best member. */
  readonly combination: CombinationResult | null
}

export type FrontierPoint = {
  readonly kind: 'model' | 'plan' | 'reference'
  readonly name: string
  readonly label: string
  readonly quality: number
  readonly costUsd: number | null
  readonly latencyP50Ms: number | null
  /** No other point is at least as good and at most as dear (as slow; as dear and as slow). False where it is unknown. */
  readonly best: { readonly onCost: boolean; readonly onLatency: boolean; readonly onBoth: boolean }
}

export type Agreement = {
  /** `answers`: equal after normalisation; `scores`: 1 − mean |a − b|, which is "both right or both wrong" for 0 and 1. */
  readonly kind: 'answers' | 'scores'
  readonly models: readonly string[]
  /** By place in `models`; null where two models share no item. */
  readonly shares: readonly (readonly (number | null)[])[]
}

export type CascadeReport = {
  readonly members: readonly string[]
  readonly n: number
  /** From taking the first answer to always asking the reference. */
  readonly steps: readonly CascadePoint[]
  readonly certification: Certification
  /** Where the certified threshold lies on this picture; null when nothing is certified. */
  readonly certified: CertifiedPoint | null
}

export type CascadePoint = {
  /** How many members must agree; one more than there are means always the reference. */
  readonly agree: number
  readonly accuracy: number
  readonly escalatedShare: number
  readonly callsMean: number
}

export type CertifiedPoint = {
  readonly accuracy: number
  readonly escalatedShare: number
  /** The step of the curve that is the same plan; null when it is one of a vote only. */
  readonly agree: number | null
}

export type SliceRow = {
  readonly slice: Slice
  /** Items of the task in the slice, run or not. */
  readonly items: number
  /** In the order of `contenders`. */
  readonly cells: readonly SliceCell[]
}

export type SliceCell = {
  readonly name: string
  readonly comparison: Comparison
  readonly claim: Claim
}
