import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { useDark } from '../shell/theme.ts'

/** What a chart is drawn with; `colour` gives a colour of the theme by its name, as it is now. */
export type Brush = {
  readonly element: HTMLElement
  readonly colour: (name: string) => string
  readonly axis: uPlot.Axis
  readonly grid: uPlot.Axis.Grid
}

export type PlotOptions = Omit<uPlot.Options, 'width' | 'height'>

type PlotProps = {
  /** Kept by the caller as long as the chart is the same one: a new function draws it anew. */
  readonly options: (brush: Brush) => PlotOptions
  readonly data: uPlot.AlignedData
  readonly label: string
  readonly heightPx: number
}

/** Time runs from left to right in every language, as in the logs beside it; a table near it says the same in text. */
export function Plot({ options, data, label, heightPx }: PlotProps) {
  const frame = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(null)
  const dark = useDark()

  useEffect(() => {
    const element = frame.current
    if (element === null) return
    const size = () => ({ width: element.clientWidth, height: heightPx })
    const wanted = options(brushFor(element))
    const made = new uPlot({ ...wanted, ...size() }, [[], ...wanted.series.slice(1).map(() => [])], element)
    plot.current = made
    const observer = new ResizeObserver(() => made.setSize(size()))
    observer.observe(element)
    return () => {
      observer.disconnect()
      plot.current = null
      made.destroy()
    }
  }, [dark, options, heightPx])

  useEffect(() => {
    plot.current?.setData(data)
  }, [data, dark, options, heightPx])

  return (
    <div
      ref={frame}
      dir="ltr"
      role="img"
      aria-label={label}
      className="w-full overflow-hidden"
      style={{ height: heightPx }}
    />
  )
}

/** Bars that stand on the start of their unit of time. */
export function bars(colour: string): uPlot.Series {
  const paths = uPlot.paths.bars?.({ size: [0.7, 24], align: 1 })
  return {
    stroke: colour,
    fill: colour,
    width: 0,
    points: { show: false },
    ...(paths !== undefined && { paths }),
  }
}

/** A chart of nothing would have an axis from 0 to 0; one with a flat top would touch the frame. */
export function roundTop(high: number | null): number {
  return high === null || high <= 0 ? 1 : high * 1.08
}

function brushFor(element: HTMLElement): Brush {
  const colour = colours(element)
  const font = `11px ${getComputedStyle(element).fontFamily}`
  return {
    element,
    colour,
    axis: { stroke: colour('faint'), font, ticks: { show: false } },
    grid: { stroke: colour('line'), width: 1 },
  }
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
