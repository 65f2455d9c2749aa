/** Ranges of code units of the scripts told apart; all letters outside them count as `other`. */
const RANGES = [
  ['latin', 0x41, 0x24f],
  ['cyrillic', 0x400, 0x52f],
  ['arabic', 0x600, 0x77f],
  ['devanagari', 0x900, 0x97f],
  ['east-asian', 0x3040, 0x9fff],
] as const

export const SCRIPTS = [...RANGES.map(([name]) => name), 'other'] as const

/** Which share of the letters of a text is in each of `SCRIPTS`; all 0 where there is no letter. */
export function scriptShares(text: string): readonly number[] {
  const counts = SCRIPTS.map(() => 0)
  let letters = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code < 0x41 || (code > 0x5a && code < 0x61) || (code > 0x7a && code < 0xc0)) continue
    const range = RANGES.findIndex(([, first, last]) => code >= first && code <= last)
    const place = range === -1 ? RANGES.length : range
    counts[place] = (counts[place] ?? 0) + 1
    letters += 1
  }
  return counts.map((count) => count / Math.max(1, letters))
}
