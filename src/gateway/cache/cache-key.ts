import { createHash } from 'node:crypto'
import type { Binding, Model } from '../../catalog/model.ts'
import { isJsonObject, type JsonObject } from '../../core/json.ts'
import type { Principal } from '../../core/principal.ts'
import type { Policy } from '../../policy/permit.ts'
import type { Labels } from '../../privacy/label.ts'
import type { RequestContent } from '../request-content.ts'
import { tenantOf } from '../tenant-of.ts'

/** Everything that an answer depends on, or that decides who may see it. */
export type CacheKeyParts = {
  readonly principal: Principal
  readonly policy: Policy
  readonly labels: Labels
  readonly model: Model
  /** `chat`, `embeddings`; the protocol stands in the content. */
  readonly operation: string
  readonly content: RequestContent
}

/**
 * SHA-256, hex. Tenant, policy and kind of data are part of the key itself, so that no mistake of whoever asks can give one
 * of them an answer of another: they have no keys in common.
 *
 * @throws RangeError for a request that is nested deeper than the stack
 */
export function cacheKey(parts: CacheKeyParts): string {
  const { principal, policy, labels, model, operation, content } = parts
  // One list and no joined text: what ends one part can never be taken for the beginning of the next.
  const said = [
    'musivum exact cache 1',
    tenantOf(principal),
    policy.kind === 'rules' ? policy.hash : policy.kind,
    labels,
    model.name,
    identityOf(model.binding),
    operation,
    withoutTransport(content),
  ]
  return createHash('sha256').update(JSON.stringify(said, inOrder)).digest('hex')
}

/** Settings that change when or how often a server is asked, or as whom, and not what it answers. */
const NO_IDENTITY: ReadonlySet<string> = new Set(
  'key weight timeouts tries slots queue threads gpuLayers keepAliveMs'.split(' '),
)

/** What answers: other weights, another server or another model behind the name begin with an empty cache. */
export function identityOf(binding: Binding): unknown {
  return without(binding, NO_IDENTITY)
}

/** Fields that say who asks, or how the answer is to travel. Whether it is streamed is no part of our form of a request. */
const TRANSPORT: ReadonlySet<string> = new Set(
  `stream stream_options user metadata musivum safety_identifier prompt_cache_key prompt_cache_retention store
  encodingFormat background`.split(/\s+/),
)

function withoutTransport(content: RequestContent): unknown {
  return { ...(without(content, TRANSPORT) as object), extra: withoutFields(content.extra, TRANSPORT) }
}

function withoutFields(fields: JsonObject, names: ReadonlySet<string>): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.has(name)))
}

function without(value: object, names: ReadonlySet<string>): unknown {
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
      if (names.has(name)) return []
      if (name === 'elsewhere' && Array.isArray(inner))
        return [
          [name, inner.map((place: unknown) => (isJsonObject(place) ? withoutFields(place, names) : place))],
        ]
      return [[name, inner]]
    }),
  )
}

/** For `JSON.stringify`: what is the same has one spelling, in whatever order a client wrote its fields. */
export function inOrder(_: string, value: unknown): unknown {
  // JSON has no word for what 1e999 becomes, and would write null for it.
  if (typeof value === 'number' && !Number.isFinite(value)) return ['number', String(value)]
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
