import { strict as assert } from 'node:assert'

/** A number with its unit; a bare number is refused because half its readers take it for seconds and half for minutes. */
export const durationPattern = /^(\d{1,9})(ms|s|m|h)$/

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const

/** Milliseconds of a duration that matches `durationPattern`. */
export function durationMs(text: string): number {
  const [, amount, unit] = durationPattern.exec(text) ?? []
  assert(amount !== undefined && unit !== undefined && unit in UNIT_MS, `not a duration: ${text}`)
  return Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS]
}
