import type { Json } from '../../core/json.ts'
import type { Item } from '../../evidence/item.ts'

/** A text with places for the fields of an item: `{{prompt}}`. `\{{` is two braces. */
export type PromptTemplate = {
  readonly source: string
  readonly parts: readonly (string | Placeholder)[]
}

/** `index` is where it begins in the source. */
export type Placeholder = { readonly field: string; readonly index: number }

export function parsePromptTemplate(source: string): PromptTemplate {
  const parts: (string | Placeholder)[] = []
  let from = 0
  for (const match of source.matchAll(/\\\{\{|\{\{\s*([\p{L}_][\p{L}\p{M}\p{N}_.-]*)\s*\}\}/gu)) {
    parts.push(source.slice(from, match.index))
    const [whole, field] = match
    parts.push(field === undefined ? '{{' : { field, index: match.index })
    from = match.index + whole.length
  }
  parts.push(source.slice(from))
  return { source, parts: parts.filter((part) => part !== '') }
}

export function placeholders(template: PromptTemplate): readonly Placeholder[] {
  return template.parts.filter((part) => typeof part !== 'string')
}

/** The text for one item. Braces inside a field are the item's own and mean nothing. */
export function renderPrompt(template: PromptTemplate, item: Item): string {
  return template.parts
    .map((part) => (typeof part === 'string' ? part : (fieldText(item, part.field) ?? '')))
    .join('')
}

/** What stands for the field, or undefined when the item does not have it. */
export function fieldText(item: Item, field: string): string | undefined {
  if (field === 'options') return item.options === undefined ? undefined : lettered(item.options)
  if (isOwn(field)) return item[field]
  const value = item.more !== undefined && Object.hasOwn(item.more, field) ? item.more[field] : undefined
  return value === undefined || value === null ? undefined : shown(value)
}

const OWN = ['task', 'item', 'prompt', 'category', 'lang', 'context', 'cluster'] as const

/** Every name that a placeholder may have for these items. `gold` is not among them: it would give the answer away. */
export function fieldNames(items: readonly Item[]): readonly string[] {
  const more = items.slice(0, MAX_LOOKED_AT).flatMap((item) => Object.keys(item.more ?? {}))
  return [...new Set([...OWN, 'options', ...more])]
}

// Items of one set are alike: what none of the first thousand has is a slip of the pen.
const MAX_LOOKED_AT = 1_000

function isOwn(field: string): field is (typeof OWN)[number] {
  return OWN.some((own) => own === field)
}

function lettered(options: readonly string[]): string {
  return options.map((option, place) => `${letter(place)}. ${option}`).join('\n')
}

function letter(place: number): string {
  return place < 26 ? String.fromCharCode(65 + place) : String(place + 1)
}

function shown(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
