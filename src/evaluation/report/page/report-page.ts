import { confidencePercent, count, counted, size } from '../figures.ts'
import type { Report, ReportSettings, TaskReport } from '../report.ts'
import { agreementMap } from './agreement-map.ts'
import { cascadePlot } from './cascade-plot.ts'
import { differencePlot } from './difference-plot.ts'
import { moreInJson } from './figure.ts'
import { frontierPlots } from './frontier-plot.ts'
import { markup, type Markup } from './markup.ts'
import { modelsTable } from './models-table.ts'
import { pageStyle } from './page-style.ts'
import { sliceTable } from './slice-table.ts'
import { shortened, unbroken, userText } from './user-text.ts'
import { headline, verdicts } from './verdicts.ts'

/** Tasks beyond these bytes are summed up only: with the rest of the page it stays below 1 MB, and the JSON is whole. */
const MAX_TASK_BYTES = 800_000
const MAX_SUMMED_UP = 100
const MAX_GAPS = 30
/** Of a sentence with names in it. */
const MAX_GAP_CHARS = 400

/**
 * The report as one file that needs nothing else: no network, no script, no font. It is shown with a policy that would
 * refuse them, so a page that is passed on cannot call home.
 */
export function reportPage(report: Report): string {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>What may stand in for ${shortened(report.settings.reference, 120)}?</title>
<style>${{ html: pageStyle }}</style>
</head>
<body>
<header>
<p class="kind">Musivum evidence report</p>
<h1>What may stand in for ${userText(report.settings.reference)}?</h1>
<p class="facts">${facts(report)}</p>
</header>
${main(report)}
${footer(report)}
</body>
</html>
`.html
}

function facts({ tasks, settings, comparisons, date }: Report): string {
  const items = tasks.reduce((sum, task) => sum + task.items, 0)
  const parts = [
    counted(tasks.length, 'task'),
    counted(items, 'item'),
    counted(comparisons, 'comparison'),
    `margin ${size(settings.margin)}`,
    `${confidencePercent(settings.confidence)} confidence`,
    ...(date === null ? [] : [date]),
  ]
  return unbroken(parts.join(' · '))
}

function main({ tasks, settings }: Report): Markup {
  const sections = fitting(tasks.map((task, place) => () => taskSection(task, settings, `t${place + 1}`)))
  const left = tasks.length - sections.length
  return markup`<main>
${tasks.length > 1 && inShort(tasks, sections.length)}
${sections}
${left > 0 && markup`<p class="more">The figures of ${counted(left, 'more task')} are in the JSON.</p>`}
</main>`
}

/** The first sections, as many as fit. */
function fitting(sections: readonly (() => Markup)[]): readonly Markup[] {
  const taken: Markup[] = []
  let bytes = 0
  for (const make of sections) {
    const section = make()
    bytes += Buffer.byteLength(section.html)
    if (bytes > MAX_TASK_BYTES && taken.length > 0) break
    taken.push(section)
  }
  return taken
}

function inShort(tasks: readonly TaskReport[], linked: number): Markup {
  return markup`<section class="short">
<h2>In short</h2>
${tasks.slice(0, MAX_SUMMED_UP).map((task, place) => shortOf(task, place < linked ? `#t${place + 1}` : null))}
${moreInJson(tasks.length - MAX_SUMMED_UP)}
</section>`
}

function shortOf(task: TaskReport, link: string | null): Markup {
  const name = userText(task.task)
  const heading = link === null ? name : markup`<a href="${link}">${name}</a>`
  return markup`<article><h3>${heading}</h3>${headline(task)}</article>\n`
}

function taskSection(task: TaskReport, settings: ReportSettings, id: string): Markup {
  return markup`<section class="task" id="${id}" aria-labelledby="${id}-name">
<h2 id="${id}-name">${userText(task.task)}</h2>
<p class="facts">${counted(task.items, 'item')} · data <code title="SHA-256 of the outcomes: ${task.dataSha256}">${task.dataSha256.slice(0, 12)}</code></p>
${verdicts(task)}
${differencePlot(task, settings, `${id}-difference`)}
${task.cascade && cascadePlot(task.cascade, `${id}-cascade`)}
${frontierPlots(task, `${id}-frontier`)}
${task.agreement && agreementMap(task.agreement, `${id}-agreement`)}
${sliceTable(task, settings, `${id}-slices`)}
${modelsTable(task.models, settings, `${id}-models`)}
${notComputed(task.notComputed)}
</section>
`
}

function notComputed(gaps: readonly string[]): Markup | null {
  if (gaps.length === 0) return null
  const items = gaps
    .slice(0, MAX_GAPS)
    .map((gap) => markup`<li dir="auto">${shortened(gap, MAX_GAP_CHARS)}</li>`)
  return markup`
<section class="gaps"><h3>Not computed</h3><ul>${items}</ul>${moreInJson(gaps.length - MAX_GAPS)}</section>`
}

function footer({ settings, comparisons, tasks }: Report): Markup {
  const { margin, confidence, seed, clustered } = settings
  const cascades = tasks.flatMap(({ cascade }) => cascade ?? [])
  const unit = clustered
    ? 'items that share a cluster count as one observation'
    : 'every item counts as independent'
  return markup`<footer>
<h2>How to read this</h2>
<p><b>Proven no worse</b>: the loss against the reference is below the margin of ${unbroken(size(margin))}, one-sided at ${unbroken(confidencePercent(confidence))}, on the same items for both. Of many comparisons, ${count(comparisons)} here, the luckiest looks proven by chance, so Holm’s correction is applied to all of them together. <b>Not proven</b> is not “equal”: this set is too small, or the loss too near the margin.</p>
${cascades.length > 0 && certificateTerms(settings, cascades[0]?.certification.certificate.void_if ?? [])}
<p class="facts">Seed ${seed}; ${unit}. The JSON of this report holds every figure.</p>
</footer>`
}

function certificateTerms({ epsilon, delta }: ReportSettings, reasons: readonly string[]): Markup {
  return markup`<p>A <b>certificate</b> promises a loss of at most ε, ${unbroken(size(epsilon))} here, and is wrong with probability δ, ${unbroken(confidencePercent(delta))} here. It is void if</p>
<ul>${reasons.map((reason) => markup`<li>${reason}</li>`)}</ul>`
}
