import { strict as assert } from 'node:assert'

/** HTML that is safe to send as it is: made by `markup`, or written by us without a value in it. */
export type Markup = { readonly html: string }

export type Content = string | number | Markup | null | undefined | false | readonly Content[]

/**
 * A piece of a page. Every value is escaped, for text and for attributes in double quotes alike, so a model that is
 * called `<script>` is shown and not run; pieces made by `markup` go in as they are, lists one after the other.
 *
 * @example markup`<td title="${name}">${name}</td>`
 */
export function markup(strings: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return { html: strings.map((text, place) => text + render(values[place])).join('') }
}

function render(value: Content): string {
  if (value === null || value === undefined || value === false) return ''
  if (typeof value === 'string') return escaped(value)
  if (typeof value === 'number') {
    // "NaN" in an attribute is a picture with a hole, and in a cell a figure nobody has.
    assert(Number.isFinite(value), `a page shows numbers, not ${value}`)
    return String(value)
  }
  return 'html' in value ? value.html : value.map(render).join('')
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Control characters and halves of characters are no HTML at all, escaped or not. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\P{Cc}\t\n]/gu, '\uFFFD')
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}
