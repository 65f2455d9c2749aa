import { createHmac, randomBytes } from 'node:crypto'
import type { Json } from '../../core/json.ts'
import type { NamePlace } from '../../privacy/names/find-names.ts'

/**
 * What was found in texts that were read already, so that the twentieth turn of a conversation does not read twenty messages again.
 * Holds no text and no name: a digest under a key of this process, and places.
 */
export type KnownNames = {
  readonly keyOf: (scope: Json, text: string) => string
  readonly get: (key: string) => readonly NamePlace[] | undefined
  readonly set: (key: string, places: readonly NamePlace[]) => void
}

/**
 * Windows of a thousand characters: four megabytes of text. An entry has a key of 44 characters and a place of some 50 bytes for
 * each name, of which a page has five: 2 MB, and 30 MB if every text were nothing but names.
 */
const MAX_TEXTS = 4_096

export function knownNames(): KnownNames {
  const key = randomBytes(32)
  const known = new Map<string, readonly NamePlace[]>()
  return {
    keyOf: (scope, text) =>
      createHmac('sha256', key)
        .update(JSON.stringify([scope, text]))
        .digest('base64'),
    get(text) {
      const places = known.get(text)
      if (places === undefined) return undefined
      // Moved to the young end: a running conversation asks for its beginning at every turn.
      known.delete(text)
      known.set(text, places)
      return places
    },
    set(text, places) {
      known.set(text, places)
      const [oldest] = known.keys()
      if (known.size > MAX_TEXTS && oldest !== undefined) known.delete(oldest)
    },
  }
}
