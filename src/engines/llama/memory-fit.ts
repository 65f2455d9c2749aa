import { fit, type FitFacts, type FitQuestion as CatalogueQuestion } from '../../catalog/fit/fit.ts'
import { QUANTISATIONS } from '../../catalog/fit/quantise.ts'
import { readsBothWays } from '../../catalog/fit/reads-both-ways.ts'
import { shapeOfHeader } from '../../catalog/fit/shape-of-header.ts'
import { numberOf, textOf, type GgufHeader } from '../../catalog/gguf/header.ts'
import type { LlamaBinding } from '../../catalog/model.ts'
import { MusivumError } from '../../core/errors.ts'
import { slotsOf } from './default-slots.ts'

/** How a model is loaded: conversations at once, and the context that each of them has. */
export type Size = { readonly slots: number; readonly contextTokens: number }

/** What a model asks of the memory of this machine. */
export type MemoryNeed = {
  readonly model: string
  /** Processes that map the same file share its pages: these bytes count once. */
  readonly file: string
  readonly weightsBytes: number
  /** Context, buffers, process and padding: what no other process shares. */
  readonly besideBytes: (size: Size) => number
  /** What it should have, then smaller ones down to the least it may have. Never empty. */
  readonly sizes: readonly [Size, ...Size[]]
  /** More than it must have, the most first: only while memory is plenty. */
  readonly larger: readonly Size[]
  /** What would fit this much memory in its place: `a context of 1024 tokens`, `the form Q4_K_M`. */
  readonly instead: (freeBytes: number) => readonly string[]
}

export type FitQuestion = {
  readonly model: string
  readonly header: GgufHeader
  /** Of all parts. Default: of the file of this header. */
  readonly weightsBytes?: number
  readonly adapterBytes?: number
  /** How many contexts of the same size: one, and one for each adapter that shares the weights. */
  readonly contexts?: number
  /** Slots take turns in one context: the process ranks. What sees tokens both ways has one anyway. */
  readonly oneContext?: boolean
  readonly binding: LlamaBinding
}

/**
 * What the model of this header needs, by the formulae of the catalogue.
 *
 * @throws MusivumError `config.invalid` when more context is asked for than it was trained with
 */
export function memoryNeed(question: FitQuestion): MemoryNeed {
  const { model, header, weightsBytes = header.fileBytes, adapterBytes = 0, contexts = 1, binding } = question
  const facts = factsOf(header, model)
  const context = contextOf(model, facts?.shape.contextTokens ?? trainedOf(header), binding)
  const slots = slotsOf(binding)
  const shared = readsBothWays(header) || question.oneContext === true
  const ownBytes = (size: Size) => {
    if (facts === undefined) return contexts * roughBytes(weightsBytes, size)
    return contexts * exactBytes(facts, shared ? { ...size, slots: 1 } : size)
  }
  const fixedBytes = PROCESS_BYTES + adapterBytes
  return {
    model,
    file: binding.weights,
    weightsBytes,
    besideBytes: (size) => fixedBytes + padded(ownBytes(size), weightsBytes),
    sizes: shared ? sizesInTurns(slots, context) : sizesOf(slots, context),
    larger: doublings(context.wanted, context.most).map((contextTokens) => ({ slots, contextTokens })),
    instead: (freeBytes) =>
      facts === undefined
        ? []
        : insteadOf({
            facts,
            contextTokens: context.least,
            sequences: contexts,
            cacheType: 'f16',
            memoryBytes: (freeBytes - fixedBytes) / (1 + PADDING),
          }),
  }
}

// The estimate is within 10 % of what the engine reserves and at most 3 % under it (bench/fit.ts): one in twenty covers that.
const PADDING = 0.05
/** Of the child: the runtime, measured at 116 MB, and what a long request leaves on its heap. */
const PROCESS_BYTES = 200 * 1024 * 1024

function padded(ownBytes: number, weightsBytes: number): number {
  return Math.ceil(ownBytes + (ownBytes + weightsBytes) * PADDING)
}

/** Undefined for architectures whose memory the formulae do not cover, such as those without attention. */
function factsOf(header: GgufHeader, model: string): FitFacts | undefined {
  try {
    const shape = shapeOfHeader(withoutParts(header), model)
    return { shape, tensors: header.tensors, quantisations: QUANTISATIONS }
  } catch (thrown) {
    if (thrown instanceof MusivumError && thrown.code === 'request.invalid') return undefined
    throw thrown
  }
}

