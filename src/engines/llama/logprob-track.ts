import type { LlamaModel, Token } from 'node-llama-cpp'
import type { TokenLogprob } from '../../core/events.ts'
import type { Vocabulary } from './vocabulary.ts'

export type LogprobStep = {
  readonly token: Token
  readonly confidence?: number
  readonly probabilities?: ReadonlyMap<Token, number>
}

export type LogprobTrack = {
  /** A token and how many characters of text it completed. */
  readonly add: (step: LogprobStep, characters: number) => void
  /** The tokens whose text is now shown. A token of a stop string, or of text still held back, is not among them. */
  readonly shown: (characters: number, last: boolean) => readonly TokenLogprob[] | undefined
}

export const noLogprobs: LogprobTrack = { add: () => undefined, shown: () => undefined }

/**
 * Log-probabilities in step with the text. They are those of the sampler after temperature, penalties and bias, not
 * of the bare model: the library reports nothing earlier. For calibration ask with temperature 1 (or 0, which leaves
 * the distribution as it is) and no bias.
 */
export function logprobTrack(
  model: LlamaModel,
  vocabulary: Vocabulary | undefined,
  top: number,
): LogprobTrack {
  const held: { readonly entry: TokenLogprob; readonly end: number }[] = []
  let made = 0
  let seen = 0
  return {
    add(step, characters) {
      made += characters
      held.push({ entry: entryOf(model, vocabulary, step, top), end: made })
    },
    shown(characters, last) {
      seen += characters
      const count = last ? held.length : held.findIndex(({ end }) => end > seen)
      return held.splice(0, count === -1 ? held.length : count).map(({ entry }) => entry)
    },
  }
}

function entryOf(
  model: LlamaModel,
  vocabulary: Vocabulary | undefined,
  step: LogprobStep,
  top: number,
): TokenLogprob {
  const alternatives = [...(step.probabilities ?? [])].slice(0, top)
  return {
    ...named(model, vocabulary, step.token, step.confidence ?? 0),
    top: alternatives.map(([token, probability]) => named(model, vocabulary, token, probability)),
  }
}

function named(model: LlamaModel, vocabulary: Vocabulary | undefined, token: Token, probability: number) {
  const bytes = vocabulary?.bytes(token) ?? Buffer.from(model.detokenize([token]), 'utf8')
  // Control tokens have no bytes of text, but people need to see that it was the end that was likely.
  const shown =
    bytes.length > 0
      ? new TextDecoder().decode(bytes)
      : (vocabulary?.label(token) ?? model.detokenize([token], true))
  return { token: shown, logprob: Math.log(Math.max(probability, SMALLEST)), bytes: [...bytes] }
}

/** Probabilities that round to 0 in 32 bits: the logarithm must stay a number that JSON can say. */
const SMALLEST = 1e-45
