import type { Folded } from './fold.ts'

/** UTF-16 units. */
type Place = { readonly start: number; readonly end: number }

/** Where a place of a folded text stands in the text as it was given. */
export function unfold(text: string, folded: Folded, { start, end }: Place): Place {
  return {
    start: originOf(folded, start),
    end: originOf(folded, end - 1) + widthAt(text, folded, end - 1),
  }
}

function originOf({ origin }: Folded, place: number): number {
  return origin === undefined ? place : (origin[place] ?? 0)
}

/** Two units where one character stands for a pair: a digit in bold script. What is unseen behind it is not a part of it. */
function widthAt(text: string, folded: Folded, place: number): number {
  const wide = (text.codePointAt(originOf(folded, place)) ?? 0) > 0xffff
  return wide && folded.text.charCodeAt(place) < 0x80 ? 2 : 1
}
