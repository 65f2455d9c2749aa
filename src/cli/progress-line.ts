import { stripVTControlCharacters } from 'node:util'
import { widthOf } from './table.ts'

/** Where a progress line is drawn: standard error, when it is a terminal. */
type Screen = {
  readonly isTTY: boolean
  readonly columns: number
  readonly write: (text: string) => unknown
}

/** One line that is drawn over the one before, and is gone before anything else is written. */
export type ProgressLine = {
  /** '' removes it. Drawn at most ten times a second: what comes sooner is dropped, the next one says more. */
  readonly show: (text: string) => void
  readonly clear: () => void
}

/** Undefined where nobody looks: a file, a pipe, or a terminal that knows no control sequences. */
export function progressLine(
  screen: Screen,
  env: NodeJS.ProcessEnv,
  nowMs: () => number = () => performance.now(),
): ProgressLine | undefined {
  if (!screen.isTTY || env['TERM'] === 'dumb') return undefined
  let shown = false
  let drawnMs = -Infinity
  const clear = (): void => {
    if (shown) screen.write(BACK_AND_ERASE)
    shown = false
  }
  return {
    clear,
    show: (text) => {
      if (text === '') return clear()
      if (nowMs() - drawnMs < REDRAW_MS) return
      drawnMs = nowMs()
      shown = true
      screen.write(BACK_AND_ERASE + fitted(text, screen.columns))
    },
  }
}

const BACK_AND_ERASE = '\r\u001b[2K'
const REDRAW_MS = 100

/** A line that wraps cannot be erased: every redraw would leave its upper half behind. */
function fitted(text: string, columns: number): string {
  const line = stripVTControlCharacters(text).replace(/\p{Cc}+/gu, ' ')
  const room = (columns > 0 ? columns : 80) - 1
  if (widthOf(line) <= room) return line
  let [cut, width] = ['', 0]
  for (const letter of line) {
    width += widthOf(letter)
    if (width > room - 1) break
    cut += letter
  }
  return `${cut}…`
}
