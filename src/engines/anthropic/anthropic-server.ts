import type { UpstreamPlace } from '../http/upstream.ts'
import type { AnthropicBinding } from '../../catalog/model.ts'

/** All that is known of the server behind a model before it is asked for the first time. */
export type AnthropicServer = {
  readonly place: UpstreamPlace
  /** Top-level fields that it rejects. */
  readonly drops: ReadonlySet<string>
  /** It holds answers to a JSON schema. */
  readonly structured: boolean
  readonly billingHeader: 'keep' | 'leave-out'
}

export function anthropicServer(binding: AnthropicBinding): AnthropicServer {
  const drops = dropsOf(binding)
  const own = isAnthropic(binding)
  return {
    place: placeOf(binding),
    drops,
    structured: (binding.structured ?? own) && !drops.has('output_config'),
    billingHeader: binding.billingHeader ?? (own ? 'keep' : 'leave-out'),
  }
}

const VERSION = '2023-06-01'

function placeOf({ baseUrl, key, timeouts, keyHeader, version, betas }: AnthropicBinding): UpstreamPlace {
  return {
    baseUrl,
    ...(key !== undefined && { key }),
    ...(timeouts !== undefined && { timeouts }),
    keyHeader: keyHeader ?? 'x-api-key',
    headers: { 'anthropic-version': version ?? VERSION, ...betaHeader(betas ?? []) },
  }
}

/** Beta features, each once. What is no name of one is left out: a client must not write headers of ours. */
export function betaHeader(betas: readonly string[]): Readonly<Record<string, string>> {
  const names = [...new Set(betas)].filter((beta) => /^[\w.-]{1,100}$/.test(beta))
  return names.length === 0 ? {} : { 'anthropic-beta': names.join(',') }
}

function isAnthropic({ baseUrl }: AnthropicBinding): boolean {
  return /(^|\.)anthropic\.com$/.test(URL.parse(baseUrl)?.hostname ?? '')
}

// The first version that refuses them, whatever their value.
const WITHOUT_SAMPLING = '2026-10-21'

/** Versions are dates, so the order of their letters is that of time. */
function dropsOf({ drops = [], version = VERSION }: AnthropicBinding): ReadonlySet<string> {
  return new Set(version < WITHOUT_SAMPLING ? drops : [...drops, 'temperature', 'top_p', 'top_k'])
}
