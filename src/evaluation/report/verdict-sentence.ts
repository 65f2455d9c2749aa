import type { Comparison } from '../../evidence/comparison.ts'
import {
  confidencePercent,
  count,
  counted,
  hundredths,
  percent,
  perThousand,
  roughPercent,
  size,
} from './figures.ts'
import { isProven, type Claim } from './read-together.ts'
import type { Contender } from './report.ts'
import { listed, nameOf, type Words } from './words.ts'

/** What a sentence is made of; the cost is in US dollars per item. */
export type Verdicted = Omit<Contender, 'sentence'> & {
  readonly agree: number | null
  readonly referenceCostUsd: number | null
  /** How many comparisons are read together. */
  readonly comparisons: number
}

/**
 * The verdict for somebody who knows no statistics: what it is, what it scores, what is proven, what it saves. "Not
 * proven" always comes with what this set could have shown, and is never worded as "equal".
 */
export function verdictSentence(verdicted: Verdicted): Words {
  const { comparison } = verdicted
  const subject = subjectOf(verdicted)
  if (comparison.n === 0) return [...subject, ': no item has an outcome of both, so nothing can be said.']
  const scores = `: ${percent(comparison.candidate.mean)} against ${percent(comparison.reference.mean)}. `
  return [...subject, `${scores}${proofOf(verdicted)}`, ...afterthoughts(verdicted)]
}

function subjectOf({ kind, name, comparison, combination, agree, referenceShare }: Verdicted): Words {
  const reference = nameOf(comparison.reference.model)
  if (kind === 'model' || combination === null) return [nameOf(name), ' instead of ', reference]
  const { members, method } = combination
  if (method === 'vote') return ['Vote of ', ...listed(members), ' instead of ', reference]
  if (method === 'sequential') return [...listed(members), ' until two agree, instead of ', reference]
  const asked =
    agree === members.length ? joined(members) : [...listed(members), ` (any ${agree} that agree)`]
  return [...asked, `, escalating ${roughPercent(referenceShare)} to `, reference]
}

function joined(members: readonly string[]): Words {
  return members.flatMap((member) => [' + ', nameOf(member)]).slice(1)
}

function proofOf({ claim, comparison, comparisons }: Verdicted): string {
  const { margin, confidence } = comparison
  const sure = confidencePercent(confidence)
  switch (claim) {
    case 'better':
      return `Proven better (${sure}).`
    case 'no-worse':
      return `Proven no worse than ${size(margin)} (${sure}).${smallLoss(comparison)}`
    case 'worse':
      return margin === 0 ? `Proven worse (${sure}).` : `Proven worse by more than ${size(margin)} (${sure}).`
    case 'no-worse-alone':
      return `${onlyQuestion(comparisons)} no worse than ${size(margin)} (${sure}).`
    case 'worse-alone':
      return `${onlyQuestion(comparisons)} worse by more than ${size(margin)} (${sure}).`
    case 'open':
      return `Not proven: ${powerOf(comparison)}.`
    default:
      return claim satisfies never
  }
}

function onlyQuestion(comparisons: number): string {
  return `Not proven among ${count(comparisons)} comparisons; as the only question it would be proven`
}

/** A precise loss inside the margin is still a loss, and a reader should hear of it. */
function smallLoss({ difference: { interval } }: Comparison): string {
  return interval !== null && interval[1] < 0 ? ' It is worse all the same, within that.' : ''
}

function powerOf({ power, margin, n, difference }: Comparison): string {
  if (power.detectable === null) return `${counted(n, 'item')} cannot show what this set could detect`
  const sees = `this set can detect ±${hundredths(power.detectable)} points`
  if (power.moreItems === null)
    return `${sees}, and at a margin of ${size(margin)} no number of items proves two equal models equal`
  if (difference.mean !== null && difference.mean < -margin)
    return `${sees}; with ${hundredths(-difference.mean)} points lost here, more items would sooner prove it worse`
  // The plan is for two equal models; where it asks for nothing more, these two lie close to the margin.
  if (power.moreItems === 0)
    return `${sees}; the loss is too near ${size(margin)} for more items to be of much help`
  return `${sees}; about ${roughCount(power.moreItems)} more ${power.moreItems === 1 ? 'item' : 'items'} would decide, if the two are equal`
}

/** Two digits: a plan for a sample is no more exact than that. */
function roughCount(items: number): string {
  return count(items < 100 ? items : Number(items.toPrecision(2)))
}

function afterthoughts(verdicted: Verdicted): Words {
  if (!isProven(verdicted.claim)) return promotionOf(verdicted)
  return [...savedCalls(verdicted), ...costs(verdicted), ...promotionOf(verdicted)]
}

function savedCalls({ referenceShare, comparison }: Verdicted): Words {
  const reference = nameOf(comparison.reference.model)
  if (referenceShare === 0) return [' Saves all calls to ', reference, '.']
  if (referenceShare === 1) return [' Saves no call to ', reference, '.']
  return [` Saves ${roughPercent(1 - referenceShare)} of the calls to `, reference, '.']
}

function costs({ costUsd, referenceCostUsd }: Verdicted): Words {
  if (costUsd === null) return []
  if (costUsd === 0) return [' No bill: own weights.']
  if (referenceCostUsd === null) return [` Costs ${perThousand(costUsd)} per 1,000 items.`]
  return [` Costs ${perThousand(costUsd)} instead of ${perThousand(referenceCostUsd)} per 1,000 items.`]
}

function promotionOf({ combination }: Verdicted): Words {
  if (combination === null || combination.promoted || combination.members.length === 1) return []
  return [
    ' Not promoted: it is not shown to be better than ',
    nameOf(combination.bestSingle.model),
    ' alone.',
  ]
}

/** The claim in a word or two, for the margin of a table. */
export const CLAIM_WORDS: Readonly<Record<Claim, string>> = {
  better: 'better',
  'no-worse': 'no worse',
  'no-worse-alone': 'not proven',
  open: 'not proven',
  'worse-alone': 'not proven',
  worse: 'worse',
}
