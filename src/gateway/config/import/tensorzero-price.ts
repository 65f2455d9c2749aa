import type { Cursor } from './source.ts'

type Bucket = 'input' | 'output' | 'cacheRead' | 'cacheWrite' | 'cachedDiscount'

/** What the fields of usage that vendors send are about. OpenAI counts cached tokens in, and a negative rate takes them out. */
const POINTERS: Readonly<Record<string, Bucket>> = {
  '/usage/prompt_tokens': 'input',
  '/usage/input_tokens': 'input',
  '/usage/total_tokens': 'input',
  '/usage/completion_tokens': 'output',
  '/usage/output_tokens': 'output',
  '/usage/cache_read_input_tokens': 'cacheRead',
  '/usage/cache_creation_input_tokens': 'cacheWrite',
  '/usage/prompt_tokens_details/cached_tokens': 'cachedDiscount',
}

/** The `cost` of a provider as a price; nothing where prompt or answer have none, which the sweep then reports. */
export function tensorzeroPrice(cost: Cursor): object {
  const rates = new Map<Bucket, Rate>()
  for (const entry of cost.items()) {
    const rate = rateOf(entry)
    if (rate !== undefined) rates.set(rate.bucket, rate)
  }
  const input = rates.get('input')
  const total = input?.pointer.peek === '/usage/total_tokens'
  const output = rates.get('output')
  if (input === undefined || (output === undefined && !total)) return {}
  const usd = (bucket: Bucket): number | undefined => use(rates.get(bucket))
  const inputUsd = use(input) ?? 0
  const discount = usd('cachedDiscount')
  const read = usd('cacheRead') ?? (discount === undefined ? undefined : rounded(inputUsd + discount))
  const write = usd('cacheWrite')
  return {
    price: {
      input_usd_per_million: inputUsd,
      output_usd_per_million: total ? inputUsd : (usd('output') ?? 0),
      ...(read === undefined ? {} : { cache_read_usd_per_million: read }),
      ...(write === undefined ? {} : { cache_write_usd_per_million: write }),
    },
  }
}

type Rate = { readonly bucket: Bucket; readonly pointer: Cursor; readonly rate: Cursor }

function rateOf(entry: Cursor): Rate | undefined {
  const pointer = entry.get('pointer', 'pointer_nonstreaming')
  const rate = entry.get('cost_per_million')
  const bucket = typeof pointer.peek === 'string' ? POINTERS[pointer.peek] : undefined
  return bucket === undefined || typeof rate.peek !== 'number' ? undefined : { bucket, pointer, rate }
}

function use(rate: Rate | undefined): number | undefined {
  rate?.pointer.text()
  return rate?.rate.number()
}

/** Sums of decimal prices: 2.5 - 1.25, and not 1.2499999. */
function rounded(usd: number): number {
  return Number(usd.toPrecision(12))
}
