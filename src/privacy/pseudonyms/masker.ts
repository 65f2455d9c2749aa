import { MAX_CONTEXT_CHARS, MAX_SPAN_CHARS } from '../recognise/recogniser.ts'
import type { Recognise } from '../recognise/recognise.ts'
import type { Pseudonyms } from './pseudonyms.ts'

/**
 * Masks a text that comes in pieces; however it is cut, the whole is the same as of one piece. What a recogniser may still need
 * to see is held, which is more than a restorer holds: a private key has eight thousand characters.
 */
export type Masker = {
  readonly push: (text: string) => string
  readonly end: () => string
}

/** What stands before this much text can no longer be part of anything that begins later, or be decided by it. */
const WINDOW_CHARS = MAX_SPAN_CHARS + MAX_CONTEXT_CHARS
/** Looked at again at the beginning of the next part: words of context, and the end of the word before. */
const CONTEXT_CHARS = 2 * MAX_CONTEXT_CHARS

export function createMasker(recognise: Recognise, scope: Pick<Pseudonyms, 'mask'>): Masker {
  let context = ''
  let held = ''

  function take(length: number): string {
    const given = context + held
    const found = recognise(given).map(({ entity, start, end }) => ({
      entity,
      start: start - context.length,
      end: end - context.length,
    }))
    const wanted = found.filter(({ start }) => start >= 0)
    const until = wanted.find(({ start, end }) => start < length && end > length)?.start ?? length
    const text = held.slice(0, until)
    const masked = scope.mask(
      text,
      wanted.filter(({ end }) => end <= until),
    )
    context = (context + text).slice(-CONTEXT_CHARS)
    held = held.slice(until)
    return masked
  }

  return {
    push(text) {
      held += text
      // Twice the window, so that each character is looked at twice and not once for every piece.
      return held.length < 2 * WINDOW_CHARS ? '' : take(lastBreak(held, held.length - WINDOW_CHARS))
    },
    end: () => take(held.length),
  }
}

/** Between two words where there are words: half of one may look like something that the whole is not. */
function lastBreak(text: string, before: number): number {
  for (let at = before; at > before - MAX_SPAN_CHARS / 2 && at > 0; at -= 1)
    if (/\s/.test(text.charAt(at))) return at
  return before
}
