import type { Model } from '../../catalog/model.ts'
import { worstCaseOf } from '../../catalog/prices/charge.ts'
import { nanoUsd, type NanoUsd } from '../../core/money.ts'
import { answerBound, thinks, type AnswerBound } from './answer-bound.ts'
import type { RequestContent } from '../request-content.ts'
import type { PromptTokens } from './prompt-tokens.ts'

/** What is known of a request before it is answered, as far as money goes. */
export type Order = {
  readonly content: RequestContent
  /** Counted when somebody asks. */
  readonly prompt: () => PromptTokens
  readonly stream: boolean
}

/** The most that one answer of a model may cost. */
export type WorstCase = {
  readonly bound: AnswerBound
  /** All of it; `unpriced` when nobody knows. */
  readonly whole: NanoUsd | 'unpriced'
  /** The prompt and so many tokens of the answer. */
  readonly upTo: (tokens: number) => NanoUsd | 'unpriced'
  /** Whether what goes by in a stream tells what the answer costs so far, so that money can be set aside as it goes. */
  readonly inSlices: boolean
}

/** `tries`: how often the model may be asked for one answer; the second time, the first answer is part of the prompt. */
export function worstCase(model: Model, { content, prompt, stream }: Order, tries: 1 | 2): WorstCase {
  const tier = tierOf(content)
  const bound = answerBound(content, model)
  const inputTokens = prompt().atMost + (tries === 1 ? 0 : FORM_TOKENS)
  const upTo = (tokens: number): NanoUsd | 'unpriced' =>
    worstCaseOf(model, { inputTokens, maxOutputTokens: tokens, tier })
  const again = (): NanoUsd | 'unpriced' =>
    worstCaseOf(model, {
      inputTokens: inputTokens + bound.tokens + FORM_TOKENS,
      maxOutputTokens: bound.tokens,
      tier,
    })
  const whole = tries === 1 ? upTo(bound.tokens) : sum(upTo(bound.tokens), again())
  const hidden = 'messages' in content && thinks(content)
  return {
    bound,
    whole,
    upTo,
    inSlices: stream && tries === 1 && !hidden && whole !== 'unpriced' && whole > 0,
  }
}

/** What a model is told about the form of an answer beside the schema, which is in the body; then five faults of 300 characters. */
const FORM_TOKENS = 2_000

/** The dearer or cheaper way of being answered that the client asks for, in OpenAI's and in Anthropic's words. */
function tierOf({ extra }: RequestContent): string | undefined {
  const tier = extra['service_tier'] ?? extra['speed']
  return typeof tier === 'string' ? tier : undefined
}

function sum(a: NanoUsd | 'unpriced', b: NanoUsd | 'unpriced'): NanoUsd | 'unpriced' {
  return a === 'unpriced' || b === 'unpriced' ? 'unpriced' : nanoUsd(a + b)
}
