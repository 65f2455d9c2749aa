import { strict as assert } from 'node:assert'

/** A number with its unit: `8GiB` is 1024³ × 8, `8GB` 1000³ × 8. */
export const bytesPattern = /^(\d{1,9}(?:\.\d{1,3})?) ?([kmgt])(i?)b$/i

const POWER: Readonly<Record<string, number | undefined>> = { k: 1, m: 2, g: 3, t: 4 }

/** Bytes of a text that matches `bytesPattern`. */
export function bytesIn(text: string): number {
  const [, amount, unit = '', binary] = bytesPattern.exec(text) ?? []
  const power = POWER[unit.toLowerCase()]
  assert(amount !== undefined && power !== undefined, `not a number of bytes: ${text}`)
  return Math.floor(Number(amount) * (binary === '' ? 1000 : 1024) ** power)
}
