import { isJsonObject, type Json, type JsonObject } from '../core/json.ts'
import { showWhere, type Where } from './outcome.ts'

/** One case of a task: one line of an items file. */
export type Item = {
  readonly task: string
  readonly item: string
  readonly prompt: string
  /** What a right answer is. Its form is the scorer's business: a text, a number, a list, an object, a set of tests. */
  readonly gold?: Json
  readonly category?: string
  readonly lang?: string
  /** A document the prompt is about. */
  readonly context?: string
  readonly options?: readonly string[]
  /** Items that share a passage, a patient or a template depend on each other; they share this name. */
  readonly cluster?: string
  /** Fields of the line that are not ours, for templates and custom scorers. */
  readonly more?: JsonObject
}

export type ItemLine =
  | { readonly kind: 'item'; readonly item: Item }
  | { readonly kind: 'blank' }
  /** One line for people: `file:line: what was wrong; what was expected`. Never the text of a prompt. */
  | { readonly kind: 'problem'; readonly problem: string }

/**
 * One line of an items file (`{"task","item","prompt","gold"?,"category"?,"lang"?,"context"?,"options"?,"cluster"?}`).
 * An optional field that is null counts as absent, because table tools write absent values so.
 */
export function parseItemLine(line: string, where: Where): ItemLine {
  const text = where.line === 1 && line.startsWith('\uFEFF') ? line.slice(1) : line
  if (text.trim() === '') return { kind: 'blank' }
  const row = parseObject(text)
  const fault = row === undefined ? NO_OBJECT : firstFault(row)
  if (row === undefined || fault !== undefined)
    return { kind: 'problem', problem: `${showWhere(where)}: ${fault ?? NO_OBJECT}` }
  return { kind: 'item', item: toItem(row) }
}

const NO_OBJECT = 'the line is cut off or no JSON object; expected one item per line'

function parseObject(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text) as Json
    return isJsonObject(value) ? value : undefined
  } catch {
    // The parser's own message quotes the line, which may hold a prompt; what we say must not.
    return undefined
  }
}

const TEXTS = ['category', 'lang', 'context', 'cluster'] as const
const OURS: ReadonlySet<string> = new Set(['task', 'item', 'prompt', 'gold', 'options', ...TEXTS])

function firstFault(row: JsonObject): string | undefined {
  for (const name of ['task', 'item'] as const)
    if (typeof row[name] !== 'string' || row[name] === '')
      return `"${name}" is missing; expected the name of ${name === 'task' ? 'a task' : 'an item'}`
  if (typeof row['prompt'] !== 'string') return '"prompt" is missing; expected a text'
  for (const name of TEXTS)
    if (typeof (row[name] ?? '') !== 'string') return `"${name}" is no text; expected a text`
  return optionsOf(row['options'] ?? []) === undefined
    ? '"options" is no list of texts; expected ["first", "second"]'
    : undefined
}

/** A list, or texts by letter as medical question sets write them: `{"A": "first", "B": "second"}`. */
function optionsOf(value: Json): readonly string[] | undefined {
  const letters = isJsonObject(value) ? Object.keys(value).toSorted() : []
  // Other keys would say something that a list in their order does not.
  const lettered = letters.every((letter, place) => letter === String.fromCharCode(FIRST_LETTER + place))
  const texts = isJsonObject(value) && lettered ? letters.map((letter) => value[letter] ?? null) : value
  return Array.isArray(texts) && texts.every((text) => typeof text === 'string') ? texts : undefined
}

const FIRST_LETTER = 'A'.charCodeAt(0)

function toItem(row: JsonObject): Item {
  const more = Object.fromEntries(Object.entries(row).filter(([name]) => !OURS.has(name)))
  const options = optionsOf(row['options'] ?? null)
  const gold = row['gold'] ?? undefined
  return {
    task: row['task'] as string,
    item: row['item'] as string,
    prompt: row['prompt'] as string,
    ...(gold !== undefined && { gold }),
    ...(options !== undefined && { options }),
    ...Object.fromEntries(TEXTS.flatMap((name) => (isNamed(row[name]) ? [[name, row[name]]] : []))),
    ...(Object.keys(more).length > 0 && { more }),
  }
}

function isNamed(value: Json | undefined): value is string {
  return typeof value === 'string' && value !== ''
}
