import { execFileSync } from 'node:child_process'
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startChild, startWorker } from './lib/child.ts'
import { root } from './lib/gateway-process.ts'
import { writeRandomWeights } from './lib/random-weights.ts'
import { benchOptions, progress, publish, type Measured } from './lib/report.ts'
import { temporaryFolder } from './lib/temporary-folder.ts'
import type { ThreadsJob, ThreadsResult } from './threads-worker.ts'

const HELP = `The threads that the embedded engine chooses beside the best of one and two threads, each measured: with both cores,
with a quota of one processor, bound to one core, and beside a neighbour that keeps one core busy. With a starter and with
a model of noise that is large enough to gain from a second thread.

  node bench/threads.ts [--quick] [--json] [--gate]`

const options = benchOptions(HELP)
const rounds = options.quick ? 3 : 9
/** Within a fifth of the best. */
const BAR = 1.2

/** Version 1 of control groups, where whoever may write there can make one. */
const CPU_GROUPS = '/sys/fs/cgroup/cpu'

using folder = temporaryFolder('threads')
const noise = join(folder.path, 'noise.gguf')
progress('writing a model of noise')
await writeRandomWeights(noise, 1024)
const models = [
  ['starter-l', join(root, 'models/starter/starter-l-q8_0.gguf')],
  ['noise, 103 MiB', noise],
] as const

/** Where the engine runs; `confine` gets the process that will start it. */
type Situation = {
  readonly name: string
  readonly confine?: (pid: number, resources: DisposableStack) => void
  readonly neighbour?: true
}

const notes: string[] = []
const situations: readonly Situation[] = [
  { name: 'both cores' },
  ...(canMakeGroups() ? [{ name: 'a quota of one processor', confine: giveQuota }] : []),
  { name: 'bound to one core', confine: bindToOneCore },
  { name: 'beside a busy neighbour', neighbour: true },
]

const rows: Measured[] = []
for (const situation of situations) {
  for (const [name, weights] of models) {
    progress(`${situation.name}: ${name}`)
    rows.push(rowOf(`${situation.name}: ${name}`, await measure(situation, { weights, rounds })))
  }
}
publish(
  {
    bench: 'threads',
    rows,
    notes: [
      ...notes,
      `${rounds} rounds in turns, medians. No time: given up, ten times slower than the best.`,
    ],
  },
  options,
)

async function measure({ confine, neighbour }: Situation, job: ThreadsJob): Promise<ThreadsResult> {
  using resources = new DisposableStack()
  await using worker = await startWorker<ThreadsJob, ThreadsResult>('threads-worker.ts')
  confine?.(worker.pid, resources)
  await using busy =
    neighbour === true ? await startChild(process.execPath, ['--eval', 'for (;;) Math.random()']) : undefined
  void busy
  return await worker.run(job)
}

function rowOf(what: string, { chosen, chosenMs, oneMs, twoMs }: ThreadsResult): Measured {
  // What was chosen is one of the two, so its own measurement says the same as that one's, but for the weather.
  const best = least(oneMs, twoMs)
  const same = chosen === 1 ? oneMs : twoMs
  const beside = {
    threads: chosen,
    ...(chosenMs !== null && { 'ms chosen': chosenMs }),
    ...(oneMs !== null && { 'ms with 1': oneMs }),
    ...(twoMs !== null && { 'ms with 2': twoMs }),
  }
  return { what, unit: 'x best', measured: least(chosenMs, same) / best, bar: BAR, beside }
}

/** Of what was measured; what was given up is longer than anything. */
function least(...times: readonly (number | null)[]): number {
  return Math.min(...times.map((ms) => ms ?? Number.POSITIVE_INFINITY))
}

function bindToOneCore(pid: number): void {
  execFileSync('taskset', ['-pc', '0', String(pid)], { stdio: 'ignore' })
}

function canMakeGroups(): boolean {
  const probe = join(CPU_GROUPS, `musivum-bench-${process.pid}`)
  try {
    mkdirSync(probe)
    rmdirSync(probe)
    return true
  } catch {
    notes.push('No control group can be made here: the quota is left out.')
    return false
  }
}

function giveQuota(pid: number, resources: DisposableStack): void {
  const group = join(CPU_GROUPS, `musivum-bench-${pid}`)
  mkdirSync(group)
  // Disposed when the worker and what it started have ended: a group with processes cannot be removed.
  resources.defer(() => rmdirSync(group))
  writeFileSync(join(group, 'cpu.cfs_quota_us'), '100000')
  writeFileSync(join(group, 'cgroup.procs'), String(pid))
}
