import { isJsonArray, type Json } from '../../core/json.ts'
import type { Item } from '../item.ts'

/** The right answers where the gold is a text, a number or a truth value, or a list of them; else undefined. */
export function goldTexts(item: Item): readonly string[] | undefined {
  const { gold } = item
  if (gold === undefined) return undefined
  const texts = (isJsonArray(gold) ? gold : [gold]).map(plainText)
  const all = texts.filter((text) => text !== undefined)
  return all.length === texts.length && all.length > 0 ? all : undefined
}

function plainText(value: Json): string | undefined {
  return typeof value === 'object' ? undefined : String(value)
}

/** The fault of an item whose gold does not suit its scorer. */
export function goldFault(item: Item, expected: string): string {
  return item.gold === undefined
    ? `"gold" is missing; expected ${expected}`
    : `"gold" does not suit; expected ${expected}`
}
