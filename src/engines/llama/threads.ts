import { availableParallelism } from 'node:os'
import { groupFolders, readOrNothing, type GroupFolder, type ReadText } from './control-groups.ts'

/** What this machine lets us use; undefined where the system does not say. */
export type ThreadFacts = {
  /** Processors this process may run on. */
  readonly allowed: readonly number[] | undefined
  /** Processors' worth of time the control group grants, such as 1.5. */
  readonly quota: number | undefined
  /** Physical cores among the allowed processors. */
  readonly cores: number | undefined
  /** What the runtime reports, the last resort. */
  readonly logical: number
}

/**
 * Threads worth computing with: never more than processors allowed, time granted, or physical cores. One thread too
 * many makes every token wait for a thread that is not running: measured, 214 s instead of 0.25 s for 100 tokens.
 */
export function usableThreads(facts: ThreadFacts): number {
  const allowed = facts.allowed?.length ?? facts.logical
  return Math.max(1, Math.floor(Math.min(allowed, facts.quota ?? Infinity, facts.cores ?? Infinity)))
}

export function readThreadFacts(read: ReadText = readOrNothing): ThreadFacts {
  const allowed = parseAllowedProcessors(read('/proc/self/status') ?? '')
  return {
    allowed,
    quota: groupQuota(read),
    cores: parsePhysicalCores(read('/proc/cpuinfo') ?? '', allowed),
    logical: availableParallelism(),
  }
}

/** `Cpus_allowed_list: 0-3,8` of /proc/self/status as [0, 1, 2, 3, 8]. */
export function parseAllowedProcessors(status: string): readonly number[] | undefined {
  const list = /^Cpus_allowed_list:\s*([\d,-]+)$/m.exec(status)?.[1]
  return list?.split(',').flatMap(processorRange)
}

// More processors than any machine has: a range is expanded, so a broken one must not fill the memory.
const MAX_PROCESSORS = 8192

function processorRange(range: string): number[] {
  const [first = 0, last = first] = range.split('-').map(Number)
  const length = Math.min(MAX_PROCESSORS, Math.max(0, last - first + 1))
  return Array.from({ length }, (_, index) => first + index)
}

/** Distinct (package, core) pairs in /proc/cpuinfo; hyper-threads of one core count once. */
export function parsePhysicalCores(
  cpuinfo: string,
  allowed: readonly number[] | undefined,
): number | undefined {
  const cores = new Set<string>()
  for (const block of cpuinfo.split(/\n\s*\n/)) {
    const processor = field(block, 'processor')
    const core = field(block, 'core id')
    if (processor === undefined || core === undefined) continue
    if (allowed !== undefined && !allowed.includes(Number(processor))) continue
    cores.add(`${field(block, 'physical id') ?? ''}/${core}`)
  }
  return cores.size > 0 ? cores.size : undefined
}

function field(block: string, name: string): string | undefined {
  return new RegExp(`^${name}\\s*:\\s*(\\d+)`, 'm').exec(block)?.[1]
}

/** The smallest quota on the way from our control group up to the root. */
function groupQuota(read: ReadText): number | undefined {
  const quotas = groupFolders('cpu', read).flatMap((group) => quotaAt(read, group) ?? [])
  return quotas.length > 0 ? Math.min(...quotas) : undefined
}

function quotaAt(read: ReadText, { version, folder }: GroupFolder): number | undefined {
  if (version === 2) return parseCpuMax(read(`${folder}/cpu.max`) ?? '')
  return parseQuota(read(`${folder}/cpu.cfs_quota_us`) ?? '', read(`${folder}/cpu.cfs_period_us`) ?? '')
}

/** `150000 100000` is 1.5 processors; `max 100000` is no limit. */
export function parseCpuMax(text: string): number | undefined {
  const [quota = '', period = ''] = text.trim().split(/\s+/)
  return parseQuota(quota, period)
}

function parseQuota(quota: string, period: string): number | undefined {
  const processors = Number.parseInt(quota, 10) / Number.parseInt(period, 10)
  return Number.isFinite(processors) && processors > 0 ? processors : undefined
}
