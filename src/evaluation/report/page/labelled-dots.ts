import { across, svg } from './figure.ts'
import { markAt, type MarkKind } from './mark.ts'
import { markup, type Content, type Markup } from './markup.ts'
import { spread } from './spread.ts'
import { fittedText } from './user-text.ts'

export type Dot = {
  /** 0 to 1 across the picture. */
  readonly x: number
  /** In the unit of the y axis. */
  readonly y: number
  readonly mark: MarkKind
  /** Beside the picture, joined to the dot by a line; dots without one are in the table only. */
  readonly label?: { readonly name: string; readonly note: Content }
}

export type DotPicture = {
  readonly id: string
  readonly title: string
  readonly description: string
  readonly xTitle: string
  readonly yTitle: string
  readonly xTicks: readonly Tick[]
  readonly yTicks: readonly { readonly y: number; readonly text: string }[]
  readonly dots: readonly Dot[]
  /** Joins neighbours in the order given. */
  readonly curve?: readonly Dot[]
  /** A level that matters, such as what is certified. */
  readonly level?: { readonly y: number; readonly text: string }
}

type Tick = { readonly x: number; readonly text: string }

const LABEL_PX = 40
const MIN_HEIGHT_PX = 240
const EDGE_PX = 14

/**
 * Dots with labels in a column beside them. Names of models are long and dots stand close; in a column of their own, in
 * the order of the dots, labels can neither cover each other nor run out of the picture, at any width.
 */
export function labelledDots(picture: DotPicture): Markup {
  const { id, title, description, dots, curve = [] } = picture
  const labelled = dots.filter(({ label }) => label !== undefined).toSorted((a, b) => b.y - a.y)
  const height = Math.max(MIN_HEIGHT_PX, labelled.length * LABEL_PX)
  const down = verticalScale(picture, height)
  const places = spread(
    labelled.map(({ y }) => down(y)),
    LABEL_PX,
    height,
  )
  return markup`<p class="y-title">${picture.yTitle}</p>
<div class="dots" style="height:${height}px">
${svg(id, title, description, [
  axes(picture, down),
  labelled.map(({ x, y }) => level('leader', down(y), across(x))),
  curve.slice(1).map((dot, before) => segment(curve[before] ?? dot, dot, down)),
  dots.map(({ mark, x, y }) => markAt(mark, across(x), down(y))),
])}
<div class="labels" aria-hidden="true">${labelled.map((dot, row) => labelOf(dot, down(dot.y), places[row] ?? 0))}</div>
</div>
<p class="x-title">${picture.xTitle}</p>`
}

function verticalScale({ dots, yTicks, level: line }: DotPicture, height: number): (y: number) => number {
  const values = [...dots, ...yTicks, ...(line === undefined ? [] : [line])].map(({ y }) => y)
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const room = height - 2 * EDGE_PX
  return (y) => Number((EDGE_PX + (high === low ? 0.5 : (high - y) / (high - low)) * room).toFixed(1))
}

function axes({ xTicks, yTicks, level: line }: DotPicture, down: (y: number) => number): Markup {
  return markup`${yTicks.map(({ y, text }) => markup`${level('grid', down(y))}<text class="tick" x="0" dx="-8" y="${down(y)}" dy="4" text-anchor="end">${text}</text>`)}
${xTicks.map((tick, place) => uprightTick(tick, needsRoom(xTicks, place)))}
${line && markup`${level('margin', down(line.y))}<text class="line-label" x="100%" dx="-6" y="${down(line.y)}" dy="-6" text-anchor="end">${line.text}</text>`}`
}

function uprightTick({ x, text }: Tick, roomy: boolean): Markup {
  const at = across(x)
  return markup`<line class="grid" x1="${at}" x2="${at}" y1="0" y2="100%"/><text class="${roomy ? 'tick roomy' : 'tick'}" x="${at}" y="100%" dy="18" text-anchor="middle">${text}</text>`
}

/** Share of the width of a telephone's picture, 110 px, that a tick text and the gap to the next take. */
const TICK_SHARE = 0.36

/** Whether a tick is too near the last one before it that a narrow picture keeps. */
function needsRoom(ticks: readonly Tick[], place: number): boolean {
  let kept = Number.NEGATIVE_INFINITY
  for (const { x } of ticks.slice(0, place)) if (x - kept >= TICK_SHARE) kept = x
  return (ticks[place]?.x ?? 0) - kept < TICK_SHARE
}

function level(look: string, y: number, from = '0'): Markup {
  return markup`<line class="${look}" x1="${from}" x2="100%" y1="${y}" y2="${y}"/>`
}

function segment(from: Dot, to: Dot, down: (y: number) => number): Markup {
  return markup`<line class="curve" x1="${across(from.x)}" x2="${across(to.x)}" y1="${down(from.y)}" y2="${down(to.y)}"/>`
}

/** The line from the edge of the picture to the label, and the label. */
function labelOf({ label, mark }: Dot, from: number, to: number): Markup {
  return markup`<svg class="elbow"><line class="leader" x1="0" x2="22" y1="${from}" y2="${to}"/></svg>
<p class="dot-label ${mark}" style="top:${to}px">${fittedText(label?.name ?? '', 36, 13)}<small>${label?.note}</small></p>\n`
}
