import { dollars, duration, percent, perThousand, size, UNKNOWN } from '../figures.ts'
import type { FrontierPoint, TaskReport } from '../report.ts'
import { amountScale } from './amount-scale.ts'
import { figure } from './figure.ts'
import { labelledDots, type Dot } from './labelled-dots.ts'
import { MARK_OF, type MarkKind } from './mark.ts'
import type { Content, Markup } from './markup.ts'
import { percentTicks } from './percent-ticks.ts'
import { unbroken, userText } from './user-text.ts'

/** Labels beyond these would make the picture a list. */
const MAX_LABELS = 10

/** What is further below the reference is no choice, and would squeeze the choices into a line. */
const DEPTH = 0.25

/** One kind of price, and the words for it. */
type Price = {
  readonly what: 'cost' | 'latency'
  readonly of: (point: FrontierPoint) => number | null
  readonly isBest: (point: FrontierPoint) => boolean
  readonly axisTitle: string
  readonly tick: (amount: number) => string
  readonly note: (amount: number) => string
}

const PRICES: readonly Price[] = [
  {
    what: 'cost',
    of: ({ costUsd }) => costUsd,
    isBest: ({ best }) => best.onCost,
    axisTitle: 'US dollars per 1,000 items',
    tick: (amount) => dollars(1000 * amount),
    note: (amount) => (amount === 0 ? 'own weights' : perThousand(amount)),
  },
  {
    what: 'latency',
    of: ({ latencyP50Ms }) => latencyP50Ms,
    isBest: ({ best }) => best.onLatency,
    axisTitle: 'Time to the whole answer, median',
    tick: duration,
    note: duration,
  },
]

/** One picture for each kind of price that is known of two points or more. */
export function frontierPlots(task: TaskReport, id: string): readonly Markup[] {
  return PRICES.flatMap((price) => {
    const known = task.frontier.filter((point) => price.of(point) !== null)
    return known.length < 2 ? [] : [frontierPlot(task, price, known, `${id}-${price.what}`)]
  })
}

function frontierPlot(task: TaskReport, price: Price, known: readonly FrontierPoint[], id: string): Markup {
  const shown = withinReach(known)
  const [unknown, far] = [task.frontier.length - known.length, known.length - shown.length]
  return figure({
    id,
    heading: `Quality against ${price.what}`,
    about: [
      `Labelled: the reference, and what no other beats on quality and ${price.what} together. Grey: beaten.`,
      unknown > 0 && ` Not drawn, because the ${price.what} is not known: ${unknown}.`,
      far > 0 && ` Not drawn, because more than ${size(DEPTH)} below the reference: ${far}.`,
    ],
    body: picture(task, price, shown, id),
    table: {
      head: ['', 'Quality', 'Per 1,000 items', 'Latency, median', 'Not beaten on'],
      rows: task.frontier.toSorted((a, b) => b.quality - a.quality).map(tableRow),
    },
  })
}

function withinReach(points: readonly FrontierPoint[]): readonly FrontierPoint[] {
  const reference = points.find(({ kind }) => kind === 'reference')
  const near = points.filter(({ quality }) => quality >= (reference?.quality ?? 0) - DEPTH)
  return near.length < 2 ? points : near
}

function tableRow({ name, quality, costUsd, latencyP50Ms, best }: FrontierPoint): readonly Content[] {
  const on = [best.onCost && 'cost', best.onLatency && 'latency', best.onBoth && 'both together']
  return [
    userText(name),
    percent(quality),
    costUsd === 0 ? 'own weights' : perThousand(costUsd),
    duration(latencyP50Ms),
    on.filter(Boolean).join(', ') || UNKNOWN,
  ]
}

function picture(task: TaskReport, price: Price, points: readonly FrontierPoint[], id: string): Markup {
  const best = points.filter(price.isBest).toSorted((a, b) => b.quality - a.quality)
  const labelled = new Set([
    ...best.slice(0, MAX_LABELS),
    ...points.filter(({ kind }) => kind === 'reference'),
  ])
  const scale = amountScale(
    points.map((point) => price.of(point) ?? 0),
    price.tick,
  )
  const dots = points.map((point): Dot => {
    const at = { x: scale.at(price.of(point) ?? 0), y: point.quality }
    if (!labelled.has(point)) return { ...at, mark: 'other' }
    return { ...at, mark: markOf(point, task), label: { name: point.label, note: noteOf(point, price) } }
  })
  return labelledDots({
    id,
    title: `Quality against ${price.what}`,
    description: `${points.length} models and plans; ${best.length} of them are not beaten by another.`,
    xTitle: `${price.axisTitle}${scale.logarithmic ? ', logarithmic scale' : ''}`,
    yTitle: 'Quality, %',
    xTicks: scale.ticks,
    yTicks: percentTicks(points.map(({ quality }) => quality)),
    // Grey dots first, so that they lie under those that matter.
    dots: dots.toSorted((a, b) => Number(a.label !== undefined) - Number(b.label !== undefined)),
  })
}

function noteOf(point: FrontierPoint, price: Price): string {
  return unbroken(`${percent(point.quality)} · ${price.note(price.of(point) ?? 0)}`)
}

function markOf({ kind, name }: FrontierPoint, task: TaskReport): MarkKind {
  if (kind === 'reference') return 'reference'
  const contender = task.contenders.find((each) => each.name === name)
  return contender === undefined ? 'other' : MARK_OF[contender.claim]
}