/** The first part of several has the dimensions of the whole. */
function withoutParts(header: GgufHeader): GgufHeader {
  return { ...header, metadata: new Map([...header.metadata].filter(([key]) => key !== 'split.count')) }
}

function exactBytes(facts: FitFacts, { slots, contextTokens }: Size): number {
  const question = { facts, contextTokens, sequences: slots, cacheType: 'f16' } as const
  const { kv_bytes, compute_bytes, output_bytes } = fit(question)
  return kv_bytes + compute_bytes + output_bytes
}

/** Where the formulae end: a tenth of the weights for buffers, and as much for the state of each conversation. */
function roughBytes(weightsBytes: number, { slots }: Size): number {
  return weightsBytes * 0.1 * (1 + slots)
}

type Context = { readonly wanted: number; readonly least: number; readonly most: number }

/** Enough for a long document; more is taken only while memory is plenty. */
const COMFORTABLE_CONTEXT = 8192
const LEAST_CONTEXT = 2048
const UNKNOWN_TRAINED_TOKENS = 4096
// Asking the engine for 100 million tokens keeps it estimating for 24 seconds; no model is trained beyond 10 million.
const MAX_CONTEXT_TOKENS = 16 * 1024 * 1024

function trainedOf(header: GgufHeader): number | null {
  return numberOf(header, `${textOf(header, 'general.architecture') ?? ''}.context_length`)
}

/** What the configuration asks for is kept unless it says itself how little is enough: a prompt must not fit on some days only. */
function contextOf(model: string, trainedTokens: number | null, binding: LlamaBinding): Context {
  const trained = Math.min(trainedTokens ?? UNKNOWN_TRAINED_TOKENS, MAX_CONTEXT_TOKENS)
  const { contextTokens: asked, minContextTokens: stated } = binding
  for (const tokens of [asked, stated]) {
    if (tokens !== undefined && tokens > trained) throw beyondTraining(model, tokens, trained)
  }
  const least = stated ?? asked ?? Math.min(trained, LEAST_CONTEXT)
  const wanted = Math.max(least, asked ?? Math.min(trained, COMFORTABLE_CONTEXT))
  return { wanted, least, most: asked ?? trained }
}

/** Texts that are ranked or made vectors of take turns in one context, so that fewer slots save nothing. */
function sizesInTurns(slots: number, { wanted, least }: Context): readonly [Size, ...Size[]] {
  const shorter = halvings(wanted, least).map((contextTokens) => ({ slots, contextTokens }))
  return [{ slots, contextTokens: wanted }, ...shorter]
}

/** Slots are given up before context, and context before the model is refused. */
function sizesOf(slots: number, { wanted, least }: Context): readonly [Size, ...Size[]] {
  const fewer = halvings(slots, 1).map((count) => ({ slots: count, contextTokens: wanted }))
  const shorter = halvings(wanted, least).map((contextTokens) => ({ slots: 1, contextTokens }))
  return [{ slots, contextTokens: wanted }, ...fewer, ...shorter]
}

/** 4, 1 -> 2, 1 */
function halvings(from: number, least: number): readonly number[] {
  if (from <= least) return []
  const half = Math.max(least, Math.floor(from / 2))
  return [half, ...halvings(half, least)]
}

/** 8192, 40000 -> 40000, 32768, 16384 */
function doublings(from: number, most: number): readonly number[] {
  if (from >= most) return []
  return [...doublings(Math.min(most, from * 2), most), Math.min(most, from * 2)]
}

/** Below this a chat does not get through its first answer. */
const USEFUL_CONTEXT = 256

function insteadOf(question: CatalogueQuestion): readonly string[] {
  const { largest_context: context, best_quantisation: form } = fit(question)
  return [
    ...(context !== null && context >= USEFUL_CONTEXT && context < question.contextTokens
      ? [`a context of ${context} tokens`]
      : []),
    ...(form === null ? [] : [`the form ${form}`]),
  ]
}

function beyondTraining(model: string, wanted: number, trained: number): MusivumError {
  return new MusivumError(
    'config.invalid',
    `${model} was trained with a context of ${trained} tokens, but its configuration asks for ${wanted}.`,
    { model, wanted, trained },
  )
}
