import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { MusivumError, toMusivumError } from '../../core/errors.ts'
import { harmlessEnvironment } from './harmless-environment.ts'
import { occupancy } from './occupancy.ts'
import { crashed, endOf } from './process-end.ts'
import type {
  AnswerOrder,
  CountOrder,
  EmbedOrder,
  LoadOrder,
  Order,
  ReadyReport,
  Report,
  RerankOrder,
  TokeniseOrder,
} from './protocol.ts'
import { stderrTail } from './stderr-tail.ts'
import type { WeightsProcess } from './weights-process.ts'

/** The parent's hold on the process of one model. */
export type ModelProcess = WeightsProcess & {
  /** Sends an order; `hear` gets its reports, the last of which is `done`, `vectors`, `ranked`, `counted`, `tokens` or `failed`. */
  readonly ask: (order: Question, hear: (report: Answering) => void) => Asked
}

export type Question =
  | Omit<AnswerOrder, 'id'>
  | Omit<EmbedOrder, 'id'>
  | Omit<RerankOrder, 'id'>
  | Omit<CountOrder, 'id'>
  | Omit<TokeniseOrder, 'id'>
export type Answering = Exclude<Report, { readonly kind: 'ready' | 'refused' }>
export type Asked = { readonly cancel: () => void }

/**
 * Starts a process and loads the model in it.
 *
 * @param signal ends a start that nobody wants any more; later it has no effect
 * @param onCrash called once with one line when the process ends without being told to, also while loading
 * @throws MusivumError what the process said about the weights, or `engine.crashed`
 */
export function startModelProcess(
  order: LoadOrder,
  signal: AbortSignal,
  onCrash: (why: string) => void,
): Promise<ModelProcess> {
  signal.throwIfAborted()
  const child = fork(childFile(), [], {
    // Our own flags (a debugger, a test runner's hooks) are not meant for it.
    execArgv: [],
    env: harmlessEnvironment(),
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // Ctrl-C in a terminal goes to its whole process group. In a group of its own the model finishes what is running,
    // as the gateway lets it; when the gateway is gone, the closed channel ends it. On Windows this would open a window.
    detached: process.platform !== 'win32',
  })
  return supervise(child, order, signal, onCrash)
}

/** Runs from source (`.ts`) and from the published package (`.js`). */
function childFile(): string {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
  return fileURLToPath(new URL(`./child${extension}`, import.meta.url))
}

function supervise(
  child: ChildProcess,
  order: LoadOrder,
  signal: AbortSignal,
  onCrash: (why: string) => void,
): Promise<ModelProcess> {
  const listeners = new Map<number, (report: Answering) => void>()
  const complaints = stderrTail(child.stderr)
  let nextId = 1
  let stopped: MusivumError | undefined
  const { promise: gone, resolve: isGone } = Promise.withResolvers<void>()
  let residentBytes = 0

  function dispatch(report: Answering): void {
    const hear = listeners.get(report.id)
    if (report.kind !== 'delta') listeners.delete(report.id)
    if (report.kind === 'done') residentBytes = report.residentBytes
    hear?.(report)
  }

  function failAll(error: MusivumError): void {
    const failure = { code: error.code, message: error.message, facts: error.facts }
    for (const id of listeners.keys()) dispatch({ kind: 'failed', id, failure })
  }

  function send(message: Order): void {
    // Refused only when the process has just ended, and then its end fails every order that is open.
    if (child.connected) child.send(message, () => undefined)
  }

  async function stop(why: MusivumError): Promise<void> {
    stopped ??= why
    // It holds nothing worth saving, and a polite request would wait for a batch to end.
    child.kill('SIGKILL')
    await gone
  }

  function ask(question: Question, hear: (report: Answering) => void): Asked {
    const id = nextId++
    listeners.set(id, hear)
    if (stopped !== undefined || !child.connected)
      queueMicrotask(() => failAll(stopped ?? crashed('process', 'it has ended')))
    else send({ ...question, id })
    return { cancel: () => send({ kind: 'cancel', id }) }
  }

  return new Promise((resolve, reject) => {
    child.on('message', (reports: readonly Report[]) => {
      for (const report of reports) {
        if (report.kind === 'ready') started(report)
        else if (report.kind === 'refused') refuse(report.failure)
        else dispatch(report)
      }
    })
    child.once('error', (cause) => end(`it could not be started: ${cause.message}`))
    child.once('exit', (code, signal) => end(endOf(code, signal, complaints())))
    signal.addEventListener('abort', abandon, { once: true })
    send(order)

    function started(ready: ReadyReport): void {
      signal.removeEventListener('abort', abandon)
      const { slots, contextTokens, threads } = ready
      residentBytes = ready.residentBytes
      const size = { slots, contextTokens, threads, residentBytes: () => residentBytes }
      resolve({ pid: child.pid, ...size, ...occupancy(), ask, stop, gone })
    }

    function abandon(): void {
      void stop(toMusivumError(signal.reason))
    }

    function refuse({
      code,
      message,
      facts,
    }: {
      code: MusivumError['code']
      message: string
      facts?: MusivumError['facts']
    }) {
      const error = new MusivumError(code, message, facts)
      void stop(error).then(() => reject(error))
    }

    function end(why: string): void {
      isGone()
      const error = stopped ?? crashed('process', why)
      failAll(error)
      if (stopped === undefined) onCrash(why)
      stopped ??= error
      reject(error)
    }
  })
}
