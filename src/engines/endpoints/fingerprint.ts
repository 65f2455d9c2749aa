import { createHash } from 'node:crypto'
import type { Place } from '../../catalog/model.ts'

/**
 * Tells apart places that refuse each other's encrypted reasoning: OpenAI's belongs to the organisation of the key, Azure's
 * to the resource; Anthropic's is good for every key of its host. Eight digits of a hash: enough for a handful of places,
 * and nothing that leads back to a key.
 */
export function fingerprintOf({ baseUrl, key = '' }: Place, engine: 'openai' | 'anthropic'): string {
  const { host } = new URL(baseUrl)
  const whose = engine === 'anthropic' ? host : `${host}\n${key}`
  return createHash('sha256').update(whose).digest('hex').slice(0, 8)
}
