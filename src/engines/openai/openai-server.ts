import type { OpenAiBinding } from '../../catalog/model.ts'
import type { ChatHabits } from '../../wire/openai-chat/chat-wording.ts'
import type { Capabilities, Capability, RelayOperation } from '../engine.ts'
import type { UpstreamPlace } from '../http/upstream.ts'
import { vendorOf } from '../vendors/find-vendor.ts'
import type { OpenAiVendor } from '../vendors/vendor.ts'
import type { FieldQuirks } from './field-quirks.ts'

/** All that is known of the server behind a model before it is asked for the first time. */
export type OpenAiServer = {
  readonly place: UpstreamPlace
  readonly speaks: 'openai-chat' | 'openai-responses'
  readonly relays: ReadonlySet<RelayOperation>
  readonly capabilities: Capabilities
  readonly reranks: boolean
  readonly quirks: FieldQuirks
  readonly habits: ChatHabits
}

/** What the configuration says of a server goes before what its vendor's table says. */
export function openAiServer(binding: OpenAiBinding): OpenAiServer {
  // A server that nobody told us about may be one that does nothing but rerank.
  const vendor: Partial<OpenAiVendor> = vendorOf(binding) ?? { reranks: true }
  const drops: ReadonlySet<string> = new Set(binding.drops ?? vendor.drops)
  const relays: ReadonlySet<RelayOperation> = new Set(vendor.relays ?? USUAL_RELAYS)
  const first = vendor.relays?.[0] === 'openai-responses' ? 'openai-responses' : 'openai-chat'
  return {
    place: placeOf(binding, vendor),
    speaks: binding.speaks ?? first,
    relays: relaysOf(binding, relays),
    capabilities: capabilitiesOf(vendor, drops, relays),
    reranks: vendor.reranks ?? false,
    quirks: {
      drops,
      messageDrops: new Set(vendor.messageDrops),
      renames: new Map(Object.entries(vendor.renames ?? {})),
      roles: new Map(Object.entries(vendor.roles ?? {})),
    },
    habits: vendor.habits ?? {},
  }
}

function relaysOf(
  { speaks, speaksOnlyThat }: OpenAiBinding,
  usual: ReadonlySet<RelayOperation>,
): ReadonlySet<RelayOperation> {
  if (speaks === undefined) return usual
  const others = [...usual].filter((operation) => speaksOnlyThat !== true || operation === 'embeddings')
  return new Set([...others, speaks])
}

// Of a server that nobody told us about: every one we know has the first, and one without the second says so itself.
const USUAL_RELAYS: readonly RelayOperation[] = ['openai-chat', 'embeddings']

function placeOf(binding: OpenAiBinding, vendor: Partial<OpenAiVendor>): UpstreamPlace {
  const { key, timeouts } = binding
  const query = { ...vendor.query, ...binding.query }
  return {
    baseUrl: baseUrlOf(binding, vendor),
    ...(key !== undefined && { key }),
    ...(timeouts !== undefined && { timeouts }),
    ...(vendor.keyHeader !== undefined && { keyHeader: vendor.keyHeader }),
    query,
  }
}

/** `https://somewhere.openai.azure.com` is all that a portal shows; the path after it is the vendor's. */
function baseUrlOf({ baseUrl, upstreamModel }: OpenAiBinding, { path }: Partial<OpenAiVendor>): string {
  const url = URL.parse(baseUrl)
  if (path === undefined || url === null || url.pathname !== '/') return baseUrl
  return `${url.origin}${path.replace('{model}', encodeURIComponent(upstreamModel))}`
}

/** What a server rejects cannot be asked of it; everything else is the server's to accept or to refuse. */
function capabilitiesOf(
  { lacks = [] }: Partial<OpenAiVendor>,
  drops: ReadonlySet<string>,
  relays: ReadonlySet<RelayOperation>,
): Capabilities {
  const can = (capability: Capability, field: string): boolean =>
    !lacks.includes(capability) && !drops.has(field)
  return {
    tools: can('tools', 'tools'),
    images: !lacks.includes('images'),
    jsonSchema: can('jsonSchema', 'response_format'),
    jsonObject: can('jsonObject', 'response_format'),
    logprobs: can('logprobs', 'logprobs'),
    embeddings: relays.has('embeddings'),
    severalAnswers: can('severalAnswers', 'n'),
  }
}
