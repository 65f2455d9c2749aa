import type { CallSyntax } from './call-syntax.ts'

/** Text as an automaton: a state is how much of what calls begin with has just been written, and '' is none of it. */
export type TextStates = {
  readonly states: readonly string[]
  /** Those that lead elsewhere than any other would. */
  readonly letters: readonly string[]
  readonly after: (state: string, letter: string) => string
}

/** The state in which the calls begin, and that of text in which none can any more. No text is either. */
export const CALLS = 'calls'
export const ANY = 'any'

export function textStates({ begins, ...syntax }: CallSyntax): TextStates {
  const alone = syntax.alone === true
  const states = [
    ...new Set(begins.flatMap((begin) => Array.from(begin, (_, length) => begin.slice(0, length)))),
  ]
  const known = new Set(states)

  function after(state: string, letter: string): string {
    const text = state + letter
    if (state === ANY || begins.includes(text)) return state === ANY ? ANY : CALLS
    if (alone) return known.has(text) ? text : text.trim() === '' ? '' : ANY
    return Array.from(text, (_, index) => text.slice(index)).find((end) => known.has(end)) ?? ''
  }

  return { states, letters: [...new Set(begins.join('') + (alone ? ' \n' : ''))], after }
}
