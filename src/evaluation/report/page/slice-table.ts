import { count, percent, points, size } from '../figures.ts'
import type { ReportSettings, SliceCell, SliceRow, TaskReport } from '../report.ts'
import { CLAIM_WORDS } from '../verdict-sentence.ts'
import { dataTable } from './figure.ts'
import { inlineMark, MARK_OF } from './mark.ts'
import { markup, type Content, type Markup } from './markup.ts'
import { unbroken, userText } from './user-text.ts'

/** Columns that fit beside each other; the rest is in the JSON. */
const MAX_CONTENDERS = 6

/** The best contenders on every slice: a mean can hide a language in which nobody is understood. */
export function sliceTable(task: TaskReport, settings: ReportSettings, id: string): Markup | null {
  const { slices, contenders } = task
  const [first] = slices
  if (first === undefined) return null
  const shown = contenders.slice(0, MAX_CONTENDERS)
  const more = contenders.length - shown.length
  const heading = first.slice.by === 'lang' ? 'By language' : `By ${first.slice.by}`
  return markup`
<section class="slices" id="${id}">
<h3>${heading}</h3>
<p>Points gained or lost in place of the reference, margin ${unbroken(size(settings.margin))}. The marks hold when all ${count(slices.length * contenders.length)} comparisons of these slices are read together.${more > 0 && ` ${more} more models and plans are in the JSON.`}</p>
${dataTable(heading, {
  head: ['', 'Items', 'Reference', ...shown.map(({ label }) => userText(label, 30))],
  rows: slices.map((row) => tableRow(row, shown.length)),
})}
</section>`
}

function tableRow({ slice, items, cells }: SliceRow, shown: number): readonly Content[] {
  const reference = cells.find(({ comparison }) => comparison.n > 0)?.comparison.reference.mean ?? null
  return [
    slice.value === null ? 'not said' : userText(slice.value, 48),
    count(items),
    percent(reference),
    ...cells.slice(0, shown).map(sliceCell),
  ]
}

function sliceCell({ comparison, claim }: SliceCell): Content {
  const { mean } = comparison.difference
  if (mean === null) return points(null)
  return markup`<span class="with-mark">${points(mean)} ${inlineMark(MARK_OF[claim])}<span class="unseen">, ${CLAIM_WORDS[claim]}</span></span>`
}
