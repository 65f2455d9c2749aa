import { costOf, type Price } from '../../core/money.ts'
import { noUsage } from '../../core/usage.ts'
import type { Call, Reply } from '../ask.ts'

/** What the next call of one model should set aside, learned from those before. */
export type ExpectedCost = {
  readonly reserve: (call: Call) => number
  readonly learn: (reply: Reply) => void
}

/** Until so many calls were measured the price of a full answer is set aside. */
const ENOUGH_CALLS = 8

/** Answers differ: twice the mean so far covers nearly all of them, and one that costs more is settled at its cost. */
const ROOM = 2

export function expectedCost(price: Price): ExpectedCost {
  let [calls, nanoUsd] = [0, 0]
  return {
    reserve(call) {
      if (price.kind !== 'metered') return 0
      if (calls >= ENOUGH_CALLS) return Math.ceil((ROOM * nanoUsd) / calls)
      return fullCost(price, call)
    },
    learn({ cost }) {
      calls += 1
      nanoUsd += cost.kind === 'metered' ? cost.nanoUsd : 0
    },
  }
}

function fullCost(price: Price, call: Call): number {
  const inputTokens = call.messages.reduce((sum, { content }) => sum + guessTokens(content), 0)
  const outputTokens = call.maxTokens ?? GUESSED_ANSWER_TOKENS
  const cost = costOf(price, { ...noUsage, inputTokens, outputTokens })
  return cost.kind === 'metered' ? cost.nanoUsd : 0
}

/** A page of text: what a model writes that is asked to explain itself. */
export const GUESSED_ANSWER_TOKENS = 500

/**
 * Tokens of a text without its tokenizer: four letters each in English, one and a half in the scripts that most
 * vocabularies know little of. A guess, said to be one wherever it is shown.
 */
export function guessTokens(text: string): number {
  let others = 0
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 0x7f) others += 1
  return Math.ceil((text.length - others) / 4 + others / 1.5) + MESSAGE_TOKENS
}

/** Role and separators of a chat template. */
const MESSAGE_TOKENS = 6
