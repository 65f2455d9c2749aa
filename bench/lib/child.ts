import { fork, spawn, type ChildProcess, type SpawnOptions } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A process of ours: it ends with us, whichever way we end. */
export type Child = AsyncDisposable & {
  readonly pid: number
  readonly process: ChildProcess
  readonly stop: () => Promise<void>
}

/** With `detached` the child leads a group of its own, and stopping it stops all that it started. */
export async function startChild(
  command: string,
  args: readonly string[],
  options: SpawnOptions = {},
): Promise<Child> {
  const child = spawn(command, args, options)
  await once(child, 'spawn')
  return owned(child, options.detached === true)
}

/** A helper script beside the benchmarks, in a process of its own: it gets jobs and answers each with one result. */
export type Worker<Job, Result> = AsyncDisposable & {
  readonly pid: number
  readonly run: (job: Job) => Promise<Result>
}

export async function startWorker<Job extends object, Result>(script: string): Promise<Worker<Job, Result>> {
  const child = fork(fileURLToPath(new URL(`../${script}`, import.meta.url)), { execArgv: [] })
  await once(child, 'spawn')
  const { pid, stop } = owned(child, false)
  return {
    pid,
    async run(job) {
      const settled = new AbortController()
      const answered = once(child, 'message', settled)
      const ended = once(child, 'exit', settled).then(() => {
        throw new Error(`${script} ended before it answered`)
      })
      child.send(job)
      try {
        const [reply] = (await Promise.race([answered, ended])) as [WorkerReply<Result>]
        if (reply.kind === 'failed') throw new Error(`${script}: ${reply.reason}`)
        return reply.result
      } finally {
        ended.catch(() => 'the wait was called off')
        settled.abort()
      }
    },
    [Symbol.asyncDispose]: stop,
  }
}

type WorkerReply<Result> =
  { readonly kind: 'done'; readonly result: Result } | { readonly kind: 'failed'; readonly reason: string }

/** The other side of `startWorker`, called once in the helper script. */
export function answerJobs<Job, Result>(work: (job: Job) => Promise<Result>): void {
  process.on('message', (job: Job) => {
    work(job).then(
      (result) => reply({ kind: 'done', result }),
      (error: unknown) =>
        reply({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) }),
    )
  })
  // Whoever started this is gone: nobody reads the results any more.
  process.on('disconnect', () => process.exit(0))
}

function reply<Result>(message: WorkerReply<Result>): void {
  process.send?.(message)
}

const ends = new Set<() => void>()
process.on('exit', () => {
  for (const end of ends) end()
})
process.on('SIGINT', () => process.exit(130))
process.on('SIGTERM', () => process.exit(143))

function owned(child: ChildProcess, leadsGroup: boolean): Child {
  const { pid } = child
  if (pid === undefined) throw new Error('a process did not start')
  const signal = (name: NodeJS.Signals): void => {
    if (child.exitCode !== null || child.signalCode !== null) return
    process.kill(leadsGroup ? -pid : pid, name)
  }
  const end = (): void => signal('SIGTERM')
  ends.add(end)
  const exited = once(child, 'exit').finally(() => ends.delete(end))
  const stop = async (): Promise<void> => {
    signal('SIGTERM')
    const killer = setTimeout(signal, STOP_GRACE_MS, 'SIGKILL')
    await exited
    clearTimeout(killer)
  }
  return { pid, process: child, stop, [Symbol.asyncDispose]: stop }
}

// The gateway lets running requests finish for ten seconds; one that takes longer is stuck.
const STOP_GRACE_MS = 15_000
