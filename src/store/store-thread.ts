import { Worker } from 'node:worker_threads'

/** `writer.ts` below this folder when run from source, `writer.js` when built. */
export function threadFile(name: 'writer' | 'reader' | 'ledger/write-thread' | 'ledger/read-thread'): URL {
  const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'))
  return new URL(`./${name}${extension}`, import.meta.url)
}

/**
 * A thread of the store. It gets no arguments and none of the environment, where keys are, but Node's compile cache,
 * without which each thread started from source loads its own TypeScript parser (16 MB).
 */
export function startThread(file: URL, workerData: unknown): Worker {
  const cache = process.env['NODE_COMPILE_CACHE']
  return new Worker(file, {
    workerData,
    argv: [],
    execArgv: [],
    env: cache === undefined ? {} : { NODE_COMPILE_CACHE: cache },
    resourceLimits: THREAD_LIMITS,
  })
}

// A batch of 512 rows of 1 KB, or a page of 200, needs about 2 MB of heap. 64 MB leave room for rows with hundreds of
// candidates, and end a thread that leaks long before the machine notices.
const THREAD_LIMITS = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 4 } as const

/** Why a thread ended, by code: the messages of Node's own errors name files of this machine. */
export function sayThreadError(error: unknown): string {
  if (!(error instanceof Error)) return 'its thread threw something that is no error'
  return `its thread failed with ${'code' in error ? String(error.code) : error.name}`
}
