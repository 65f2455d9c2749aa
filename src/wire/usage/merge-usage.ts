import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { setField } from '../json-extra.ts'

/**
 * What a stream has said of its usage so far: every chunk repeats the counts up to it, so that the later one stands for
 * each field and nothing is ever added up. Null says nothing and does not take away what was said.
 */
export function mergeUsage(earlier: JsonObject | undefined, later: unknown): JsonObject | undefined {
  if (!isJsonObject(later)) return earlier
  if (earlier === undefined) return later
  const merged: Record<string, Json> = { ...earlier }
  for (const key of Object.keys(later)) {
    const value = later[key]
    if (value === null || value === undefined) continue
    const before = merged[key]
    setField(merged, key, isJsonObject(value) && isJsonObject(before) ? { ...before, ...value } : value)
  }
  return merged
}
