import { randomInt } from 'node:crypto'
import type {
  LlamaContextSequenceRepeatPenalty,
  LlamaGrammar,
  LlamaModel,
  SequenceEvaluateOptions,
  Token,
  TokenBias,
} from 'node-llama-cpp'
import type { AnswerOrder } from './protocol.ts'
import { markingBias } from './watermark/marking-bias.ts'

/** The library, loaded at run time from wherever it is installed. */
export type Library = typeof import('node-llama-cpp')

/**
 * How the next token is drawn. Every option is stated, because the library's defaults (top 40, top-p 0.95, a seed that
 * is the current second) are not those of the protocol.
 *
 * @param written the tokens of this answer so far; grows while it is written, and penalties look at it
 */
export function samplingOptions(
  library: Library,
  model: LlamaModel,
  order: AnswerOrder,
  grammar: LlamaGrammar | undefined,
  written: readonly Token[],
): SequenceEvaluateOptions {
  return {
    temperature: order.temperature,
    topP: order.topP,
    topK: order.topK,
    minP: order.minP,
    seed: order.seed ?? randomInt(2 ** 32),
    ...(penalised(order) && { repeatPenalty: repeatPenalty(order, written) }),
    ...biasOf(library, model, order, written),
    ...(grammar !== undefined && {
      grammarEvaluationState: new library.LlamaGrammarEvaluationState({ model, grammar }),
    }),
  }
}

function penalised(order: AnswerOrder): boolean {
  return order.presencePenalty !== 0 || order.frequencyPenalty !== 0
}

// Penalties look back this far: the sampler keeps a ring of that size per answer.
const PENALTY_WINDOW_TOKENS = 4096

function repeatPenalty(order: AnswerOrder, written: readonly Token[]): LlamaContextSequenceRepeatPenalty {
  return {
    penalty: 1,
    presencePenalty: order.presencePenalty,
    frequencyPenalty: order.frequencyPenalty,
    maxPunishTokens: PENALTY_WINDOW_TOKENS,
    punishTokens: () => written.slice(-PENALTY_WINDOW_TOKENS),
  }
}

function biasOf(
  library: Library,
  model: LlamaModel,
  order: AnswerOrder,
  written: readonly Token[],
): Pick<SequenceEvaluateOptions, 'tokenBias'> {
  const { watermark } = order
  if (watermark !== undefined) {
    const empty = () => library.TokenBias.for(model)
    return { tokenBias: markingBias(model, { ...order, watermark }, written, empty) }
  }
  return order.logitBias.length === 0 ? {} : { tokenBias: tokenBias(library, model, order) }
}

/** Only the `{ logit }` form: given a plain number the library computes ln(p / (1 - p)), which makes -0.5 a NaN. */
function tokenBias(library: Library, model: LlamaModel, order: AnswerOrder): TokenBias {
  const bias = library.TokenBias.for(model)
  for (const [token, logit] of order.logitBias) bias.set(token as Token, { logit })
  return bias
}
