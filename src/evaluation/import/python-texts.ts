/**
 * The texts of a Python list as `str()` writes it, `['one', "it's"]`, which is what CSV files of data frames hold; also
 * without commas, as NumPy writes it. A text that is no such list is the only one; the empty text is none.
 */
export function pythonTexts(text: string): readonly string[] {
  const trimmed = text.trim()
  if (trimmed === '' || trimmed === '[]') return []
  if (!LIST.test(trimmed)) return [text]
  return Array.from(trimmed.matchAll(LITERAL), ([literal]) => unescaped(literal.slice(1, -1)))
}

const LITERAL = /'(?:[^'\\]|\\[\s\S])*'|"(?:[^"\\]|\\[\s\S])*"/g
const LIST = /^\[(?:\s*(?:'(?:[^'\\]|\\[\s\S])*'|"(?:[^"\\]|\\[\s\S])*")\s*,?)+\s*\]$/

function unescaped(literal: string): string {
  return literal.replaceAll(ESCAPE, (whole, hex: string | undefined, char: string | undefined) => {
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex.slice(1), 16))
    return char === undefined ? whole : (CHARACTERS[char] ?? char)
  })
}

const ESCAPE = /\\(?:(x[\da-fA-F]{2}|u[\da-fA-F]{4}|U0[\da-fA-F]{7})|([\s\S]))/g
const CHARACTERS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\n': '' }
