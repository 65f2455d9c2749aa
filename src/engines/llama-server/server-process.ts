import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent } from 'undici'
import { MusivumError, toMusivumError } from '../../core/errors.ts'
import { isJsonObject, type JsonObject } from '../../core/json.ts'
import { harmlessEnvironment } from '../llama/harmless-environment.ts'
import { occupancy } from '../llama/occupancy.ts'
import { crashed, endOf } from '../llama/process-end.ts'
import { stderrTail } from '../llama/stderr-tail.ts'
import type { WeightsProcess } from '../llama/weights-process.ts'
import { listeningPort } from './listening-port.ts'
import { askServer } from '../http/small-ask.ts'
import { endWithUs } from './orphan-guard.ts'
import { serverArguments, type KnownOptions, type ServerOrder } from './server-arguments.ts'

/** Our hold on one running `llama-server`. */
export type ServerProcess = WeightsProcess & {
  /** Up to and including the version segment. */
  readonly baseUrl: string
  /** Drawn for this process; it answers nobody who does not have it. */
  readonly key: string
  /** Why it has ended; undefined while it runs. */
  readonly ended: () => MusivumError | undefined
}

/**
 * Starts the program and waits until the model is loaded.
 *
 * @param signal ends a start that nobody wants any more; later it has no effect
 * @param onCrash called once with one line when the process ends without being told to, also while loading
 * @throws MusivumError `engine.crashed`, or `engine.failed` for a server that does not keep what we rely on
 */
export async function startServer(
  program: { readonly binary: string; readonly known: KnownOptions },
  order: ServerOrder,
  signal: AbortSignal,
  onCrash: (why: string) => void,
): Promise<ServerProcess> {
  signal.throwIfAborted()
  // 256 bits. In the environment, which only this user can read, not on the command line, which everybody can.
  const key = randomBytes(32).toString('base64url')
  const child = spawn(program.binary, serverArguments(order, program.known), {
    env: { ...harmlessEnvironment(), LLAMA_API_KEY: key },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C in a terminal is for us: we let what is being answered end first.
    detached: process.platform !== 'win32',
  })
  const life = watchOver(child, onCrash)
  try {
    const facts = await untilReady(child, life, key, signal)
    return {
      pid: child.pid,
      key,
      ...facts,
      ...occupancy(),
      threads: order.threads,
      residentBytes: () => residentBytes(child.pid),
      stop: life.stop,
      gone: life.gone,
      ended: life.ended,
    }
  } catch (thrown) {
    await life.stop(toMusivumError(thrown))
    throw thrown
  }
}

type Life = {
  readonly stop: (why: MusivumError) => Promise<void>
  readonly gone: Promise<void>
  readonly ended: () => MusivumError | undefined
  /** Rejects with why it ended. */
  readonly end: Promise<never>
}

function watchOver(child: ChildProcess, onCrash: (why: string) => void): Life {
  const complaints = [stderrTail(child.stderr), stderrTail(child.stdout)]
  const { promise: gone, resolve: isGone } = Promise.withResolvers<void>()
  const { promise: end, reject: hasEnded } = Promise.withResolvers<never>()
  end.catch(() => 'whoever is interested hears it too')
  const stopWatch = child.pid === undefined ? () => undefined : endWithUs(child.pid)
  let stopped: MusivumError | undefined
  let reason: MusivumError | undefined

  function ended(why: string): void {
    if (reason !== undefined) return
    reason = stopped ?? crashed('llama-server', why)
    stopWatch()
    isGone()
    hasEnded(reason)
    if (stopped === undefined) onCrash(why)
  }

  child.once('error', (cause) => ended(`it could not be started: ${cause.message}`))
  // After `close` its last words are read too.
  child.once('close', (code, signal) => ended(endOf(code, signal, complaints[0]?.() ?? complaints[1]?.())))
  return {
    gone,
    end,
    ended: () => reason,
    async stop(why) {
      stopped ??= why
      // It holds nothing worth saving, and a polite request would wait for a batch to end.
      child.kill('SIGKILL')
      await gone
    },
  }
}

type Facts = Pick<ServerProcess, 'baseUrl' | 'slots' | 'contextTokens'>

/** 400 GB from a disk of 1 GB/s, with room. */
const LOAD_MS = 15 * 60_000
const LOOK_AGAIN_MS = 25

async function untilReady(
  child: ChildProcess,
  { end }: Life,
  key: string,
  signal: AbortSignal,
): Promise<Facts> {
  const patience = AbortSignal.any([signal, AbortSignal.timeout(LOAD_MS)])
  const dispatcher = new Agent({ connections: 1 })
  const logs = [child.stdout, child.stderr].filter((log) => log !== null)
  try {
    const port = await Promise.race([listeningPort(logs), end, aborted(patience)])
    const origin = `http://127.0.0.1:${port}`
    const healthy = untilHealthy(origin, { signal: patience, dispatcher })
    await Promise.race([healthy, end])
    return await Promise.race([factsOf(origin, key, { signal: patience, dispatcher }), end])
  } catch (thrown) {
    signal.throwIfAborted()
    if (patience.aborted) throw failed(`did not load the model within ${LOAD_MS / 60_000} minutes`)
    throw thrown
  } finally {
    await dispatcher.destroy()
  }
}

type Asking = { readonly signal: AbortSignal; readonly dispatcher: Agent }

async function untilHealthy(origin: string, asking: Asking): Promise<void> {
  for (;;) {
    const { status } = await askServer(`${origin}/health`, asking)
    if (status === 200) return
    // 503 while it loads.
    if (status !== 503) throw failed(`answered /health with status ${status}`)
    await sleep(LOOK_AGAIN_MS, undefined, { signal: asking.signal })
  }
}

async function factsOf(origin: string, key: string, asking: Asking): Promise<Facts> {
  const open = await askServer(`${origin}/props`, asking)
  if (open.status !== 401) throw failed('answers without the key that it was given')
  const headers = { authorization: `Bearer ${key}` }
  const { status, json } = await askServer(`${origin}/props`, { ...asking, headers })
  if (status !== 200) throw failed(`answered /props with status ${status}`)
  return {
    baseUrl: `${origin}/v1`,
    slots: wholeIn(json, 'total_slots') ?? 1,
    contextTokens: wholeIn(json['default_generation_settings'], 'n_ctx') ?? 0,
  }
}

function wholeIn(value: unknown, key: string): number | undefined {
  const found = isJsonObject(value) ? (value as JsonObject)[key] : undefined
  return typeof found === 'number' && Number.isInteger(found) && found > 0 ? found : undefined
}

function aborted(signal: AbortSignal): Promise<never> {
  if (signal.aborted) return Promise.reject(signal.reason as Error)
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
}

/** Its own pages and those of files that it has read. */
function residentBytes(pid: number | undefined): number {
  try {
    const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return Number(kib ?? 0) * 1024
  } catch {
    // It has just ended, or this system tells it in another way.
    return 0
  }
}

function failed(what: string): MusivumError {
  return new MusivumError('engine.failed', `The llama-server of this model ${what}.`)
}
