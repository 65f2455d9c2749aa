import { readThreadFacts, usableThreads, type ThreadFacts } from '../../engines/llama/threads.ts'
import { ok, type Finding } from './finding.ts'

/** How many threads a model is given here, and which of the limits decided that. */
export function checkThreads(facts: ThreadFacts = readThreadFacts()): Finding {
  const threads = usableThreads(facts)
  const says = `${counted(threads, 'thread')} for a model: ${reason(facts, threads)}`
  return ok('threads', `${says}; each model measures at its start whether fewer are faster`, {
    threads,
    allowed: facts.allowed?.length ?? null,
    quota: facts.quota ?? null,
    cores: facts.cores ?? null,
    logical: facts.logical,
  })
}

/** The limits in the order in which they surprise people. */
function reason({ quota, allowed, cores, logical }: ThreadFacts, threads: number): string {
  if (quota !== undefined && Math.max(1, Math.floor(quota)) === threads && quota < (cores ?? logical))
    return `the control group grants ${quota.toFixed(1)} processors of time`
  if (cores === threads && cores < (allowed?.length ?? logical))
    return `${counted(cores, 'physical core')} behind ${counted(allowed?.length ?? logical, 'processor')}`
  if (allowed !== undefined && allowed.length === threads && threads < logical)
    return `this process may use ${allowed.length} of ${counted(logical, 'processor')}`
  return cores === undefined ? counted(logical, 'processor') : counted(cores, 'physical core')
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
