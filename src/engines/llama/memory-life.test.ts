import { afterEach, describe, expect, test } from 'vitest'
import { failureOf } from '../conformance/engine.conformance.ts'
import type { Engine, EngineState } from '../engine.ts'
import { memoryBook } from './memory-book.ts'
import { ask, clock, openStarter, saying, textOf } from './starter-engine.conformance.ts'

const LANGUAGE = saying('Language: Wo ist die Apotheke?')
const MIB = 1024 ** 2
/** Room for one process of the starter, which is promised 207 MiB, and not for two. */
const ONE = 300 * MIB

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

type Options = NonNullable<Parameters<typeof openStarter>[0]>

function open(options: Options = {}): { engine: Engine; log: string[] } {
  const log: string[] = []
  const engine = openStarter({ ...options, deps: { log: (line) => log.push(line), ...options.deps } })
  cleanups.push(() => engine.close())
  return { engine, log }
}

function processOf(engine: Engine) {
  const state: EngineState = engine.state()
  return state.kind === 'ready' ? state.process : undefined
}

describe('models that share memory', () => {
  test('leave it to each other: every request is answered, and never two are promised more than there is', async () => {
    const book = memoryBook({ clock, limitBytes: ONE, free: () => 64 * ONE })
    const engines = [1, 2].map(() => open({ deps: { memory: book } }).engine)
    let most = 0
    const watch = setInterval(() => (most = Math.max(most, book.figures().promisedBytes)), 5)
    cleanups.push(async () => clearInterval(watch))
    const answers = await Promise.all(engines.map((engine) => textOf(engine, LANGUAGE)))
    expect(answers).toEqual(['de', 'de'])
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThanOrEqual(ONE)
    expect(engines.filter((engine) => engine.state().kind === 'ready')).toHaveLength(1)
  })

  test('a pinned one stays, and the other is told what it needs and what is free', async () => {
    const book = memoryBook({ clock, limitBytes: ONE, free: () => 64 * ONE })
    const pinned = open({ pinned: true, keepAliveMs: 0, deps: { memory: book } }).engine
    const other = open({ deps: { memory: book } }).engine
    await pinned.weights?.load()
    const error = await failureOf(ask(other, LANGUAGE))
    expect(error).toMatchObject({ code: 'engine.out_of_memory', facts: { model: 'starter' } })
    expect(error.message).toMatch(
      /needs 0\.2 GiB for its weights and 1 x 512 .* of the 0\.3 GiB that `memory`/,
    )
    expect(pinned.state()).toMatchObject({
      kind: 'ready',
      slots: 4,
      process: { contextTokens: 512, threads: 1, unloadAtMs: null, leaving: false },
    })
    expect(processOf(pinned)?.idleSinceMs).toBeTypeOf('number')
    expect(processOf(pinned)?.promisedBytes).toBe(book.figures().promisedBytes)
  })
})
