import { groupFolders, readOrNothing, type ReadText } from '../../engines/llama/control-groups.ts'
import { freeMemory } from '../../engines/llama/free-memory.ts'
import { readThreadFacts } from '../../engines/llama/threads.ts'
import { bytes } from '../quantities.ts'
import { ok, warn, type Finding } from './finding.ts'

/** What the control groups of this process, those of a container or a service, take from what the machine has. */
export function checkLimits(read: ReadText = readOrNothing): Finding {
  const { quota } = readThreadFacts(read)
  const memory = memoryLimit(read)
  const says = [
    ...(quota === undefined ? [] : [`${quota.toFixed(1)} processors of time`]),
    ...(memory === undefined
      ? []
      : [`${bytes(memory)} of memory, of which ${bytes(freeMemory(read))} can be had`]),
  ]
  const facts = { cpu_quota: quota ?? null, memory_limit_bytes: memory ?? null }
  if (says.length === 0) return ok('limits', 'none: no control group holds this process back', facts)
  if (quota !== undefined && quota < 1) {
    const next = 'a model then computes only part of the time; give the container at least one processor'
    return warn('limits', says.join(', '), next, facts)
  }
  return ok('limits', says.join(', '), facts)
}

/** The smallest on the way from our control group up to the root; version 1 writes "none" as a number near 2⁶³. */
function memoryLimit(read: ReadText): number | undefined {
  const limits = groupFolders('memory', read).flatMap(({ version, folder }) => {
    const text = read(`${folder}/${version === 2 ? 'memory.max' : 'memory.limit_in_bytes'}`)?.trim() ?? ''
    return /^\d+$/.test(text) && Number(text) < 2 ** 60 ? [Number(text)] : []
  })
  return limits.length === 0 ? undefined : Math.min(...limits)
}
