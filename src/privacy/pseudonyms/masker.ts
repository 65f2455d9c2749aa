import { MAX_CONTEXT_CHARS, MAX_SPAN_CHARS } from '../recognise/recogniser.ts'
import { fold } from '../recognise/fold.ts'
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
/**
 * The same where nothing but plain words stands: what begins before them and is longer is a private key, which is looked for, or has
 * no space in it. A quoted password has 512 characters at most, an address 250, and words up to 160 behind decide.
 */
const QUIET_WINDOW_CHARS = 1_024
/** So many characters without a digit or a sign: no number, date or address reaches across, and none overlaps one that does. */
const QUIET_CHARS = 48
/** Looked at again at the beginning of the next part: words of context, and the end of the word before. */
const CONTEXT_CHARS = 2 * MAX_CONTEXT_CHARS

export function createMasker(recognise: Recognise, scope: Pick<Pseudonyms, 'mask'>): Masker {
  let context = ''
  let held = ''
  /** How much was held when a quiet place was last looked for in it. */
  let looked = 0

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
    looked = held.length
    return masked
  }

  return {
    push(text) {
      held += text
      // A window more each time, so that each character is looked at two or three times and not once for every piece.
      if (held.length < looked + QUIET_WINDOW_CHARS) return ''
      looked = held.length
      const quiet = quietBreak(held)
      if (quiet > 0) return take(quiet)
      return held.length < 2 * WINDOW_CHARS ? '' : take(lastBreak(held, held.length - WINDOW_CHARS))
    },
    end: () => take(held.length),
  }
}

const KEY_BEGINS = '-----BEGIN '

/** The last place between plain words that nothing reaches across, or 0. */
function quietBreak(text: string): number {
  const tail = text.slice(-(WINDOW_CHARS + QUIET_WINDOW_CHARS))
  const inTail = fold(tail).text.includes(KEY_BEGINS)
  const key = text.indexOf(KEY_BEGINS, text.length - tail.length)
  // It is written with other dashes, or characters that nobody sees: where it begins only the recognisers know.
  if (inTail && key === -1) return 0
  const end = Math.min(text.length - QUIET_WINDOW_CHARS, key === -1 ? Infinity : key)
  let quiet = 0
  let space = 0
  for (let at = end - 1; at > 0; at -= 1) {
    const character = text.charAt(at)
    quiet = QUIET.test(character) ? quiet + 1 : 0
    if (quiet === 0) space = 0
    else if (space === 0 && quiet > QUIET_CHARS / 2 && /\s/.test(character)) space = at
    if (space > 0 && space - at >= QUIET_CHARS / 2) return space
  }
  return 0
}

/** Letters, their marks, spaces, and what ends sentences. A digit of any script, or what nobody sees, is not. */
const QUIET = /[\p{L}\p{M}\s.,;!?()।،؟]/u

/** Between two words where there are words: half of one may look like something that the whole is not. */
function lastBreak(text: string, before: number): number {
  for (let at = before; at > before - MAX_SPAN_CHARS / 2 && at > 0; at -= 1)
    if (/\s/.test(text.charAt(at))) return at
  return before
}
