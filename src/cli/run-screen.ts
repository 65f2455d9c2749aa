import type { Clock } from '../core/ports.ts'
import type { PreparedRun } from '../evaluation/run/prepare-run.ts'
import type { RunProgress } from '../evaluation/run/run-evidence.ts'
import { dollars, progressText } from './run-words.ts'
import type { Terminal } from './terminal.ts'

/** Shows how far a run is: over one line on a terminal, else as a line now and then. */
export type RunScreen = {
  readonly show: (progress: RunProgress) => void
  readonly close: () => void
}

/** Often enough to see that it lives, rarely enough for a log that is kept. */
const LINE_MS = 10_000

export function runScreen(
  { estimate, spending }: PreparedRun,
  terminal: Pick<Terminal, 'note' | 'progress'>,
  clock: Pick<Clock, 'monotonic'>,
): RunScreen {
  const startMs = clock.monotonic()
  const toMake = new Map(estimate.models.map(({ model, calls, cached }) => [model, calls - cached] as const))
  let lineMs = startMs
  const textOf = (progress: RunProgress): string => {
    const elapsedMs = clock.monotonic() - startMs
    const perhaps = spending.perhaps() === 0 ? '' : ` (perhaps ${dollars(spending.perhaps())} more)`
    return progressText(
      progress,
      `${dollars(spending.spent())}${perhaps}`,
      leftMs(progress, toMake, elapsedMs),
    )
  }
  return {
    show(progress) {
      if (terminal.progress !== undefined) return terminal.progress(textOf(progress))
      if (clock.monotonic() - lineMs < LINE_MS) return
      lineMs = clock.monotonic()
      terminal.note(textOf(progress))
    },
    close: () => terminal.progress?.(''),
  }
}

/** Of the model that takes longest, at the speed it had so far; null before it has answered anything. */
function leftMs(
  { tally }: RunProgress,
  toMake: ReadonlyMap<string, number>,
  elapsedMs: number,
): number | null {
  const times = tally.models.map(({ model, asked, failed }) => {
    const made = asked + failed
    const left = (toMake.get(model) ?? 0) - made
    if (left <= 0) return 0
    return made === 0 ? null : (left * elapsedMs) / made
  })
  return times.includes(null) ? null : Math.max(0, ...times.map((time) => time ?? 0))
}
