import type { Progress } from '../weights/delivery.ts'
import { bytes } from './quantities.ts'

/** So that name, sizes, speed and time fit into 80 cells for most files. */
const BAR_CELLS = 12

/** `qwen3-8b.gguf [###---------] 1.2 GiB of 4.7 GiB, 84.0 MiB/s, 42 s left` */
export function pullLine(file: string, { bytes: done, total, perSecond }: Progress): string {
  const name = file.split('/').at(-1) ?? file
  const speed = perSecond > 0 ? `, ${bytes(perSecond)}/s` : ''
  if (total === null || total <= 0) return `${name} ${bytes(done)}${speed}`
  const share = Math.min(1, done / total)
  const filled = Math.round(share * BAR_CELLS)
  const bar = '#'.repeat(filled) + '-'.repeat(BAR_CELLS - filled)
  const left = perSecond > 0 ? `, ${duration((total - done) / perSecond)} left` : ''
  return `${name} [${bar}] ${bytes(done)} of ${bytes(total)}${speed}${left}`
}

function duration(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds))
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}
