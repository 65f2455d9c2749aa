import { Trans } from '@lingui/react/macro'
import { useCallback, useMemo, useState } from 'react'
import type uPlot from 'uplot'
import type { SpendUnit } from '../api/spend.ts'
import { utcText } from '../format/moment.ts'
import { moneyText } from '../format/money.ts'
import { useFormat } from '../i18n/use-format.ts'
import { bars, Plot, roundTop, type Brush, type PlotOptions } from '../parts/plot.tsx'
import type { Stack } from './spend-groups.ts'
import { UNIT_MS } from './spend-range.ts'
import { tileOf } from './tiles.ts'

type SpendChartProps = {
  readonly stack: Stack
  readonly unit: SpendUnit
  /** Whether the last group is the sum of the others. */
  readonly others: boolean
  readonly label: string
}

const HEIGHT_PX = 300

/** Bars of tesserae, the dearest group at the foot. The list beside it names them, the table below it has the numbers. */
export function SpendChart({ stack, unit, others, label }: SpendChartProps) {
  const [at, setAt] = useState<number | null>(null)
  const { locale } = useFormat()
  const groups = stack.values.length
  const options = useCallback(
    (brush: Brush) => optionsOf(brush, { groups, others, unit, locale }, setAt),
    [groups, others, unit, locale],
  )
  const data = useMemo(() => dataOf(stack), [stack])
  return (
    <>
      <Under stack={stack} unit={unit} at={at} />
      <Plot options={options} data={data} label={label} heightPx={HEIGHT_PX} />
    </>
  )
}

/** What the bar under the pointer is worth. */
function Under({
  stack,
  unit,
  at,
}: Pick<SpendChartProps, 'stack' | 'unit'> & { readonly at: number | null }) {
  const { utc, money } = useFormat()
  const startMs = at === null ? undefined : stack.startsMs[at]
  return (
    <p className="flex min-h-5 items-center justify-end gap-3 text-xs text-soft tabular-nums">
      {startMs === undefined || at === null ? (
        <span className="text-faint">
          {unit === 'day' ? <Trans>per day, UTC</Trans> : <Trans>per hour, UTC</Trans>}
        </span>
      ) : (
        <>
          <span className="text-faint">{utc(startMs, unit)}</span>
          <bdi className="font-semibold text-ink">
            {money(stack.values.reduce((total, row) => total + (row[at] ?? 0), 0))}
          </bdi>
        </>
      )}
    </p>
  )
}

/** uPlot knows no stacks: each series is the sum of its group and those below it, and the tallest is drawn first. */
function dataOf({ startsMs, values }: Stack): uPlot.AlignedData {
  const heights = startsMs.map(() => 0)
  const cumulated = values.map((row) =>
    row.map((value, index) => {
      heights[index] = (heights[index] ?? 0) + value
      return heights[index] === 0 ? null : heights[index]
    }),
  )
  return [startsMs.map((startMs) => startMs / 1000), ...cumulated.reverse()]
}

type Drawn = {
  readonly groups: number
  readonly others: boolean
  readonly unit: SpendUnit
  readonly locale: string
}

function optionsOf(
  { colour, axis, grid }: Brush,
  { groups, others, unit, locale }: Drawn,
  onHover: (index: number | null) => void,
): PlotOptions {
  const tiles = Array.from({ length: groups }, (_, index) => tileOf(index, others && index === groups - 1))
  return {
    padding: [6, 24, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
    scales: {
      x: { time: true, range: (_plot, low, high) => [low, high + UNIT_MS[unit] / 1000] },
      y: { range: (_plot, _low, high) => [0, roundTop(high)] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 24,
        space: 64,
        incrs: TIME_STEPS[unit],
        // The days are those of UTC, and so are the marks between them.
        values: (_plot, ticks) => ticks.map((tick) => utcText(tick * 1000, locale, unit)),
      },
      {
        ...axis,
        grid,
        size: 62,
        space: 30,
        values: (_plot, ticks) => ticks.map((tick) => moneyText(tick, locale)),
      },
    ],
    tzDate: (seconds) => inUtc(seconds),
    series: [{}, ...tiles.map((tile) => bars(colour(tile))).reverse()],
    hooks: { setCursor: [(plot) => onHover(plot.cursor.idx ?? null)] },
  }
}

const HOUR_S = 3_600
const TIME_STEPS = {
  hour: [1, 2, 3, 4, 6, 12].map((hours) => hours * HOUR_S),
  day: [1, 2, 3, 5, 7, 10, 14].map((days) => days * 24 * HOUR_S),
}

/** uPlot counts in local time and can only be told to by a date that lies: the clock of UTC, shown as if it were ours. */
function inUtc(seconds: number): Date {
  const date = new Date(seconds * 1000)
  return new Date(date.getTime() + date.getTimezoneOffset() * 60_000)
}
