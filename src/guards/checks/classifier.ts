import type { About, Found, ModelCall, Piece, WholeCheck } from '../guard.ts'
import { preset, type AskedText, type ClassifierOptions } from './classifier-presets.ts'

/**
 * What a model says of a text. It is served like any model and asked like any other: through policy, with a permit of its own. An
 * answer that is not of the form that its preset writes is no verdict: the guard has failed, and does what it was told to do then.
 */
export function classifierCheck(options: ClassifierOptions): WholeCheck {
  const { ask, read } = preset(options)
  return {
    kind: 'whole',
    name: 'classifier',
    async judge(pieces, about) {
      const calls = ask(pieces.filter(isSaid), about.said)
      if (calls.length > MAX_CALLS)
        throw new RangeError(
          `the text takes ${calls.length} calls of the classifier; at most ${MAX_CALLS} are made`,
        )
      const found = await Promise.all(calls.map((call) => verdict(call, about)))
      return found.flat()
    },
  }

  async function verdict({ where, messages, maxTokens }: AskedText, about: About): Promise<readonly Found[]> {
    const { model, timeoutMs, categories } = options
    const call: ModelCall = { model, messages, maxTokens, timeoutMs }
    const named = read(await about.ask(call))
    return named
      .filter((name) => categories === undefined || categories.includes(name))
      .map((what) => ({ what, where }))
  }
}

/** Some 24,000 characters for a model that reads 512 tokens at a time. */
export const MAX_CALLS = 16

/** Definitions of tools are the application's, not what anybody says. */
function isSaid({ kind }: Piece): boolean {
  return kind !== 'tool'
}
