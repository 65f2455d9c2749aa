import type { JsonObject } from '../../core/json.ts'
import { isUuidV7 } from '../../core/ids.ts'

/** Ids of responses and their items are the request's, so that a log line, a stored response and an item name each other. */
export function responseId(requestId: string): string {
  return `resp_${requestId}`
}

/** `index` is the item's place in the output. */
export function itemId(kind: 'msg' | 'rs' | 'fc', requestId: string, index: number): string {
  return `${kind}_${requestId}_${index}`
}

/** Fields of an item without an id that we gave it: the server behind us knows no such item and would say so. */
export function withoutOwnId(fields: JsonObject): JsonObject {
  const { id, ...others } = fields
  return typeof id === 'string' && isOwnId(id) ? others : fields
}

function isOwnId(id: string): boolean {
  const [kind, requestId, index] = id.split('_')
  return kind !== undefined && index !== undefined && isUuidV7(requestId ?? '')
}
