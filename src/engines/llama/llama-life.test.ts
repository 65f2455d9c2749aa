import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { context, failureOf, permitFor } from '../conformance/engine.conformance.ts'
import type { Engine } from '../engine.ts'
import { ask, counting, openStarter, saying, STARTER_S1, textOf } from './starter-engine.conformance.ts'

const LANGUAGE = 'Language: Wo ist die Apotheke?'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

type Options = NonNullable<Parameters<typeof openStarter>[0]>

/** An engine and the process ids it logged, the newest last. */
function open(options: Options = {}): { engine: Engine; processes: number[]; log: string[] } {
  const log: string[] = []
  const processes: number[] = []
  const engine = openStarter({
    ...options,
    deps: {
      backOffMs: 10,
      log(line) {
        log.push(line)
        const pid = /process (\d+)/.exec(line)?.[1]
        if (pid !== undefined) processes.push(Number(pid))
      },
    },
  })
  cleanups.push(() => engine.close())
  return { engine, processes, log }
}

describe('the process of a model', () => {
  test('is started once for many first requests, and by no question about its state', async () => {
    const { engine, processes } = open()
    expect(engine.state()).toEqual({ kind: 'idle' })
    const answers = Array.from({ length: 4 }, () => textOf(engine, saying(LANGUAGE)))
    await vi.waitFor(() => expect(engine.state().kind).toBe('starting'))
    expect(new Set(await Promise.all(answers)).size).toBe(1)
    expect(processes).toHaveLength(1)
    expect(engine.state()).toMatchObject({ kind: 'ready', activeRequests: 0, queuedRequests: 0 })
  })

  test('gets none of our keys', async () => {
    process.env['MUSIVUM_TEST_VENDOR_KEY'] = 'sk-of-a-vendor-0123456789'
    cleanups.push(async () => delete process.env['MUSIVUM_TEST_VENDOR_KEY'])
    const { engine, processes } = open()
    await textOf(engine, saying(LANGUAGE))
    if (process.platform !== 'linux') return
    const environment = await readFile(`/proc/${processes[0]}/environ`, 'utf8')
    expect(environment).toContain('PATH=')
    expect(environment).not.toContain('MUSIVUM_TEST_VENDOR_KEY')
  })

  test('does not outlive the gateway, even one that was killed', async () => {
    const gateway = spawn(process.execPath, ['--input-type=module', '--eval', ORPHANING], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    cleanups.push(async () => gateway.kill('SIGKILL'))
    const [line] = (await once(createInterface({ input: gateway.stdout }), 'line')) as [string]
    const pid = Number(/process (\d+)/.exec(line)?.[1])
    expect(isAlive(pid)).toBe(true)
    gateway.kill('SIGKILL')
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 5000 })
  })
})

describe('a crash', () => {
  test('fails only the requests that were being answered, as something to try again', async () => {
    const { engine, processes } = open({ slots: 2 })
    await textOf(engine, saying(LANGUAGE))
    const calls = [await begun(engine), await begun(engine)]
    const waiting = textOf(engine, saying(LANGUAGE))
    kill(processes)
    for (const { rest } of calls) {
      const error = await failureOf(rest)
      expect(error).toMatchObject({
        code: 'engine.crashed',
        status: 503,
        next: 'retry',
        retryAfterSeconds: 1,
      })
      expect(error.message).toContain('SIGKILL')
    }
    // It waited in the queue and never saw the process that died.
    expect(await waiting).toBe('de')
    expect(processes).toHaveLength(2)
  })
})

