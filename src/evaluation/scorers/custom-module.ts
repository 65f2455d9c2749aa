import { execFile } from 'node:child_process'
import { hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { z } from 'zod'
import { invalid } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { EMPTY_OUTPUT, isEmpty } from '../../evidence/scorers/empty-output.ts'
import { parseSettings } from '../../evidence/scorers/parse-settings.ts'
import type { Score } from '../../evidence/scorers/scorer.ts'
import { someText, wholeNumberFrom } from '../../evidence/scorers/setting-types.ts'
import type { CustomQuestion, CustomReply, CustomWork } from './custom-worker.ts'
import type { OpenScorer, ScorerContext } from './scorer-context.ts'
import { classOf, placeOf } from './thrown-place.ts'
import { turnstile } from './turnstile.ts'

export const customSettings = z.strictObject({
  /** A path that begins at the task file. */
  module: someText('the path of a JavaScript module'),
  timeout_seconds: wholeNumberFrom(1, 3600).default(10),
  /** Handed to the module as third argument. */
  settings: z.record(z.string(), z.json(), { error: 'a mapping' }).default({}),
})

/**
 * Opens the scorer `custom`: a module of the user's that exports `score(item, output, settings)` and returns, or promises, a
 * number from 0 to 1, `{score, answer}`, or null where the output holds no answer. It runs in a thread of its own, one
 * call at a time, so that one that never ends can be ended and is known by its item. It is the user's own code
 * and not confined. What it prints goes nowhere; what it prints as errors goes to standard error.
 *
 * Rejects with `file:line` when the module does not load or exports no such function. A call that throws, never ends
 * or gives anything else rejects with the place in the module, and never with a word of the output.
 */
export async function openCustomModule(given: JsonObject, context: ScorerContext): Promise<OpenScorer> {
  const { module, timeout_seconds, settings } = parseSettings('custom', customSettings, given)
  const path = resolve(context.taskFolder, module)
  const source = await readModule(path, module)
  await checkSyntax(path, context.cwd)
  const thread = new CustomThread(
    { module: pathToFileURL(path).href, settings },
    timeout_seconds * 1000,
    (at) => showPlace(at, path, context.cwd),
  )
  await thread.start()
  const inTurn = turnstile(1)
  return {
    scorer: {
      name: 'custom',
      // Modules that this one imports are not in the hash: nobody can know them all before it has run.
      settings: { module, sha256: hash('sha256', source), timeout_seconds, settings },
      fault: () => undefined,
      score: (item, output, signal) =>
        isEmpty(output) ? EMPTY_OUTPUT : inTurn(() => thread.ask({ item, output }, signal)),
    },
    warnings: [],
    close: () => thread.stop(),
  }
}

async function readModule(path: string, shown: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch {
    // The message of Node.js holds the whole path.
    throw invalid(
      `scorer custom: the module ${shown} cannot be read; expected a path that begins at the task file`,
    )
  }
}

/** The stack of a syntax error does not say where it is; `node --check` does. It cannot read TypeScript. */
async function checkSyntax(path: string, cwd: string): Promise<void> {
  if (!/\.[cm]?js$/.test(path)) return
  try {
    await promisify(execFile)(process.execPath, ['--check', path], { timeout: MAX_CHECK_MS })
  } catch (failed) {
    const errors = failed instanceof Error && 'stderr' in failed ? String(failed.stderr) : ''
    const [, line] = /^.*:(\d+)$/m.exec(errors) ?? []
    if (!errors.includes('SyntaxError')) return
    const place = line === undefined ? '' : `:${line}`
    throw invalid(`scorer custom: ${relative(cwd, path)}${place}: does not load: SyntaxError`)
  }
}

/** Parsing only; a file that takes longer is no scorer. */
const MAX_CHECK_MS = 10_000

function showPlace(at: string | null, path: string, cwd: string): string {
  const [, url, line] = /^(.*):(\d+)$/.exec(at ?? '') ?? []
  return url === undefined ? relative(cwd, path) : `${relative(cwd, fileURLToPath(url))}:${line}`
}

/** Far more than a scorer needs, and less than a leak may take from the run. */
const MAX_HEAP_MB = 512
/** A thread that starts, and loads packages, on a busy machine takes longer than any call after it. */
const LOADING = 5

class CustomThread {
  readonly #work: CustomWork
  readonly #limitMs: number
  readonly #show: (at: string | null) => string
  #worker: Worker | undefined

  constructor(work: CustomWork, limitMs: number, show: (at: string | null) => string) {
    this.#work = work
    this.#limitMs = limitMs
    this.#show = show
  }

  async start(): Promise<Worker> {
    const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'))
    const worker = new Worker(new URL(`./custom-worker${extension}`, import.meta.url), {
      workerData: this.#work,
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
      // Standard output is for the document that the command writes.
      stdout: true,
    })
    worker.stdout.resume()
    // A command that is done must not wait for a timer that the module has left.
    worker.unref()
    // Between two calls nobody else listens, and an error that nobody hears ends the whole process.
    worker.on('error', () => undefined)
    worker.once('exit', () => {
      if (this.#worker === worker) this.#worker = undefined
    })
    this.#worker = worker
    await this.#reply(worker, undefined, LOADING * this.#limitMs)
    return worker
  }

  async ask(question: CustomQuestion, signal: AbortSignal): Promise<Score> {
    signal.throwIfAborted()
    const worker = this.#worker ?? (await this.start())
    worker.postMessage(question)
    const reply = await this.#reply(worker, signal, this.#limitMs)
    if (reply.kind !== 'scored') return { kind: 'unparsed', why: 'the module found no answer in the output' }
    return { kind: 'scored', score: reply.score, answer: reply.answer ?? question.output.trim() }
  }

  async stop(): Promise<void> {
    const worker = this.#worker
    this.#worker = undefined
    await worker?.terminate()
  }

  /** The next reply. Where none comes, the thread is ended, and the next call starts another. */
  async #reply(worker: Worker, signal: AbortSignal | undefined, limitMs: number): Promise<CustomReply> {
    const reply = await this.#heard(worker, signal, limitMs).catch(async (thrown: unknown) => {
      await this.stop()
      throw thrown
    })
    if (reply.kind === 'fault') throw this.#fault(reply.what, reply.at)
    return reply
  }

  async #heard(worker: Worker, signal: AbortSignal | undefined, limitMs: number): Promise<CustomReply> {
    const { promise, resolve, reject } = Promise.withResolvers<CustomReply>()
    const late = (): void => reject(this.#fault(`has not ended after ${limitMs / 1000} s`, null))
    const timer = setTimeout(late, limitMs)
    const onAbort = (): void => reject(signal?.reason)
    let uncaught: Error | undefined
    const onError = (thrown: unknown): void => {
      uncaught = this.#uncaught(thrown)
    }
    // An error comes on a channel of its own and overtakes the answer that was sent before it; the end overtakes nothing.
    const onExit = (): void => reject(uncaught ?? this.#fault('ended its thread', null))
    signal?.addEventListener('abort', onAbort)
    worker.once('message', resolve).once('error', onError).once('exit', onExit)
    try {
      return await promise
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      worker.off('message', resolve).off('error', onError).off('exit', onExit)
    }
  }

  #uncaught(thrown: unknown): Error {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
    if (code === 'ERR_WORKER_OUT_OF_MEMORY')
      return this.#fault(`wanted more than ${MAX_HEAP_MB} MB of memory`, null)
    return this.#fault(`threw ${classOf(thrown)} outside of its call`, placeOf(thrown, import.meta.url))
  }

  #fault(what: string, at: string | null): Error {
    return invalid(`scorer custom: ${this.#show(at)}: ${what}`)
  }
}
