import type { CacheMark } from '../../core/conversation.ts'
import { isJsonObject, type JsonObject } from '../../core/json.ts'
import { optionalObject, optionalString, pathOf } from '../field-checks.ts'
import { hasFields, nestedExtra, unknownFields } from '../json-extra.ts'

/** What a block or tool carries beside what we read of it. */
export type CarriedFields = { readonly cacheMark?: CacheMark; readonly extra?: JsonObject }

/** `known` need not name `cache_control`: it becomes the mark, and only what we do not know of it stays in `extra`. */
export function parseCarried(object: JsonObject, known: ReadonlySet<string>, at: string): CarriedFields {
  const { cache_control: _control, ...unknown } = unknownFields(object, known, at)
  const control = optionalObject(object, 'cache_control', at)
  const path = pathOf(at, 'cache_control')
  if (control?.type !== 'ephemeral') {
    const extra = control === undefined ? unknown : { ...unknown, cache_control: control }
    return hasFields(extra) ? { extra } : {}
  }
  const ttl = optionalString(control, 'ttl', path)
  const rest = unknownFields(control, CACHE_CONTROL, path)
  const extra = hasFields(rest) ? { ...unknown, cache_control: rest } : unknown
  return { cacheMark: ttl === undefined ? {} : { ttl }, ...(hasFields(extra) ? { extra } : {}) }
}

const CACHE_CONTROL: ReadonlySet<string> = new Set(['type', 'ttl'])

/** The way back for a conversation of this dialect. */
export function renderCarried({ cacheMark, extra }: CarriedFields): JsonObject {
  if (cacheMark !== undefined) return { ...extra, ...renderCacheMark(cacheMark, extra) }
  if (extra === undefined || !('cache_control' in extra)) return extra ?? {}
  const { cache_control: control, ...rest } = extra
  // Without its type it is only what was left beside a mark that a plan has since taken away.
  return isJsonObject(control) && 'type' in control ? extra : rest
}

export function renderCacheMark(mark: CacheMark | undefined, extra?: JsonObject): JsonObject {
  if (mark === undefined) return {}
  const ttl = mark.ttl === undefined ? {} : { ttl: mark.ttl }
  return { cache_control: { ...nestedExtra(extra, 'cache_control'), type: 'ephemeral', ...ttl } }
}
