import { confidencePercent, count, percent, points, pointsRange, size } from '../figures.ts'
import { linearTicks } from '../nice-ticks.ts'
import { isProven } from '../read-together.ts'
import type { Contender, ReportSettings, TaskReport } from '../report.ts'
import { CLAIM_WORDS } from '../verdict-sentence.ts'
import { across, figure, svg } from './figure.ts'
import { MARK_OF, markAt } from './mark.ts'
import { markup, type Content, type Markup } from './markup.ts'
import { fittedText, unbroken, userText } from './user-text.ts'

/** Rows beyond these are the worst, and a plot of a hundred rows is a table. */
const MAX_ROWS = 36

/** Every contender against the reference: a dot, its interval, and the line of the margin. */
export function differencePlot(task: TaskReport, settings: ReportSettings, id: string): Markup | null {
  const known = task.contenders
    .filter(({ comparison }) => comparison.difference.mean !== null)
    .toSorted((a, b) => (b.comparison.difference.mean ?? 0) - (a.comparison.difference.mean ?? 0))
  if (known.length === 0) return null
  return figure({
    id,
    heading: 'Against the reference',
    about: [
      markup`Points gained or lost in place of ${userText(settings.reference)}, with the ${unbroken(confidencePercent(settings.confidence))} interval. `,
      'Dot: proven no worse than the margin. Ring: not proven. Triangle: proven worse.',
      known.length > MAX_ROWS && ` Not drawn, because they are the worst: ${known.length - MAX_ROWS}.`,
    ],
    body: picture(known.slice(0, MAX_ROWS), settings, id),
    table: {
      head: ['', 'Difference', 'Interval', 'Mean', 'Reference', 'Items', 'Verdict'],
      rows: known.map(tableRow),
    },
  })
}

function tableRow({ name, comparison, claim }: Contender): readonly Content[] {
  const { difference, candidate, reference, n } = comparison
  return [
    userText(name),
    points(difference.mean),
    pointsRange(difference.interval),
    percent(candidate.mean),
    percent(reference.mean),
    count(n),
    CLAIM_WORDS[claim],
  ]
}

function picture(rows: readonly Contender[], settings: ReportSettings, id: string): Markup {
  const window = windowOf(rows, settings.margin)
  const proven = rows.filter(({ claim }) => isProven(claim)).length
  const description = `${rows.length} models and plans by their difference to the reference; ${proven} proven no worse than ${size(settings.margin)}.`
  return markup`<div class="rows" style="--rows:${rows.length}">
${svg(id, 'Difference to the reference, in points', description, [
  axis(window, settings.margin),
  markup`<g class="marks">${rows.map((row, place) => rowMark(row, (place + 0.5) / rows.length, window))}</g>`,
])}
${rows.map(rowText)}
</div>`
}

function rowText({ label, comparison, claim, kind }: Contender, place: number): Markup {
  const cell = (look: string, content: Content): Markup =>
    markup`<span class="${look}" style="grid-row:${place + 1}" aria-hidden="true">${content}</span>`
  return markup`${cell(`name ${kind}`, fittedText(label, 38, 19))}${cell('value', points(comparison.difference.mean))}${cell(`word ${MARK_OF[claim]}`, CLAIM_WORDS[claim])}\n`
}

/** Differences at the two ends of the picture. */
type Window = { readonly low: number; readonly high: number }

/**
 * What happens near the margin decides, so a model that is forty points worse must not squeeze it into a hair: it stands
 * at the edge, with its figure beside it.
 */
function windowOf(rows: readonly Contender[], margin: number): Window {
  const most = Math.min(1, Math.max(8 * margin, 0.1))
  const ends = rows.map((row) => endsOf(row))
  const low = Math.max(-most, Math.min(-1.5 * margin, -0.01, ...ends.map(([end]) => end)))
  const high = Math.min(most, Math.max(0.01, ...ends.map(([, end]) => end)))
  const room = 0.04 * (high - low)
  return { low: low - room, high: high + room }
}

function endsOf({ comparison: { difference } }: Contender): readonly [number, number] {
  return difference.interval ?? [difference.mean ?? 0, difference.mean ?? 0]
}

function fraction(difference: number, { low, high }: Window): number {
  return Math.min(1, Math.max(0, (difference - low) / (high - low)))
}

function axis(window: Window, margin: number): Markup {
  const ticks = linearTicks(100 * window.low, 100 * window.high, 6)
  return markup`${ticks.map((tick) => upright(tick / 100, 'grid', window))}
${ticks.map((tick) => markup`<text class="tick" x="${across(fraction(tick / 100, window))}" y="100%" dy="18" text-anchor="middle">${tickText(tick)}</text>`)}
${upright(0, 'zero', window)}${lineLabel('reference', 0, window, -8)}
${margin > 0 && [upright(-margin, 'margin', window), lineLabel(`margin ${size(margin)}`, -margin, window, -24)]}`
}

function upright(difference: number, look: string, window: Window): Markup {
  const x = across(fraction(difference, window))
  return markup`<line class="${look}" x1="${x}" x2="${x}" y1="0" y2="100%"/>`
}

function tickText(tick: number): string {
  if (tick === 0) return '0'
  return `${tick < 0 ? '−' : '+'}${Math.abs(tick)}`
}

/** Towards the wider side, each on a line of its own, so that neither meets the other or the edge. */
function lineLabel(text: string, difference: number, window: Window, dy: number): Markup {
  const x = fraction(difference, window)
  const [anchor, dx] = x > 0.5 ? ['end', 4] : ['start', -4]
  return markup`<text class="line-label" x="${across(x)}" y="0" dx="${dx}" dy="${dy}" text-anchor="${anchor}">${unbroken(text)}</text>`
}

function rowMark(row: Contender, share: number, window: Window): Markup {
  const [low, high] = endsOf(row)
  const kind = MARK_OF[row.claim]
  const y = across(share)
  const [from, to] = [across(fraction(low, window)), across(fraction(high, window))]
  return markup`<line class="interval ${kind}" x1="${from}" x2="${to}" y1="${y}" y2="${y}"/>${dotOf(row, y, window)}\n`
}

function dotOf({ comparison, claim }: Contender, y: string, window: Window): Markup {
  const mean = comparison.difference.mean ?? 0
  if (mean < window.low) return beyond('0%', y, 'M8-4 2 0l6 4')
  if (mean > window.high) return beyond('100%', y, 'M-8-4-2 0l-6 4')
  return markAt(MARK_OF[claim], across(fraction(mean, window)), y)
}

/** An arrow at the edge: the dot is further out, and the figure beside it says how far. */
function beyond(x: string, y: string, path: string): Markup {
  return markup`<svg x="${x}" y="${y}" overflow="visible"><path class="beyond" d="${path}"/></svg>`
}
