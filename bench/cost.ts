import type { Model } from '../src/catalog/model.ts'
import { chargeFor, worstCaseOf } from '../src/catalog/prices/charge.ts'
import { embeddedBook } from '../src/catalog/prices/embedded-book.ts'
import { priceUsage } from '../src/catalog/prices/price-usage.ts'
import { readUsage } from '../src/wire/usage/read-usage.ts'
import { benchOptions, publish, type Measured } from './lib/report.ts'
import { median } from './lib/statistics.ts'

const HELP = `What reading a usage object and pricing it costs the gateway for one request, in microseconds of one core.

  node bench/cost.ts [--quick] [--json] [--gate]`

const options = benchOptions(HELP)
const batches = options.quick ? 5 : 25
const BATCH_TURNS = options.quick ? 2_000 : 20_000

const AT = Date.parse('2026-11-23T03:00:00Z')
/** A model with cliffs, three tiers, batches and places: sixteen sheets to choose from. */
const model: Model = {
  name: 'large',
  binding: {
    engine: 'openai',
    vendor: 'openai',
    baseUrl: 'https://api.openai.com/v1',
    upstreamModel: 'gpt-6-sol',
  },
  price: { kind: 'unpriced' },
  toy: false,
  origin: 'config',
}
const raw = {
  prompt_tokens: 12_345,
  completion_tokens: 678,
  total_tokens: 13_023,
  prompt_tokens_details: { cached_tokens: 8_000, cache_write_tokens: 2_000 },
  completion_tokens_details: { reasoning_tokens: 512 },
}
const { usage } = readUsage(raw)
if (usage === undefined) throw new TypeError('the usage of this benchmark holds counts')

let total = 0

const rows: readonly Measured[] = [
  row('read the usage object of an answer', () => readUsage(raw).usage?.outputTokens ?? 0),
  row('price it for a model of the gateway', () => chargeFor(model, usage, AT).nanoUsd ?? 0, 10),
  row('its worst case before it is answered', () => {
    const worst = worstCaseOf(model, { inputTokens: 12_345, maxOutputTokens: 4_096, atMs: AT })
    return worst === 'unpriced' ? 0 : worst
  }),
  row(
    'price it by the names of seller and model',
    () => priceUsage(embeddedBook, { seller: 'openai', model: 'gpt-6-sol', usage, atMs: AT }).nanoUsd ?? 0,
  ),
]

publish(
  {
    bench: 'cost',
    rows,
    notes: [
      `Processor time of one thread, medians of ${batches} batches of ${BATCH_TURNS}; five buckets, sum ${total > 0 ? 'kept' : 'lost'}.`,
    ],
  },
  options,
)

function row(what: string, once: () => number, bar?: number): Measured {
  return { what, unit: 'µs', measured: cost(once), ...(bar !== undefined && { bar }) }
}

/** The median over batches, so that a collection of garbage counts once. */
function cost(once: () => number): number {
  batch(once)
  return median(Array.from({ length: batches }, () => batch(once)))
}

function batch(once: () => number): number {
  const before = process.threadCpuUsage()
  for (let turn = 0; turn < BATCH_TURNS; turn += 1) total += once()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / BATCH_TURNS
}
