import type { Bucket, PriceConfidence } from './price-row.ts'

/** What one seller sells, in the words of price pages: US dollars, and what multiplies them. `rowsOf` makes rows of it. */
export type SellerPrices = {
  readonly seller: string
  readonly source: string
  /** The day on which the figures were last compared with their source. */
  readonly checkedOn: string
  readonly confidence: PriceConfidence
  /** A reseller, whose own bill in the usage (`cost`) stands before what we compute. */
  readonly billsItself?: true
  readonly offers: readonly Offer[]
}

export type Offer = {
  readonly model: string
  /** Other ids that are billed as this one. Dated ids (`-2026-03-05`, `-20250929`) need not be said. */
  readonly also?: readonly string[]
  readonly usd: Usd
  /** Parts of a prompt that cost what its text costs and are counted apart, cached or not. */
  readonly asText?: readonly ('image' | 'video' | 'audio')[]
  readonly perCallUsd?: { readonly webSearch?: number; readonly rerankSearch?: number }
  /** Prices of 0 that are meant: without it a 0 is a gap in a table, and the bucket has no price. */
  readonly free?: readonly (keyof Usd)[]
  /** The whole request costs this once its whole prompt is longer than `above` tokens, or has `from` of them. */
  readonly long?: ({ readonly above: number } | { readonly from: number }) & { readonly usd: Usd }
  readonly tiers?: Readonly<Record<string, Change>>
  readonly batch?: Change
  /** A batch in a tier costs what both change together. Elsewhere a batch has no tiers. */
  readonly batchInTiers?: true
  /** Where it costs more to have it computed: in any place that is asked for, or in these. */
  readonly regional?: { readonly times: number; readonly where: 'any' | readonly string[] }
  readonly peak?: {
    readonly times: number
    readonly days: readonly number[]
    /** From and until, in UTC, as `01:00`. */
    readonly hours: readonly (readonly [string, string])[]
    readonly exceptDates?: readonly string[]
  }
  /** A date or an instant in UTC: from, and until (exclusive). */
  readonly validFrom?: string
  readonly validTo?: string
  /** These three: where it is otherwise than with the rest of the seller. */
  readonly confidence?: PriceConfidence
  readonly source?: string
  readonly checkedOn?: string
}

/** US dollars per million tokens. */
export type Usd = {
  readonly in?: number
  readonly cacheRead?: number
  readonly cacheReadAudio?: number
  readonly cacheReadImage?: number
  readonly cacheWrite?: number
  readonly cacheWrite1h?: number
  readonly audio?: number
  readonly image?: number
  readonly video?: number
  readonly out?: number
  /** Default: as `out`. */
  readonly reasoning?: number
  readonly outAudio?: number
  readonly outImage?: number
}

/** What a tier or a batch changes: all prices of tokens by a factor, but for those it keeps or names. */
export type Change =
  | number
  | {
      readonly times: number
      readonly keeps?: readonly (keyof Usd)[]
      readonly usd?: Usd
      /** The seller does not serve long prompts in this tier, and bills them as usual. */
      readonly longAsStandard?: true
    }

export const BUCKET_OF: Readonly<Record<keyof Usd, Bucket>> = {
  in: 'in_uncached',
  cacheRead: 'in_cache_read',
  cacheReadAudio: 'in_cache_read_audio',
  cacheReadImage: 'in_cache_read_image',
  cacheWrite: 'in_cache_write_5m',
  cacheWrite1h: 'in_cache_write_1h',
  audio: 'in_audio',
  image: 'in_image',
  video: 'in_video',
  out: 'out_text',
  reasoning: 'out_reasoning',
  outAudio: 'out_audio',
  outImage: 'out_image',
}
