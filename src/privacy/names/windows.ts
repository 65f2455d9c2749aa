import { MAX_NAME_CHARS } from './name-entities.ts'

/**
 * Characters that a model reads at once. They may be nothing but names, and then its answer is the longest: 1,000 / 8 (`Li Wei`
 * and a comma) of some 18 tokens each are 2,250. With 1,000 tokens for a script that takes one for each character and 300 for
 * what the model is told, that fits into a context of 4,096.
 */
export const WINDOW_CHARS = 1_000

/** Most tokens of an answer: the arithmetic above, with a little room. */
export const ANSWER_TOKENS = 2_560

/** Two windows share more than the longest name, so that each name stands whole in one of them. */
const OVERLAP_CHARS = MAX_NAME_CHARS + 30

/**
 * A text as it is read: whole, or in windows that begin and end between words where there are words. What holds no name for want
 * of two letters is left out.
 */
export function windowsOf(text: string): readonly string[] {
  const windows: string[] = []
  for (let start = 0; start < text.length;) {
    const end = endOf(text, start)
    windows.push(text.slice(start, end))
    start = end === text.length ? end : breakBefore(text, end - OVERLAP_CHARS, OVERLAP_CHARS)
  }
  return windows.filter((window) => LETTERS.test(window))
}

const LETTERS = /\p{L}\p{M}*\p{L}/u

/**
 * What is asked in one call: a window on its own, and short texts together, because the definition of a tool has fifty. Only short
 * ones: what stands in one text may talk the model out of seeing the next, and a message is read on its own.
 */
export function callsOf(windows: readonly string[]): readonly (readonly string[])[] {
  const calls: string[][] = windows.filter(({ length }) => length > SHORT_CHARS).map((window) => [window])
  let together: string[] = []
  let chars = 0
  for (const window of windows) {
    if (window.length > SHORT_CHARS) continue
    if (chars + window.length > WINDOW_CHARS) {
      calls.push(together)
      ;[together, chars] = [[], 0]
    }
    together.push(window)
    chars += window.length + BETWEEN.length
  }
  return together.length === 0 ? calls : [...calls, together]
}

/** What stands between texts that are read together: nothing that could join two halves of a name. */
export const BETWEEN = '\n\n'

/** A description of a field, a value, a title. */
const SHORT_CHARS = 80

function endOf(text: string, start: number): number {
  const end = start + WINDOW_CHARS
  return end >= text.length ? text.length : breakBefore(text, end, OVERLAP_CHARS)
}

/** The nearest place before `at`, and at most `reach` before it, where a word begins; never between the halves of a character. */
function breakBefore(text: string, at: number, reach: number): number {
  for (let place = at; place > at - reach; place -= 1) if (/\s/.test(text.charAt(place - 1))) return place
  return isLowSurrogate(text.charCodeAt(at)) ? at - 1 : at
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff
}
