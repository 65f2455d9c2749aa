import type { Json, JsonObject } from '../../core/json.ts'

/**
 * What an answer of this protocol holds and our events have no kind for travels in their `extra`, under names that tell the
 * place it came from: whole blocks (`content_block_3`), the citations of a text (`citations_0`), the parts of usage that are
 * no counts (`usage_details`). Only a client of this protocol gets them back in their places.
 */
export const USAGE_DETAILS = 'usage_details'

export function blockKey(index: number): string {
  return `content_block_${index}`
}

export function citationsKey(index: number): string {
  return `citations_${index}`
}

/** The number in a key that `prefix` begins, such as 3 in `content_block_3`; undefined for other keys. */
export function indexIn(key: string, prefix: 'content_block_' | 'citations_'): number | undefined {
  const digits = key.startsWith(prefix) ? key.slice(prefix.length) : ''
  return /^\d{1,6}$/.test(digits) ? Number(digits) : undefined
}

/** Fields of the stop and of usage, which are read where those are rendered. */
const PLACED: ReadonlySet<string> = new Set(['stop_reason', 'stop_sequence', 'stop_details', USAGE_DETAILS])
/** Fields that an answer of ours writes itself, and an upstream's must not replace. */
const OURS: ReadonlySet<string> = new Set(['id', 'type', 'role', 'model', 'content', 'usage', 'musivum'])

/** What is left for the top level of an answer. */
export function topLevelFields(extra: JsonObject): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(extra).filter(
      ([key]) =>
        !PLACED.has(key) &&
        !OURS.has(key) &&
        indexIn(key, 'content_block_') === undefined &&
        indexIn(key, 'citations_') === undefined,
    ),
  )
}
