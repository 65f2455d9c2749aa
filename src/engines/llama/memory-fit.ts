import { MusivumError } from '../../core/errors.ts'

export type FitQuestion = {
  readonly model: string
  readonly weightsBytes: number
  readonly availableBytes: number
  /** Keys and values of one token in one slot. */
  readonly contextBytesPerToken: number
  /** Null when the header does not say. */
  readonly trainedTokens: number | null
  readonly wantedTokens?: number
  readonly wantedSlots?: number
}

export type Fit = { readonly contextTokens: number; readonly slots: number }

/**
 * How much context and how many slots fit beside the weights. What the configuration asks for is taken or refused,
 * never changed; what it leaves open is made smaller until it fits.
 *
 * @throws MusivumError `config.invalid` beyond the trained context, `engine.out_of_memory` with the numbers
 */
export function fitContext(question: FitQuestion): Fit {
  const trained = Math.min(question.trainedTokens ?? UNKNOWN_TRAINED_TOKENS, MAX_CONTEXT_TOKENS)
  const wanted = question.wantedTokens
  if (wanted !== undefined && wanted > trained) throw beyondTraining(question.model, wanted, trained)
  for (const slots of question.wantedSlots === undefined ? DEFAULT_SLOTS : [question.wantedSlots]) {
    const room = roomTokens(question, slots)
    const enough = wanted ?? Math.min(trained, slots === 1 ? SMALLEST_CONTEXT : COMFORTABLE_CONTEXT)
    if (room >= enough) return { slots, contextTokens: wanted ?? Math.min(trained, room) }
  }
  throw doesNotFit(question, wanted ?? Math.min(trained, SMALLEST_CONTEXT))
}

// Asking the engine for 100 million tokens keeps it estimating for 24 seconds; no model is trained beyond 10 million.
const MAX_CONTEXT_TOKENS = 16 * 1024 * 1024
const UNKNOWN_TRAINED_TOKENS = 4096

const DEFAULT_SLOTS = [4, 2, 1]
/** A slot is given up before context falls below this, and context before the model is refused. */
const COMFORTABLE_CONTEXT = 8192
const SMALLEST_CONTEXT = 512

// The runtime of the child (about 120 MB) and its compute buffers, which grow with the model; measured on small
// models and the engine's own estimate stays the last word.
const RUNTIME_BYTES = 200 * 1024 * 1024
const COMPUTE_SHARE_OF_WEIGHTS = 0.05

function roomTokens(question: FitQuestion, slots: number): number {
  const forContext = question.availableBytes - fixedBytes(question)
  if (forContext < 0) return -1
  const tokens = forContext / Math.max(1, question.contextBytesPerToken * slots)
  return Math.min(MAX_CONTEXT_TOKENS, Math.floor(tokens / 256) * 256)
}

function fixedBytes(question: FitQuestion): number {
  return question.weightsBytes * (1 + COMPUTE_SHARE_OF_WEIGHTS) + RUNTIME_BYTES
}

function beyondTraining(model: string, wanted: number, trained: number): MusivumError {
  return new MusivumError(
    'config.invalid',
    `${model} was trained with a context of ${trained} tokens, but its configuration asks for ${wanted}.`,
    { model, wanted, trained },
  )
}

function doesNotFit(question: FitQuestion, tokens: number): MusivumError {
  const slots = question.wantedSlots ?? 1
  const needed = fixedBytes(question) + tokens * slots * question.contextBytesPerToken
  return new MusivumError(
    'engine.out_of_memory',
    `${question.model} needs ${gib(needed)} GiB for its weights and ${slots} x ${tokens} tokens of context; ` +
      `${gib(question.availableBytes)} GiB are free. Use a smaller quantization, fewer slots or a shorter context.`,
    { model: question.model, neededBytes: needed, availableBytes: question.availableBytes },
  )
}

function gib(bytes: number): string {
  return (bytes / 1024 ** 3).toFixed(1)
}
