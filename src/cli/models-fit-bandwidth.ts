import { once } from 'node:events'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { readThreadFacts, usableThreads } from '../engines/llama/threads.ts'

/**
 * Bytes per second that this machine moves between memory and as many cores as a model would get, measured by copying for
 * a third of a second: each byte is read and written. Other work on the machine makes it less.
 *
 * @param workingBytes what is read again and again: a small model lies in the caches, which are many times faster
 */
export async function measureBandwidth(workingBytes: number, signal: AbortSignal): Promise<number> {
  const count = Math.min(MAX_THREADS, usableThreads(readThreadFacts()))
  const order: CopyOrder = { kind: 'copy-memory', bufferBytes: bufferBytes(workingBytes / count) }
  const threads = Array.from(
    { length: count },
    () => new Worker(new URL(import.meta.url), { workerData: order }),
  )
  try {
    await Promise.all(threads.map((thread) => next(thread, signal)))
    const speeds = threads.map((thread) => next(thread, signal))
    for (const thread of threads) thread.postMessage('go')
    return (await Promise.all(speeds)).reduce((sum, speed) => sum + speed, 0)
  } finally {
    await Promise.all(threads.map((thread) => thread.terminate()))
  }
}

/** 0 when it is ready, then its bytes per second. */
async function next(thread: Worker, signal: AbortSignal): Promise<number> {
  const [message] = (await once(thread, 'message', { signal })) as readonly unknown[]
  return Number(message)
}

type CopyOrder = { readonly kind: 'copy-memory'; readonly bufferBytes: number }

/** Two buffers are the working set. */
function bufferBytes(workingBytes: number): number {
  return Math.ceil(Math.min(MOST_BUFFER_BYTES, Math.max(LEAST_BUFFER_BYTES, workingBytes / 2)))
}

// More do not copy faster on any memory we know, and each holds up to 128 MiB.
const MAX_THREADS = 8
/** Larger than what a core has of its caches. */
const MOST_BUFFER_BYTES = 64 * 1024 * 1024
/** Smaller copies would measure the calls. */
const LEAST_BUFFER_BYTES = 256 * 1024
const COPY_MS = 330

/** Copies until the time is over, once a first copy has made the pages real. */
function copyWhenTold(port: NonNullable<typeof parentPort>, { bufferBytes: size }: CopyOrder): void {
  const [from, to] = [new Uint8Array(size).fill(1), new Uint8Array(size)]
  to.set(from)
  port.once('message', () => {
    const began = performance.now()
    let [copied, took] = [0, 0]
    while (took < COPY_MS) {
      to.set(from)
      copied += size
      took = performance.now() - began
    }
    port.postMessage((2 * copied * 1000) / took)
  })
  port.postMessage(0)
}

/** This file is also the thread that it starts; imported by any other thread it does nothing. */
function isOrder(data: unknown): data is CopyOrder {
  return typeof data === 'object' && data !== null && 'kind' in data && data.kind === 'copy-memory'
}

if (!isMainThread && parentPort !== null && isOrder(workerData)) copyWhenTold(parentPort, workerData)
