/** Where `phrase` first stands in `text` as whole words, from `from` on; -1 where it does not. Fold both before. */
export function indexOfPhrase(text: string, phrase: string, from = 0): number {
  if (phrase === '') return -1
  for (let at = text.indexOf(phrase, from); at >= 0; at = text.indexOf(phrase, at + 1))
    if (isBoundary(text, at) && isBoundary(text, at + phrase.length)) return at
  return -1
}

// A vowel sign or a nukta belongs to the letter before it, so Devanagari words end after marks, not after letters.
// Scripts that put no space between words have no boundary to look for: any place in them will do.
const UNSPACED = String.raw`(?![\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}])`
const WORD = String.raw`${UNSPACED}[\p{L}\p{M}\p{N}_]`
const WORD_BEFORE = new RegExp(`${WORD}$`, 'u')
const WORD_AFTER = new RegExp(`^${WORD}`, 'u')

/** Whether a word ends or begins at this place, or none touches it. */
export function isBoundary(text: string, at: number): boolean {
  // Two UTF-16 units, because a letter may take both.
  return !(WORD_BEFORE.test(text.slice(Math.max(0, at - 2), at)) && WORD_AFTER.test(text.slice(at, at + 2)))
}
