/**
 * The tier of service by one name, whatever the vendor calls it. A name that nobody knows stays as it is: it then has no
 * price, which is better than the price of another tier.
 */
export function tierNamed(said: string | undefined): string {
  const name = said?.toLowerCase().replace(/^service_tier_/, '') ?? ''
  return NAMES[name] ?? name
}

const NAMES: Readonly<Record<string, string>> = {
  '': 'standard',
  auto: 'standard',
  default: 'standard',
  standard: 'standard',
  standard_only: 'standard',
  unspecified: 'standard',
  on_demand: 'standard',
  'on-demand': 'standard',
  // A batch is a queue and not a tier; what is left of it is the usual service.
  batch: 'standard',
  on_demand_flex: 'flex',
  on_demand_priority: 'priority',
  provisioned_throughput: 'provisioned',
  reserved: 'provisioned',
  scale: 'provisioned',
}

/** Anthropic says `batch` where others name a tier. */
export function isBatchTier(said: string | undefined): boolean {
  return said?.toLowerCase() === 'batch'
}
