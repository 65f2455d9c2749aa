import { expect, test } from 'vitest'
import { startChild } from './child.ts'
import { cpuMicroseconds, residentBytes, withChildren } from './process-cost.ts'

const BUSY = 'for (;;);'
const IDLE = 'setInterval(() => {}, 1000)'

test('a busy process costs time and an idle one hardly any', async () => {
  await using busy = await startChild(process.execPath, ['-e', BUSY])
  await using idle = await startChild(process.execPath, ['-e', IDLE])
  // Both have started and done the same; what comes after is what differs.
  await expect.poll(() => cpuMicroseconds([busy.pid]), { timeout: 20_000 }).toBeGreaterThan(500_000)
  expect(cpuMicroseconds([idle.pid])).toBeLessThan(cpuMicroseconds([busy.pid]))
  expect(residentBytes(idle.pid)).toBeGreaterThan(10 * 1024 * 1024)
})

test('a process is counted with everything it started', async () => {
  const shell = await startChild('sh', ['-c', '"$0" -e "$1" & wait', process.execPath, IDLE], {
    detached: true,
  })
  await expect.poll(() => withChildren(shell.pid).length).toBe(2)
  const [, child] = withChildren(shell.pid)
  await shell.stop()
  // Stopping the one that leads the group has stopped what it started.
  await expect.poll(() => isRunning(child ?? 0)).toBe(false)
})

/** An ended process whose parent is gone may stay in the table for a while; it holds no memory any more. */
function isRunning(pid: number): boolean {
  try {
    return residentBytes(pid) > 0
  } catch {
    // Neither memory nor an entry: it has ended, which is what is waited for.
    return false
  }
}
