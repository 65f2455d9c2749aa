import { linearTicks } from '../nice-ticks.ts'

const MOST_TICKS = 6

/** Round per cents between the least and the largest share, all with as many decimals as one of them needs. */
export function percentTicks(
  shares: readonly number[],
): readonly { readonly y: number; readonly text: string }[] {
  const ticks = linearTicks(100 * Math.min(...shares), 100 * Math.max(...shares), MOST_TICKS)
  const decimals = Math.max(0, ...ticks.map((tick) => String(tick).split('.')[1]?.length ?? 0))
  return ticks.map((tick) => ({ y: tick / 100, text: tick.toFixed(decimals) }))
}
