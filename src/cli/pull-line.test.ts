import { expect, test } from 'vitest'
import { pullLine } from './pull-line.ts'

const MIB = 2 ** 20

test.each([
  [{ bytes: 0, total: 100 * MIB, perSecond: 0 }, 'm.gguf [------------] 0 B of 100.0 MiB'],
  [
    { bytes: 25 * MIB, total: 100 * MIB, perSecond: 5 * MIB },
    'm.gguf [###---------] 25.0 MiB of 100.0 MiB, 5.0 MiB/s, 15 s left',
  ],
  [
    { bytes: 1024 * MIB, total: 40 * 1024 * MIB, perSecond: 4 * MIB },
    'm.gguf [------------] 1.0 GiB of 40.0 GiB, 4.0 MiB/s, 2 h 46 min left',
  ],
  [{ bytes: 3 * MIB, total: null, perSecond: MIB }, 'm.gguf 3.0 MiB, 1.0 MiB/s'],
  [{ bytes: 5, total: 4, perSecond: 1 }, 'm.gguf [############] 5 B of 4 B, 1 B/s, 0 s left'],
])('progress says how far, how fast and how long: %#', (progress, line) => {
  expect(pullLine('folder/m.gguf', progress)).toBe(line)
})
