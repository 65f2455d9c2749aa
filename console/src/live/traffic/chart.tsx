import { useEffect, useRef, useState } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { RollupUnit } from '../../api/admin.ts'
import { durationText } from '../../format/duration.ts'
import { clockText } from '../../format/moment.ts'
import { countText } from '../../format/number.ts'
import { useFormat } from '../../i18n/use-format.ts'
import { useDark } from '../../shell/theme.ts'
import { ChartLegend } from './chart-legend.tsx'
import { UNIT_MS, type ChartKind, type Point } from './series.ts'

type ChartProps = {
  readonly points: readonly Point[]
  readonly unit: RollupUnit
  readonly kind: ChartKind
  readonly label: string
}

const HEIGHT_PX = 120

/** Time runs from left to right in every language, as in the logs beside it; the table below says the same in text. */
export function Chart({ points, unit, kind, label }: ChartProps) {
  const frame = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(null)
  const [at, setAt] = useState<number | null>(null)
  const dark = useDark()
  const { locale } = useFormat()

  useEffect(() => {
    const element = frame.current
    if (element === null) return
    const made = new uPlot(optionsOf(element, kind, unit, locale, setAt), [[], [], []], element)
    plot.current = made
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT_PX }))
    observer.observe(element)
    return () => {
      observer.disconnect()
      plot.current = null
      made.destroy()
    }
  }, [dark, kind, unit, locale])

  useEffect(() => {
    plot.current?.setData(dataOf(points, kind))
  }, [points, dark, kind, unit, locale])

  return (
    <>
      <ChartLegend kind={kind} unit={unit} point={at === null ? undefined : points[at]} />
      <div ref={frame} dir="ltr" role="img" aria-label={label} className="h-30 w-full overflow-hidden" />
    </>
  )
}

function dataOf(points: readonly Point[], kind: ChartKind): uPlot.AlignedData {
  const seconds = points.map((point) => point.startMs / 1000)
  return kind === 'counts'
    ? [seconds, points.map((point) => point.requests), points.map((point) => point.errors)]
    : [seconds, points.map((point) => point.durationMs), points.map((point) => point.firstByteMs)]
}

function optionsOf(
  element: HTMLElement,
  kind: ChartKind,
  unit: RollupUnit,
  locale: string,
  onHover: (index: number | null) => void,
): uPlot.Options {
  const colour = colours(element)
  const font = `11px ${getComputedStyle(element).fontFamily}`
  const axis = { stroke: colour('faint'), font, ticks: { show: false } }
  const grid = { stroke: colour('line'), width: 1 }
  return {
    width: element.clientWidth,
    height: HEIGHT_PX,
    padding: [6, 18, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    // The bar of the unit that is under way starts at the last point and needs its room after it.
    scales: {
      x: { time: true, range: (_plot, low, high) => [low, high + UNIT_MS[unit] / 1000] },
      y: { range: (_plot, _low, high) => [0, roundTop(high)] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 22,
        space: 70,
        values: (_plot, ticks) => ticks.map((tick) => clockText(tick * 1000, locale, unit)),
      },
      {
        ...axis,
        grid,
        ...(kind === 'counts' && { incrs: WHOLE_STEPS }),
        size: 48,
        space: 22,
        values: (_plot, ticks) =>
          ticks.map((tick) => (kind === 'counts' ? countText(tick, locale) : timeAxis(tick, locale))),
      },
    ],
    series:
      kind === 'counts'
        ? [{}, bars(colour('lapis')), bars(colour('cinnabar'))]
        : [{}, line(colour('lapis')), dashed(colour('gold'))],
    hooks: { setCursor: [(plot) => onHover(plot.cursor.idx ?? null)] },
  }
}

// A chart of nothing would have an axis from 0 to 0; one with a flat top would touch the frame.
function roundTop(high: number | null): number {
  return high === null || high <= 0 ? 1 : high * 1.08
}

// There are no half requests.
const WHOLE_STEPS = [1, 2, 5]
  .flatMap((step) => [0, 1, 2, 3, 4, 5, 6, 7].map((power) => step * 10 ** power))
  .sort((a, b) => a - b)

function timeAxis(tick: number, locale: string): string {
  return tick === 0 ? countText(0, locale) : durationText(tick, locale)
}

function bars(colour: string): uPlot.Series {
  const paths = uPlot.paths.bars?.({ size: [0.7, 24], align: 1 })
  return {
    stroke: colour,
    fill: colour,
    width: 0,
    points: { show: false },
    ...(paths !== undefined && { paths }),
  }
}

function line(colour: string): uPlot.Series {
  return { stroke: colour, width: 1.5, points: { show: false } }
}

function dashed(colour: string): uPlot.Series {
  return { ...line(colour), dash: [4, 3] }
}

/** The canvas knows no custom properties and no light-dark(), so a probe element works them out. */
function colours(element: HTMLElement): (name: string) => string {
  return (name) => {
    const probe = document.createElement('span')
    probe.style.color = `var(--color-${name})`
    element.append(probe)
    const colour = getComputedStyle(probe).color
    probe.remove()
    return colour
  }
}
