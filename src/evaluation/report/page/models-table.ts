import { confidencePercent, count, duration, percent, perThousand, range } from '../figures.ts'
import type { ModelColumn, ReportSettings } from '../report.ts'
import { dataTable } from './figure.ts'
import { markup, type Content, type Markup } from './markup.ts'
import { unbroken, userText } from './user-text.ts'

/** Every model alone. Failed calls and answers that were not found are scored 0, and counted here. */
export function modelsTable(models: readonly ModelColumn[], settings: ReportSettings, id: string): Markup {
  const sure = unbroken(confidencePercent(settings.confidence))
  return markup`
<section class="models" id="${id}">
<h3>Each model alone</h3>
<p>Failed calls and answers that were not found count as 0; they are never left out.</p>
${dataTable('Each model alone', {
  head: [
    '',
    'Mean',
    `${sure} interval`,
    'Items',
    'Failed',
    'No answer',
    'Per 1,000 items',
    'Latency, median',
  ],
  rows: models.map((column) => tableRow(column, settings.reference)),
})}
</section>`
}

function tableRow(column: ModelColumn, reference: string): readonly Content[] {
  const { model, mean, interval, n, missing, errors, unparsed, costUsd, latencyP50Ms } = column
  return [
    [userText(model), model === reference && markup` <small>reference</small>`],
    percent(mean),
    range(interval),
    missing === 0 ? count(n) : `${count(n)} of ${count(n + missing)}`,
    count(errors),
    count(unparsed),
    costUsd === 0 ? 'own weights' : perThousand(costUsd),
    duration(latencyP50Ms),
  ]
}
