import type { DownloadProgress } from '../remote-types.ts'

export type SpeedMeter = { readonly add: (count: number) => void; readonly end: () => void }

/** Ten a second are more than a terminal shows. */
const TELL_MS = 100
/** What came in the last seconds counts; a line that has just become slow shows it. */
const MEMORY_MS = 3_000

/** Counts bytes as they come and tells how fast, at most ten times a second and once at the end. */
export function speedMeter(
  total: number | null,
  resumed: number,
  onProgress: ((progress: DownloadProgress) => void) | undefined,
  nowMs: () => number = () => performance.now(),
): SpeedMeter {
  let [bytes, fresh, perSecond] = [resumed, 0, 0]
  let toldMs = nowMs()
  const tell = (elapsedMs: number): void => {
    const latest = elapsedMs > 0 ? (fresh * 1_000) / elapsedMs : perSecond
    const share = perSecond === 0 ? 1 : 1 - Math.exp(-elapsedMs / MEMORY_MS)
    perSecond += (latest - perSecond) * share
    toldMs += elapsedMs
    fresh = 0
    onProgress?.({ bytes, total, perSecond })
  }
  return {
    add(count) {
      bytes += count
      fresh += count
      const elapsedMs = nowMs() - toldMs
      if (elapsedMs >= TELL_MS) tell(elapsedMs)
    },
    end: () => tell(nowMs() - toldMs),
  }
}
