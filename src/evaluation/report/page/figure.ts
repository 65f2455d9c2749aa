import { count } from '../figures.ts'
import { markup, type Content, type Markup } from './markup.ts'

export type Picture = {
  /** Unique on the page. */
  readonly id: string
  readonly heading: string
  /** How to read it, one or two sentences. */
  readonly about: Content
  readonly body: Content
  readonly table: Table
}

export type Table = {
  readonly head: readonly Content[]
  /** The first cell of a row names the row. */
  readonly rows: readonly (readonly Content[])[]
}

/** A picture, and the figures it is drawn from right below it. */
export function figure({ id, heading, about, body, table }: Picture): Markup {
  return markup`
<figure id="${id}">
<figcaption><h3>${heading}</h3><p>${about}</p></figcaption>
${body}
<details><summary>Figures</summary>${dataTable(heading, table)}</details>
</figure>`
}

/** More rows than this nobody reads on a page; all are in the JSON. */
const MAX_ROWS = 60

export function dataTable(label: string, { head, rows }: Table): Markup {
  return markup`
<div class="scroll" tabindex="0" role="region" aria-label="${label}, figures"><table>
<thead><tr>${head.map((cell) => markup`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>${rows.slice(0, MAX_ROWS).map(tableRow)}</tbody>
</table></div>${moreInJson(rows.length - MAX_ROWS)}`
}

function tableRow([name, ...cells]: readonly Content[]): Markup {
  return markup`<tr><th scope="row">${name}</th>${cells.map((cell) => markup`<td>${cell}</td>`)}</tr>\n`
}

/** What a page leaves out is said, and is in the JSON. */
export function moreInJson(left: number): Markup | null {
  return left > 0 ? markup`<p class="more">and ${count(left)} more in the JSON</p>` : null
}

/** A picture for eyes, and its title and one sentence for everybody else. What is in it may reach over its edge. */
export function svg(id: string, title: string, description: string, content: Content): Markup {
  const [titleId, descriptionId] = [`${id}-title`, `${id}-desc`]
  return markup`<svg role="img" aria-labelledby="${titleId} ${descriptionId}">
<title id="${titleId}">${title}</title><desc id="${descriptionId}">${description}</desc>
${content}</svg>`
}

/** A place along the width of a picture, so that pictures grow and shrink and their text does not. */
export function across(share: number): string {
  return `${Number((100 * share).toFixed(2))}%`
}
