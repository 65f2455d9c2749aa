import { createHash } from 'node:crypto'
import type { Call } from '../ask.ts'
import { canonicalJson } from '../../evidence/signing/canonical-json.ts'
import type { RunModel } from './run-model.ts'

/**
 * The name of an answer in the cache: SHA-256 over everything that may change it. The name of the model is not part of
 * it, so that a rename pays for nothing again, and neither is the task.
 */
export function callHash(model: RunModel, call: Call, sample: number): string {
  const { maxTokens = null, temperature = null, seed = null } = call
  const messages = call.messages.map(({ role, content }) => ({ content, role }))
  const sampling = { max_tokens: maxTokens, seed, temperature }
  // Canonical as it stands, keys in order: a plan of a million calls is hashed three times.
  const asked = JSON.stringify({ messages, sample, sampling })
  return createHash('sha256')
    .update(`${sourceOf(model)}\n${asked}`)
    .digest('hex')
}

/** The identity of a model as one text. */
export function sourceOf(model: RunModel): string {
  return canonicalJson(model.identity)
}
