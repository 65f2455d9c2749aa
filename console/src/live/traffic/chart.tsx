import { useCallback, useMemo, useState } from 'react'
import type uPlot from 'uplot'
import type { RollupUnit } from '../../api/admin.ts'
import { durationText } from '../../format/duration.ts'
import { clockText } from '../../format/moment.ts'
import { countText } from '../../format/number.ts'
import { useFormat } from '../../i18n/use-format.ts'
import { bars, Plot, roundTop, type Brush, type PlotOptions } from '../../parts/plot.tsx'
import { ChartLegend } from './chart-legend.tsx'
import { UNIT_MS, type ChartKind, type Point } from './series.ts'

type ChartProps = {
  readonly points: readonly Point[]
  readonly unit: RollupUnit
  readonly kind: ChartKind
  readonly label: string
}

const HEIGHT_PX = 120

export function Chart({ points, unit, kind, label }: ChartProps) {
  const [at, setAt] = useState<number | null>(null)
  const { locale } = useFormat()
  const options = useCallback(
    (brush: Brush) => optionsOf(brush, kind, unit, locale, setAt),
    [kind, unit, locale],
  )
  const data = useMemo(() => dataOf(points, kind), [points, kind])
  return (
    <>
      <ChartLegend kind={kind} unit={unit} point={at === null ? undefined : points[at]} />
      <Plot options={options} data={data} label={label} heightPx={HEIGHT_PX} />
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
  { colour, axis, grid }: Brush,
  kind: ChartKind,
  unit: RollupUnit,
  locale: string,
  onHover: (index: number | null) => void,
): PlotOptions {
  return {
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

// There are no half requests.
const WHOLE_STEPS = [1, 2, 5]
  .flatMap((step) => [0, 1, 2, 3, 4, 5, 6, 7].map((power) => step * 10 ** power))
  .sort((a, b) => a - b)

function timeAxis(tick: number, locale: string): string {
  return tick === 0 ? countText(0, locale) : durationText(tick, locale)
}

function line(colour: string): uPlot.Series {
  return { stroke: colour, width: 1.5, points: { show: false } }
}

function dashed(colour: string): uPlot.Series {
  return { ...line(colour), dash: [4, 3] }
}
