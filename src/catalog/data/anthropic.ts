import type { Offer, SellerPrices } from '../prices/offer.ts'
import { CATALOGUE, COMPARED_ON } from './sources.ts'

type Claude = {
  readonly model: string
  readonly usd: readonly [input: number, cacheRead: number, output: number]
  /** Fast mode, where the model has one. */
  readonly fast?: number
  /** Its own page was read, on this day, for every kind of token. */
  readonly readOn?: string
  /** Whether the model can be told where to compute, which costs ten per cent. Since Opus 4.6. */
  readonly placed?: true
}

/** Reads are a tenth of the prompt's price, but for Fable 5.1 (a fortieth) and Opus 5.5 (a twentieth). */
const CLAUDES: readonly Claude[] = [
  { model: 'claude-opus-5-5', usd: [4, 0.2, 20], placed: true, readOn: '2026-11-23' },
  { model: 'claude-fable-5-1', usd: [10, 0.25, 50], placed: true },
  { model: 'claude-opus-5', usd: [5, 0.5, 25], fast: 2, placed: true, readOn: '2026-11-23' },
  { model: 'claude-fable-5', usd: [10, 1, 50], placed: true },
  { model: 'claude-opus-4-8', usd: [5, 0.5, 25], fast: 2, placed: true },
  { model: 'claude-opus-4-7', usd: [5, 0.5, 25], fast: 6, placed: true },
  { model: 'claude-sonnet-5', usd: [2, 0.2, 10], placed: true },
  { model: 'claude-sonnet-4-6', usd: [3, 0.3, 15], placed: true },
  { model: 'claude-opus-4-6', usd: [5, 0.5, 25], fast: 6, placed: true },
  { model: 'claude-opus-4-5', usd: [5, 0.5, 25] },
  { model: 'claude-haiku-4-5', usd: [1, 0.1, 5] },
  { model: 'claude-sonnet-4-5', usd: [3, 0.3, 15] },
]

const MODEL_PAGES =
  'platform.claude.com/docs/models, …/about-claude/pricing and …/build-with-claude/fast-mode'

/** A write costs 1.25 times the prompt for five minutes and twice for an hour; a batch is half of everything but searches. */
function claude({ model, usd: [input, cacheRead, output], fast, placed, readOn }: Claude): Offer {
  return {
    model,
    usd: {
      in: input,
      cacheRead,
      cacheWrite: 1.25 * input,
      cacheWrite1h: 2 * input,
      out: output,
    },
    asText: ['image'],
    perCallUsd: { webSearch: 0.01 },
    batch: 0.5,
    ...(fast !== undefined && { tiers: { fast }, batchInTiers: true }),
    ...(readOn !== undefined && { source: MODEL_PAGES, checkedOn: readOn, confidence: 'confirmed' }),
    ...(placed === true && { regional: { times: 1.1, where: ['us'] } }),
  }
}

export const anthropic: SellerPrices = {
  seller: 'anthropic',
  source: `${CATALOGUE}; multipliers of platform.claude.com/docs/en/about-claude/pricing and …/build-with-claude/fast-mode`,
  checkedOn: COMPARED_ON,
  confidence: 'catalogued',
  offers: CLAUDES.map(claude),
}
