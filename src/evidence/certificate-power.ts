import { betAgainst } from './betting.ts'
import { normalQuantile } from './distributions.ts'

/** What is known or assumed of D = reference − mixed, item by item. */
export type LossSpread = {
  readonly meanLoss: number
  /** E[D²]: for scores of 0 and 1 the share of items on which only one of the two is right. */
  readonly meanSquare: number
  readonly epsilon: number
  readonly delta: number
}

const POWER = 0.8

/**
 * Pairs at which the betting test passes with probability 0.8, or null when the loss is ε or more and no number would do:
 *
 *     n = (√(2 ln(1/δ)) + z_0.8)² · Var(D) / (ε − E D)² + n₀
 *
 * With bets of √(2 ln(1/δ) / (n Var L)), L = (D + 1)/2, the logarithm of the wealth ends near √(2 ln(1/δ) n / Var D) ·
 * (ε − E D) − ln(1/δ), with a standard deviation of √(2 ln(1/δ)); it must reach ln(1/δ). n₀ is what the test needs when
 * not one pair differs, because no bet may be larger than 0.99 / (1 − bound).
 */
export function pairsToCertify({ meanLoss, meanSquare, epsilon, delta }: LossSpread): number | null {
  const slack = epsilon - meanLoss
  if (slack <= 0) return null
  const variance = Math.max(0, meanSquare - meanLoss * meanLoss)
  const reach = Math.sqrt(2 * Math.log(1 / delta)) + normalQuantile(POWER)
  return Math.ceil((reach * reach * variance) / (slack * slack)) + pairsWithoutLoss(epsilon, delta)
}

/** The smallest n, to a tenth, at which n pairs without any difference pass. */
function pairsWithoutLoss(epsilon: number, delta: number): number {
  let planned = FEWEST
  for (let step = 0; step < MAX_STEPS && !passesWithoutLoss(planned, epsilon, delta); step += 1)
    planned = Math.ceil(planned * 1.1)
  return planned
}

const FEWEST = 8

/** Wealth grows by ε a pair at most: ln(1/δ)/ε is 92,000 where both are 0.0001, and 8 · 1.1¹²⁰ is 740,000. */
const MAX_STEPS = 120

function passesWithoutLoss(planned: number, epsilon: number, delta: number): boolean {
  const bet = betAgainst({ bound: (1 + epsilon) / 2, delta, planned })
  const enough = Math.log(1 / delta)
  for (let pair = 0; pair < planned && bet.logMaxWealth() < enough; pair += 1) bet.add(0.5)
  return bet.logMaxWealth() >= enough
}
