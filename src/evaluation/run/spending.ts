import { strict as assert } from 'node:assert'

/** Money of one run, in nano-dollars: set aside before a call, settled after. */
export type Spending = {
  /**
   * Sets an amount aside. Waits while calls that are under way may turn out cheaper than what was set aside for them;
   * false when the ceiling leaves no room even then.
   */
  readonly reserve: (amount: number) => Promise<boolean>
  /** `cost` null: the call failed in a way that may have been billed, so what was set aside counts as perhaps spent. */
  readonly settle: (reserved: number, cost: number | null) => void
  readonly spent: () => number
  /** What failed calls may have cost on top; nobody told. */
  readonly perhaps: () => number
}

/** `ceiling` undefined: no limit. */
export function openSpending(ceiling: number | undefined): Spending {
  let [spent, perhaps, reserved] = [0, 0, 0]
  // One entry per call that waits for room: bounded by the concurrency of the run.
  let settled: (() => void)[] = []
  const fits = (amount: number): boolean =>
    ceiling === undefined || amount === 0 || spent + perhaps + reserved + amount <= ceiling
  return {
    async reserve(amount) {
      assert(Number.isSafeInteger(amount) && amount >= 0, `money is whole nano-dollars, not ${amount}`)
      while (!fits(amount)) {
        if (reserved === 0) return false
        await new Promise<void>((resolve) => settled.push(resolve))
      }
      reserved += amount
      return true
    },
    settle(amount, cost) {
      assert(reserved >= amount, 'more is settled than was set aside')
      reserved -= amount
      if (cost === null) perhaps += amount
      else spent += cost
      const told = settled
      settled = []
      for (const tell of told) tell()
    },
    spent: () => spent,
    perhaps: () => perhaps,
  }
}
