import type { LlamaGrammar, LlamaGrammarEvaluationState, LlamaModel } from 'node-llama-cpp'
import { MusivumError } from '../../../core/errors.ts'
import type { Library } from '../token-sampling.ts'
import { callGrammarFrom } from './call-grammar.ts'
import type { CallSyntax } from './call-syntax.ts'
import { ANY, CALLS, textStates } from './text-states.ts'
import type { ToolUse } from './tool-use.ts'

/** Holds an answer to the grammar of calls from where one may begin, and leaves its text alone. */
export type CallHold = {
  /** What the next token is held to, nothing while the answer is text. */
  readonly state: () => LlamaGrammarEvaluationState | undefined
  readonly wrote: (text: string) => void
  /** To be awaited before the next token: a grammar may have to be read first. */
  readonly ready: () => Promise<void>
}

type HoldParts = {
  readonly library: Library
  readonly model: LlamaModel
  readonly grammars: (gbnf: string) => Promise<LlamaGrammar>
}

/** For answers that may call or not, in any text. */
export function callHold(
  { library, model, grammars }: HoldParts,
  syntax: CallSyntax,
  use: ToolUse,
): CallHold {
  const free = syntax.alone === true ? ANY : ''
  const { after } = textStates(syntax)
  let at = ''
  let held: LlamaGrammarEvaluationState | undefined

  async function ready(): Promise<void> {
    if (at === free) held = undefined
    if (at === free || held !== undefined) return
    const grammar = await grammars(callGrammarFrom(syntax, use, at))
    held = new library.LlamaGrammarEvaluationState({ model, grammar })
  }

  return {
    state: () => held,
    wrote(text) {
      let read = 0
      for (; read < text.length && at !== CALLS; read += 1) at = after(at, text.charAt(read))
      if (at === CALLS && held === undefined && text.slice(read).trim() !== '') throw tooLate()
    },
    ready,
  }
}

/** No vocabulary that we know has such a token. */
function tooLate(): MusivumError {
  return new MusivumError(
    'engine.failed',
    'The model wrote the mark of a call and more in one token, which cannot be held to a grammar.',
  )
}