describe('a client that leaves', () => {
  test('frees its slot within 50 ms', async () => {
    const { engine } = open({ slots: 1, threads: 1 })
    await textOf(engine, saying(LANGUAGE))
    const times: number[] = []
    for (let round = 0; round < 9; round += 1) {
      const client = new AbortController()
      const { rest } = await begun(engine, client.signal)
      const from = performance.now()
      client.abort()
      expect((await failureOf(rest)).code).toBe('request.cancelled')
      await vi.waitFor(() => expect(engine.state()).toMatchObject({ activeRequests: 0 }), { interval: 1 })
      times.push(performance.now() - from)
    }
    // The median: other tests share the processors, and one late wake-up is theirs.
    expect(times.toSorted((a, b) => a - b)[4]).toBeLessThan(50)
  })

  test('while it waits is out of the queue at once', async () => {
    const { engine } = open({ slots: 1, queue: 1 })
    await textOf(engine, saying(LANGUAGE))
    const { rest } = await begun(engine)
    const client = new AbortController()
    const waiting = ask(engine, saying(LANGUAGE), client.signal)
    expect(engine.state()).toMatchObject({ activeRequests: 1, queuedRequests: 1 })
    client.abort()
    expect(engine.state()).toMatchObject({ queuedRequests: 0 })
    expect((await failureOf(waiting)).code).toBe('request.cancelled')
    await rest
  })
})

describe('more requests than slots and places', () => {
  test('are refused with a time to come back, and the others answered', async () => {
    const { engine } = open({ slots: 1, queue: 2 })
    const answers = Array.from({ length: 3 }, () => textOf(engine, saying(LANGUAGE)))
    await vi.waitFor(() => expect(engine.state().kind).toBe('starting'))
    const error = await failureOf(ask(engine, saying(LANGUAGE)))
    expect(error).toMatchObject({ code: 'engine.busy', status: 429, next: 'retry' })
    expect(error.retryAfterSeconds).toBeGreaterThanOrEqual(1)
    expect(await Promise.all(answers)).toEqual(['de', 'de', 'de'])
  })

  test('a request for more answers than there are places is refused whole', async () => {
    const { engine } = open({ slots: 1, queue: 2 })
    const error = await failureOf(ask(engine, { ...saying(LANGUAGE), answerCount: 4 }))
    expect(error.code).toBe('engine.busy')
    expect(engine.state()).toEqual({ kind: 'idle' })
  })
})

describe('closing', () => {
  test('ends requests that wait in the queue', async () => {
    const { engine } = open({ slots: 1 })
    await textOf(engine, saying(LANGUAGE))
    const { rest } = await begun(engine)
    const failures = Promise.all([rest, ask(engine, saying(LANGUAGE))].map((call) => failureOf(call)))
    await engine.close()
    expect((await failures).map((error) => error.code)).toEqual(['gateway.stopping', 'gateway.stopping'])
  })
})

/** A gateway of a few lines that loads a model and then only waits to be killed. */
const ORPHANING = `
  const { llamaEngine } = await import(${JSON.stringify(new URL('./llama-engine.ts', import.meta.url).href)})
  const { allowAll, permit } = await import(${JSON.stringify(new URL('../../policy/permit.ts', import.meta.url).href)})
  const binding = { engine: 'llama', weights: ${JSON.stringify(STARTER_S1)}, threads: 1 }
  const model = { name: 'orphan', binding, price: { kind: 'owned' }, toy: true, origin: 'starter' }
  const clock = { now: Date.now, monotonic: () => performance.now() }
  const engine = llamaEngine(model, { clock, home: '/nonexistent', log: console.log })
  const verdicts = permit(allowAll, { kind: 'anonymous' }, { examined: false }, [model], 'r')
  const request = { inputs: ['x'], extra: {} }
  await engine.embed(verdicts.permits.get('orphan'), request, { signal: new AbortController().signal, requestId: 'r' })
  setInterval(() => undefined, 1000)
`

/** A long answer whose first event has come; `rest` settles with it. */
async function begun(engine: Engine, signal?: AbortSignal): Promise<{ readonly rest: Promise<void> }> {
  const long = { ...counting(120), topLogprobs: 20 }
  const events = engine.answer(permitFor(engine.model), long, context(signal))[Symbol.asyncIterator]()
  await events.next()
  const rest = (async () => {
    for (let event = await events.next(); event.done !== true; event = await events.next());
  })()
  // Looked at later; until then its failure is nobody's surprise.
  rest.catch(() => undefined)
  return { rest }
}

function kill(processes: readonly number[]): void {
  const newest = processes.at(-1)
  if (newest === undefined) throw new TypeError('no process was started yet')
  process.kill(newest, 'SIGKILL')
}

function isAlive(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, 0)
  } catch {
    // ESRCH: there is no such process any more.
    return false
  }
}
