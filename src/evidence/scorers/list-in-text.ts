import { isJsonArray, isJsonObject, type Json } from '../../core/json.ts'
import { jsonInText } from './json-in-text.ts'

/**
 * The elements of the list in a text, as they stand there. The first form that fits: a JSON array; lines with bullets or
 * numbers (other lines are talk); several lines; parts between semicolons; parts between commas, of which the last may
 * follow an "and"; the whole text. "none" is the empty list.
 */
export function listInText(text: string): readonly string[] {
  const parsed = jsonInText(text, '[')
  if (isJsonArray(parsed) && parsed.every(isPlain)) return clean(parsed.map(String))
  const lines = clean(text.split(/\r?\n/).map((line) => line.replaceAll('**', '')))
  const bulleted = lines.filter((line) => BULLET.test(line))
  if (bulleted.length > 0) return clean(bulleted.map((line) => line.replace(BULLET, '')))
  if (lines.length > 1) return clean(lines.filter((line) => !/[:：]$/.test(line)))
  return inOneLine((lines[0] ?? '').replace(PREAMBLE, ''))
}

const BULLET = /^(?:[-•*·–—]|\(?\p{Nd}{1,3}[.)])\s+/u
/** "The drugs are: …"; not the colon of a ratio, after which no space stands. */
const PREAMBLE = /^[^,;:，；、،؛\n]{0,80}[:：]\s+/u

function isPlain(value: Json): boolean {
  return !isJsonObject(value) && !isJsonArray(value) && value !== null
}

function inOneLine(line: string): readonly string[] {
  const parts = clean(line.split(/[;；؛]/))
  if (parts.length > 1) return parts
  // A comma between a digit and three more groups digits; of "100,200" nobody can tell.
  const byComma = clean(line.split(/(?<!\p{Nd})[,，、،]|[,，、،](?!\p{Nd}{2,3}(?!\p{Nd}))/u))
  const last = byComma.at(-1)
  if (byComma.length < 2 || last === undefined) return NONE.test(line.trim()) ? [] : byComma
  return [...byComma.slice(0, -1), ...lastParts(last)]
}

const NONE = /^(?:none|n\/a|\[\s*\]|कोई नहीं|कुछ नहीं|काहीही नाही|لا شيء|لا يوجد)[.।]?$/iu

/** "c", "and c" or "b and c", whichever the last part of "a, …" is. */
function lastParts(last: string): readonly string[] {
  return clean(last.split(/(?:^|\s)(?:and|und|et|y|और|आणि)\s/iu))
}

function clean(parts: readonly string[]): readonly string[] {
  return parts.map((part) => part.trim()).filter((part) => part !== '')
}
