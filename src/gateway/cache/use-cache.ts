import type { Model } from '../../catalog/model.ts'
import type { AnswerEvent } from '../../core/events.ts'
import type { Principal } from '../../core/principal.ts'
import { assertPermit, type Permit, type Policy } from '../../policy/permit.ts'
import type { Labels } from '../../privacy/label.ts'
import type { RequestContent } from '../request-content.ts'
import { cacheWish, notKept } from './cache-control.ts'
import { cacheKey } from './cache-key.ts'
import { cacheVerdict } from './cache-rule.ts'
import type { ExactCache } from './exact-cache.ts'
import { eventRecorder, readEvents } from './kept-events.ts'

export type CacheQuestion = {
  readonly cache: ExactCache
  readonly requestId: string
  readonly principal: Principal
  readonly policy: Policy
  readonly labels: Labels
  readonly model: Model
  /** Of this request, for this model: a hit is seen by policy like any other answer. */
  readonly permit: Permit
  readonly operation: string
  readonly content: RequestContent
  /** `Cache-Control` of the request. */
  readonly control: string | undefined
}

/** What the cache has to do with one answer. */
export type CacheUse =
  /** Nobody wished it. */
  | { readonly kind: 'off' }
  /** Wished, and not right for this request: it is not read, and kept only where the client wanted a fresh one. */
  | { readonly kind: 'bypass' }
  | { readonly kind: 'miss'; readonly keep: (bytes: Uint8Array) => void }
  | {
      readonly kind: 'hit'
      readonly bytes: Uint8Array
      /** Whose answer it was. */
      readonly requestId: string
      readonly ageMs: number
    }

/**
 * Looks for an answer that may be given again.
 *
 * @throws MusivumError `cache.not_kept` where the client wants a kept answer or none; TypeError without a real permit
 */
export function useCache(question: CacheQuestion): CacheUse {
  const { cache, principal, permit, model, content, control, requestId } = question
  assertPermit(permit, model)
  const wish = cacheWish(control)
  const verdict = cacheVerdict(model, principal, permit, content)
  const key = verdict.kind === 'yes' && !wish.noStore ? keyOf(question) : undefined
  const found =
    verdict.kind === 'yes' && key !== undefined && !wish.fresh
      ? cache.get(key, Math.min(verdict.ttlMs, wish.maxAgeMs))
      : undefined
  if (found !== undefined) return { kind: 'hit', ...found }
  if (wish.onlyKept) throw notKept()
  if (key === undefined) return { kind: verdict.kind === 'off' ? 'off' : 'bypass' }
  return { kind: 'miss', keep: (bytes) => void cache.put(key, { bytes, requestId }) }
}

/** A request that is nested deeper than the stack has no key; whether a model can read it is the model's business. */
function keyOf(question: CacheQuestion): string | undefined {
  try {
    return cacheKey(question)
  } catch (thrown) {
    if (thrown instanceof RangeError) return undefined
    throw thrown
  }
}

/**
 * The events of a kept answer, or fresh ones, which are kept once they were whole and went well. A reader that leaves early
 * leaves nothing behind.
 */
export function cachedEvents(
  use: CacheUse,
  fresh: () => AsyncIterable<AnswerEvent>,
): AsyncIterable<AnswerEvent> {
  if (use.kind === 'hit') return replayed(use.bytes)
  return use.kind === 'miss' ? recorded(fresh(), use.keep) : fresh()
}

// An answer that is there already still comes as every other does: in a stream, which the parts behind read in turn.
async function* replayed(bytes: Uint8Array): AsyncIterable<AnswerEvent> {
  yield* readEvents(bytes)
}

async function* recorded(
  events: AsyncIterable<AnswerEvent>,
  keep: (bytes: Uint8Array) => void,
): AsyncIterable<AnswerEvent> {
  const recorder = eventRecorder()
  for await (const event of events) {
    recorder.add(event)
    yield event
  }
  const bytes = recorder.whole()
  if (bytes !== undefined) keep(bytes)
}

/** What the answer says about it: `x-musivum-cache`, and for a hit its age in seconds. */
export function cacheHeaders(use: CacheUse): Readonly<Record<string, string>> {
  if (use.kind === 'off') return {}
  if (use.kind !== 'hit') return { 'x-musivum-cache': use.kind }
  return { 'x-musivum-cache': 'hit', age: String(Math.floor(use.ageMs / 1000)) }
}

/** For the decision: why no model was asked. */
export function hitSentence({ requestId, ageMs }: Extract<CacheUse, { readonly kind: 'hit' }>): string {
  return `No model was asked: cache hit of request ${requestId}, ${Math.floor(ageMs / 1000)} s old.`
}
