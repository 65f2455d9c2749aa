import { isJsonObject } from '../../core/json.ts'
import type { Usage } from '../../core/usage.ts'
import type { Counts } from './counts.ts'

/** What vendors say in a usage object beside tokens: the tier that answered, where, how many searches, what it cost. */
export function billingWords(counts: Counts): Partial<Usage> {
  const serviceTier = tierOf(counts)
  const region = placeOf(counts)
  const webSearches = searchesOf(counts)
  const reportedNanoUsd = reportedCost(counts)
  return {
    ...(serviceTier !== undefined && { serviceTier }),
    ...(region !== undefined && { region }),
    ...(webSearches > 0 && { webSearches }),
    ...(reportedNanoUsd !== undefined && { reportedNanoUsd }),
  }
}

/** Models that cannot be told where to compute say so. */
function placeOf(counts: Counts): string | undefined {
  const place = counts.text('inference_geo')
  return place === 'not_available' ? undefined : place
}

/** Anthropic says `standard` beside `speed: fast`; Vertex calls the tier a type of traffic; Bedrock wraps it. */
function tierOf(counts: Counts): string | undefined {
  const speed = counts.text('speed')
  if (speed === 'fast') return speed
  const wrapped = counts.in('serviceTier').text('type')
  return wrapped ?? counts.text('service_tier', 'serviceTier', 'trafficType', 'traffic_type')
}

/** Anthropic and OpenRouter count requests, Perplexity queries, xAI sources. */
function searchesOf(counts: Counts): number {
  return (
    counts.in('server_tool_use').of('web_search_requests') ??
    counts.of('num_search_queries', 'num_sources_used') ??
    0
  )
}

const TICKS_PER_NANO_USD = 10

/** OpenRouter and DeepInfra tell dollars, Perplexity a sum of its parts, xAI ticks of a tenth of a nano-dollar. */
function reportedCost(counts: Counts): number | undefined {
  const ticks = counts.amount('cost_in_usd_ticks')
  if (ticks !== undefined) return wholeNanoUsd(ticks / TICKS_PER_NANO_USD)
  const inParts = isJsonObject(counts.field('cost'))
  const told = inParts
    ? counts.in('cost').amount('total_cost')
    : (counts.amount('cost') ?? counts.amount('estimated_cost'))
  if (told === undefined) return undefined
  // With a key of one's own, OpenRouter's `cost` is its fee alone; the vendor behind it bills the rest.
  const ownKey = counts.field('is_byok') === true
  const upstream = ownKey ? (counts.in('cost_details').amount('upstream_inference_cost') ?? 0) : 0
  return wholeNanoUsd((told + upstream) * 1e9)
}

/** A million dollars for one call is a mistake, and more than nine of them are no exact number of nano-dollars. */
const MAX_NANO_USD = 1e15

function wholeNanoUsd(value: number): number | undefined {
  return value >= 0 && value <= MAX_NANO_USD ? Math.round(value) : undefined
}
