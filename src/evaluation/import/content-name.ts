import { createHash } from 'node:crypto'
import { isJsonArray, isJsonObject, type Json } from '../../core/json.ts'
import { textIn } from './row-fields.ts'

/**
 * A name made of what an item asks, for formats that number their rows instead of naming them: the same question gets
 * the same name in every file, whatever else was run beside it, so that outcomes of two runs can be paired.
 * Numbers and texts that read the same are the same, because CSV knows only texts.
 */
export function contentName(content: Json): string {
  // 64 bits: among a million items, two different ones share a name once in 37 million imports.
  return `case-${createHash('sha256').update(canonical(content)).digest('hex').slice(0, 16)}`
}

function canonical(value: Json): string {
  if (isJsonArray(value)) return `[${value.map(canonical).join(',')}]`
  if (!isJsonObject(value)) return JSON.stringify(textIn(value) ?? '')
  const fields = Object.keys(value)
    .toSorted()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key] ?? null)}`)
  return `{${fields.join(',')}}`
}
