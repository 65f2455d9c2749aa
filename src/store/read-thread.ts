import type { Worker } from 'node:worker_threads'
import { MusivumError } from '../core/errors.ts'
import type { FromReader, Question, ReaderStart, ToReader } from './messages.ts'
import { sayThreadError, startThread, threadFile } from './store-thread.ts'

export type ReadThread<Asked = Question> = {
  /** The answer as JSON text. Rejects with `store.unavailable`. */
  ask(question: Asked): Promise<string>
  close(): Promise<void>
}

// Each answer is at most some megabytes and takes milliseconds; more at once is a console gone wild.
const MAX_WAITING = 64
// A thread costs about 15 MB, which a gateway that nobody looks at should not pay.
const IDLE_MS = 30_000

/** Asks a thread of its own, so that a slow question delays neither an answer of a model nor the writing of the log. It is started by the first question. */
export function readThread<Asked = Question>(
  start: ReaderStart,
  { idleMs = IDLE_MS, what = 'the request log', code = threadFile('reader') }: ReadThreadOptions = {},
): ReadThread<Asked> {
  let running: ReadThread<Asked> | undefined
  let closed = false
  const unreadable = (problem: string) =>
    new MusivumError('store.unavailable', `${what} cannot be read: ${problem}`)
  return {
    ask(question) {
      if (closed) return Promise.reject(unreadable('it is closed'))
      running ??= begin()
      return running.ask(question)
    },
    async close() {
      closed = true
      await running?.close()
    },
  }

  function begin(): ReadThread<Asked> {
    const begun: ReadThread<Asked> = run(startThread(code, start), idleMs, unreadable, () => {
      // An idle thread ends while its successor may be at work already.
      if (running === begun) running = undefined
    })
    return begun
  }
}

export type ReadThreadOptions = {
  readonly idleMs?: number
  /** What it reads, in the message of a failure. */
  readonly what?: string
  readonly code?: URL
}

/** `onEnd` is called as soon as this thread must not be asked again. */
function run<Asked>(
  thread: Worker,
  idleMs: number,
  unreadable: (problem: string) => MusivumError,
  onEnd: () => void,
): ReadThread<Asked> {
  const waiting = new Map<number, PromiseWithResolvers<string>>()
  const ended = Promise.withResolvers<void>()
  let lastNumber = 0
  let crash = 'its thread stopped'
  const tell = (message: ToReader<Asked>): void => thread.postMessage(message)
  const close = (): Promise<void> => {
    onEnd()
    tell({ kind: 'close' })
    return ended.promise
  }
  const idle = setTimeout(() => void close(), idleMs).unref()

  thread.on('message', (message: FromReader) => {
    const asked = waiting.get(message.number)
    waiting.delete(message.number)
    if (message.kind === 'answer') asked?.resolve(message.json)
    else asked?.reject(unreadable(message.problem))
  })
  thread.on('error', (error) => {
    crash = sayThreadError(error)
  })
  thread.on('exit', () => {
    clearTimeout(idle)
    onEnd()
    for (const asked of waiting.values()) asked.reject(unreadable(crash))
    ended.resolve()
  })

  return {
    ask(question) {
      if (waiting.size >= MAX_WAITING)
        return Promise.reject(unreadable(`${MAX_WAITING} questions wait already`))
      const asked = Promise.withResolvers<string>()
      lastNumber += 1
      waiting.set(lastNumber, asked)
      idle.refresh()
      tell({ kind: 'ask', number: lastNumber, question })
      return asked.promise
    },
    close,
  }
}
