import { strict as assert } from 'node:assert'

/**
 * A bet against "the mean loss is `bound` or more", losses from 0 to 1. If that is true, wealth is a non-negative
 * supermartingale that starts at 1, so it ever reaches 1/δ with probability at most δ (Ville 1939), however often one looks.
 */
export type Bet = {
  readonly add: (loss: number) => void
  /** ln of the largest wealth so far: −ln of an anytime-valid p-value. */
  readonly logMaxWealth: () => number
  readonly logWealth: () => number
}

export type BetOptions = {
  readonly bound: number
  /** Level the bets are tuned for. Any choice is valid; this one is quickest at its own level. */
  readonly delta: number
  /** How many losses will come, when that is known; otherwise bets are sized for any number of them. */
  readonly planned?: number
}

/**
 * Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", JRSS B 86, 2024 (one-sided capital
 * process, equation 24, with the predictable plug-in bets of section 4.2):
 *
 *     K ← K · (1 − ν (L − bound)),  ν = min(0.99 / (1 − bound), √(2 ln(1/δ) / (n v)))
 *
 * with v = (¼ + Σ(L − μ)²) / (i + 1) and μ = (½ + ΣL) / (i + 1) over the losses before this one. Without a planned n
 * it is i ln(1 + i), which lets the test go on for ever.
 */
export function betAgainst(options: BetOptions): Bet {
  return new RunningBet(options)
}

/** A class, because doubles captured by a closure are boxed anew at every step, and a grid takes millions of steps. */
class RunningBet implements Bet {
  readonly #bound: number
  readonly #largest: number
  readonly #stake: number
  readonly #planned: number | undefined
  #count = 0
  #sum = 0.5
  #squares = 0.25
  #logWealth = 0
  #logMax = 0

  constructor({ bound, delta, planned }: BetOptions) {
    assert(bound > 0 && bound < 1 && delta > 0 && delta < 1, `no bet at bound ${bound}, level ${delta}`)
    this.#bound = bound
    this.#largest = 0.99 / (1 - bound)
    this.#stake = 2 * Math.log(1 / delta)
    this.#planned = planned
  }

  add(loss: number): void {
    assert(loss >= 0 && loss <= 1, 'a loss is from 0 to 1')
    const seen = this.#count + 1
    const time = this.#planned ?? seen * Math.log(seen + 1)
    const bet = Math.min(this.#largest, Math.sqrt((this.#stake * seen) / (time * this.#squares)))
    this.#logWealth += Math.log1p(-bet * (loss - this.#bound))
    this.#logMax = Math.max(this.#logMax, this.#logWealth)
    this.#count = seen
    this.#sum += loss
    this.#squares += (loss - this.#sum / (seen + 1)) ** 2
  }

  logMaxWealth(): number {
    return this.#logMax
  }

  logWealth(): number {
    return this.#logWealth
  }
}

/**
 * An anytime-valid p-value for "the mean of `values` is `threshold` or less", values from −1 to 1, taken in the given
 * order: the bet on the loss (1 − value)/2.
 */
export function bettingPValue(values: ArrayLike<number>, threshold: number, alpha: number): number {
  if (threshold < -1) return 0
  const bound = (1 - threshold) / 2
  // At the very ends, and where a threshold is so near to one that the bound rounds to it, nothing is refuted.
  if (values.length === 0 || bound >= 1 || bound <= 0) return 1
  const bet = betAgainst({ bound, delta: alpha, planned: values.length })
  for (let index = 0; index < values.length; index += 1) bet.add((1 - (values[index] ?? 0)) / 2)
  return Math.exp(-bet.logMaxWealth())
}
