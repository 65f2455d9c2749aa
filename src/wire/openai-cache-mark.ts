import type { CacheMark } from '../core/conversation.ts'
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts'

/**
 * The mark that OpenRouter and other sellers of several vendors take over from Anthropic: `cache_control` beside the fields
 * of a part or a tool. One in another shape stays among the unknown fields.
 */
export function takeCacheMark(extra: JsonObject): {
  readonly cacheMark?: CacheMark
  readonly extra: JsonObject
} {
  const cacheMark = parseMark(extra.cache_control)
  if (cacheMark === undefined) return { extra }
  const { cache_control: _mark, ...rest } = extra
  return { cacheMark, extra: rest }
}

function parseMark(mark: Json | undefined): CacheMark | undefined {
  if (!isJsonObject(mark) || mark.type !== 'ephemeral') return undefined
  const { type: _type, ttl, ...others } = mark
  if (Object.keys(others).length > 0) return undefined
  if (ttl === undefined) return {}
  return typeof ttl === 'string' ? { ttl } : undefined
}

export function renderCacheMark({ ttl }: CacheMark): JsonObject {
  return { cache_control: { type: 'ephemeral', ...(ttl === undefined ? {} : { ttl }) } }
}
