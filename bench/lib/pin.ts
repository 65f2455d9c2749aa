import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

/** Whether processes can be bound to one core here, with another left for those that measure them. */
export function canPin(): boolean {
  return availableParallelism() > 1 && spawnSync('taskset', ['-V']).error === undefined
}

/** Binds processes, with all threads they have now and later, to one core. */
export function pinTo(core: number, pids: readonly number[]): void {
  for (const pid of pids) {
    const { status, stderr } = spawnSync('taskset', ['-acp', String(core), String(pid)], { encoding: 'utf8' })
    if (status !== 0) throw new Error(`process ${pid} could not be bound to core ${core}: ${stderr.trim()}`)
  }
}
