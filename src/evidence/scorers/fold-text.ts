export type Folding = {
  readonly ignore_case: boolean
  readonly ignore_punctuation: boolean
}

/** A text in the form in which texts are compared: composed (NFC) and trimmed, and without what the settings ignore. */
export function foldText(text: string, { ignore_case, ignore_punctuation }: Folding): string {
  const plain = ignore_punctuation ? text.replace(/[\p{P}\p{S}\s]+/gu, ' ') : text
  const folded = plain.normalize('NFC').trim()
  // The dotted capital İ becomes two characters in lower case; composing again makes both ways of writing it one.
  return ignore_case ? folded.toLowerCase().normalize('NFC') : folded
}

/** One form for all that differs in typing only: width, case, runs of white space, quotes around, a full stop after. */
export function foldLoosely(text: string): string {
  const folded = text.normalize('NFKC').replace(/\s+/g, ' ').trim().toLowerCase().normalize('NFKC')
  return unquoted(folded).replace(/(?<=[^\s.।。,;])[.।。,;]+$/u, '')
}

function unquoted(text: string): string {
  const inner = /^(?:"([^"]*)"|'([^']*)'|“([^“”]*)”|«([^«»]*)»|`([^`]*)`)[.।。]?$/u.exec(text)
  return inner === null ? text : (inner.slice(1).find((part) => part !== undefined) ?? '').trim()
}
