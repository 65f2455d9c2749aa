/** The dimensions of a model that memory and speed follow from. Lengths are counts of values, never bytes. */
export type ModelShape = {
  /** As `general.architecture` says it: `llama`, `qwen3moe`. */
  readonly architecture: string
  readonly layers: number
  /** Length of an embedding. */
  readonly width: number
  readonly vocabulary: number
  /** What it was trained with; null when the header does not say. */
  readonly contextTokens: number | null
  readonly heads: number
  /** Heads of keys and values; one number per layer where layers differ. */
  readonly kvHeads: number | readonly number[]
  readonly keyLength: number
  readonly valueLength: number
  /** Width of a dense feed-forward layer. */
  readonly feedForward: number
  readonly experts?: Experts
  readonly window?: SlidingWindow
  readonly latent?: LatentAttention
  /** It sees every token from every other: it reads a text in one batch, makes a vector or a score of it, and writes nothing. */
  readonly encoder?: Encoder
  /** The output matrix is the embedding table: it is stored once. */
  readonly tied: boolean
}

export type Encoder = {
  /** Rows of `token_types`, for the first and the second text of a pair; 0: there is no such tensor. */
  readonly tokenTypes: number
  /** Numbers that the classifier at its end gives; 0: it makes vectors. */
  readonly outputs: number
}

export type Experts = {
  readonly count: number
  /** Per token. */
  readonly used: number
  readonly width: number
  /** Experts that every token passes. */
  readonly shared: number
  /** Layers at the start without experts. */
  readonly denseLayers: number
}

/** Layers that see only the last tokens. Of each `period` layers the last one sees everything. */
export type SlidingWindow = { readonly tokens: number; readonly period: number }

/** DeepSeek's multi-head latent attention: one short vector per token instead of keys and values per head. */
export type LatentAttention = {
  readonly queryRank: number
  readonly rank: number
  /** Values that carry the position. */
  readonly rope: number
}

export function kvHeadsOf({ kvHeads, layers }: ModelShape, layer: number): number {
  assertLayer(layer, layers)
  return typeof kvHeads === 'number' ? kvHeads : (kvHeads[layer] ?? 0)
}

export function slides({ window }: ModelShape, layer: number): boolean {
  return window !== undefined && layer % window.period < window.period - 1
}

export function hasExperts({ experts }: ModelShape, layer: number): boolean {
  return experts !== undefined && layer >= experts.denseLayers
}

function assertLayer(layer: number, layers: number): void {
  if (!(layer >= 0 && layer < layers)) throw new TypeError(`there is no layer ${layer} of ${layers}`)
}
