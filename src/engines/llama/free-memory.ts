import { groupFolders, readOrNothing, type GroupFolder, type ReadText } from './control-groups.ts'

/**
 * Bytes that can be had without anything being killed or swapped: what the system counts as available, and what every
 * control group above us still allows. Pages of files count as free in both, because they can be read again: whoever
 * maps weights must subtract them.
 */
export function freeMemory(read: ReadText = readOrNothing): number {
  const groups = groupFolders('memory', read).flatMap((group) => freeIn(read, group) ?? [])
  return Math.max(0, Math.min(systemAvailable(read), ...groups))
}

function systemAvailable(read: ReadText): number {
  const kib = field(read('/proc/meminfo') ?? '', /^MemAvailable:\s+(\d+) kB$/m)
  return kib === undefined ? process.availableMemory() : kib * 1024
}

const FILES = {
  1: { limit: 'memory.limit_in_bytes', used: 'memory.usage_in_bytes', prefix: 'total_' },
  2: { limit: 'memory.max', used: 'memory.current', prefix: '' },
} as const

/** Undefined where the group has no limit. */
function freeIn(read: ReadText, { version, folder }: GroupFolder): number | undefined {
  const { limit, used, prefix } = FILES[version]
  const most = wholeNumber(read(`${folder}/${limit}`))
  const current = wholeNumber(read(`${folder}/${used}`))
  if (most === undefined || current === undefined || most >= NO_LIMIT) return undefined
  return most - current + reclaimable(read(`${folder}/memory.stat`) ?? '', prefix)
}

/** Version 1 writes "none" as the largest number of pages, somewhat below 2⁶³. */
const NO_LIMIT = 2 ** 60

/** Pages of files that the group is charged with: given back before anything is killed. */
function reclaimable(stat: string, prefix: string): number {
  return ['active_file', 'inactive_file'].reduce(
    (sum, name) => sum + (field(stat, new RegExp(`^${prefix}${name} (\\d+)$`, 'm')) ?? 0),
    0,
  )
}

function field(text: string, pattern: RegExp): number | undefined {
  return wholeNumber(pattern.exec(text)?.[1])
}

/** `max` is no number. */
function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text.trim()) ? Number(text) : undefined
}
