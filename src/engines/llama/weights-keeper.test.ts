import { setImmediate } from 'node:timers/promises'
import { describe, expect, test, vi } from 'vitest'
import { MusivumError } from '../../core/errors.ts'
import { failureOf } from '../conformance/engine.conformance.ts'
import { memoryBook } from './memory-book.ts'
import type { MemoryNeed } from './memory-fit.ts'
import { occupancy } from './occupancy.ts'
import { clock, counting, openStarter, saying } from './starter-engine.conformance.ts'
import { describeKeeping } from './weights-keeper.conformance.ts'
import { weightsKeeper } from './weights-keeper.ts'
import type { WeightsProcess } from './weights-process.ts'

describeKeeping('the embedded engine', {
  open: openStarter,
  short: saying('Language: Wo ist die Apotheke?'),
  longer: counting(60),
  long: { ...counting(120), topLogprobs: 20 },
})

describe('a keeper and a start whose end is in our hands', () => {
  test('one that crashed and says so late does not spoil the next', async () => {
    const { keeper, starts } = open()
    const failed = failureOf(keeper.get())
    const first = await startOf(starts, 0)
    first.crash('signal SIGKILL')
    const given = keeper.get()
    const second = await startOf(starts, 1)
    first.fail(new MusivumError('engine.crashed', 'The process ended while it loaded.'))
    expect((await failed).code).toBe('engine.crashed')
    expect(keeper.state()).toEqual({ kind: 'starting' })
    second.ready(process())
    expect(await given).toMatchObject({ slots: 4 })
    expect(keeper.state()).toMatchObject({ kind: 'ready' })
  })

  test('one that became ready while the gateway closed is ended', async () => {
    const { keeper, starts } = open()
    const call = failureOf(keeper.get())
    const start = await startOf(starts, 0)
    const closed = keeper.close()
    const loaded = process()
    start.ready(loaded)
    await Promise.all([closed, loaded.gone])
    expect((await call).code).toBe('gateway.stopping')
  })

  test('whoever was just given the process has it until he leaves', async () => {
    const { keeper, starts } = open()
    const given = keeper.get()
    const loaded = process()
    ;(await startOf(starts, 0)).ready(loaded)
    const entering = await given
    const unloaded = keeper.weights.unload('when-done')
    // Some promises later, as between a keeper and its engine, in the same turn.
    for (let step = 0; step < 20; step += 1) await Promise.resolve()
    const leave = entering.enter()
    await setImmediate()
    await setImmediate()
    expect(keeper.state()).toMatchObject({ process: { leaving: true } })
    leave()
    await unloaded
    expect(keeper.state()).toEqual({ kind: 'idle' })
  })

  test('a process is replaced when it has grown beyond its promise and beyond what it held when it was loaded', async () => {
    const { keeper, starts, log } = open()
    const work = async (bytes: number, loaded: ReturnType<typeof process>) => {
      keeper.busy()
      await keeper.get()
      loaded.grow(bytes)
      keeper.idle()
    }
    const given = keeper.get()
    const loaded = process(2 * GIB)
    ;(await startOf(starts, 0)).ready(loaded)
    await given
    await work(2.4 * GIB, loaded)
    expect(keeper.state()).toMatchObject({ kind: 'ready', process: { leaving: false } })
    await work(2.6 * GIB, loaded)
    await vi.waitFor(() => expect(keeper.state()).toEqual({ kind: 'idle' }))
    expect(keeper.weights.recycled()).toBe(1)
    expect(log.at(-1)).toBe('kept: unloaded (its process had grown by 614 MiB)')
  })

  test('a configuration that cannot be is not tried again, and the log says what would help', async () => {
    const { keeper, starts, log } = open()
    const call = failureOf(keeper.get())
    ;(await startOf(starts, 0)).fail(new MusivumError('config.invalid', 'The adapter is for other weights.'))
    expect((await call).code).toBe('config.invalid')
    expect(log.at(-1)).toContain('not started again until its configuration or its file changes: The adapter')
    expect((await failureOf(keeper.get())).code).toBe('config.invalid')
    expect(starts).toHaveLength(1)
  })
})

const GIB = 1024 ** 3

type Start = {
  readonly ready: (process: WeightsProcess) => void
  readonly fail: (error: MusivumError) => void
  readonly crash: (why: string) => void
}

function open() {
  const starts: Start[] = []
  const log: string[] = []
  const keeper = weightsKeeper(
    {
      name: 'kept',
      binding: { engine: 'llama', weights: '/nonexistent/kept.gguf' },
      called: 'process',
      prepare: async () => ({
        need: NEED,
        start(_size, _signal, crash) {
          const { promise, resolve: ready, reject: fail } = Promise.withResolvers<WeightsProcess>()
          starts.push({ ready, fail, crash })
          return promise
        },
      }),
    },
    {
      clock,
      backOffMs: 0,
      log: (line) => log.push(line),
      memory: memoryBook({ clock, free: () => 64 * GIB }),
    },
  )
  return { keeper, starts, log }
}

const NEED: MemoryNeed = {
  model: 'kept',
  file: 'kept.gguf',
  weightsBytes: GIB / 2,
  besideBytes: () => GIB / 2,
  sizes: [{ slots: 4, contextTokens: 512 }],
  larger: [],
  instead: () => [],
}

async function startOf(starts: readonly Start[], index: number): Promise<Start> {
  return vi.waitFor(() => {
    const start = starts[index]
    if (start === undefined) throw new TypeError('it has not begun yet')
    return start
  })
}

function process(bytes = GIB): WeightsProcess & { readonly grow: (bytes: number) => void } {
  const { promise: gone, resolve } = Promise.withResolvers<void>()
  let residentBytes = bytes
  return {
    pid: 1,
    slots: 4,
    contextTokens: 512,
    threads: 1,
    residentBytes: () => residentBytes,
    grow: (more) => (residentBytes = more),
    ...occupancy(),
    gone,
    async stop() {
      resolve()
      await gone
    },
  }
}
