import { describe, expect, test, vi } from 'vitest'
import { failureOf } from '../conformance/engine.conformance.ts'
import type { Room } from './memory-book.ts'
import { memoryBook, type BookDeps } from './memory-book.ts'
import type { MemoryNeed } from './memory-fit.ts'

const GIB = 1024 ** 3
const SIZES = [
  { slots: 4, contextTokens: 8192 },
  { slots: 2, contextTokens: 8192 },
  { slots: 1, contextTokens: 8192 },
] as const

type ModelOptions = {
  readonly weights?: number
  /** GiB of one slot. */
  readonly slot?: number
  readonly slots?: 1
  readonly pinned?: true
  readonly file?: string
  readonly larger?: MemoryNeed['larger']
}

/** A machine whose memory the models of a test share; all numbers are GiB, as are those of the models. */
function machine(gib: number, deps: Partial<BookDeps> = {}) {
  let now = 0
  let others = 0
  const rooms = new Map<string, Room>()
  const loading = new Set<string>()
  const left: string[] = []
  // As a system counts: what loaded processes hold is gone, pages of weights are free.
  const held = () =>
    [...rooms].reduce((sum, [name, room]) => sum + (loading.has(name) ? 0 : room.promisedBytes), 0)
  let weightsOfLoaded = 0
  const free = () => (gib - others) * GIB - held() + weightsOfLoaded
  const book = memoryBook({ clock: { monotonic: () => now }, free, stayMs: 1000, ...deps })

  function model(name: string, options: ModelOptions = {}) {
    const { weights = 1, slot = 0, slots, pinned = false, file = name, larger = [] } = options
    const need: MemoryNeed = {
      model: name,
      file,
      weightsBytes: weights * GIB,
      besideBytes: (size) => size.slots * size.contextTokens * (slot / 8192) * GIB,
      sizes: slots === 1 ? [SIZES[2]] : SIZES,
      larger,
      instead: (bytes) => [`a smaller form for ${bytes / GIB} GiB`],
    }
    let idleSince: number | undefined
    let leaving: (() => void) | undefined
    const account = book.open({
      pinned,
      idleSinceMs: () => idleSince,
      residentBytes: () => rooms.get(name)?.promisedBytes ?? 0,
      leave() {
        if (idleSince !== undefined) return Promise.resolve(gone())
        return new Promise((resolve) => (leaving = () => resolve(gone())))
      },
    })
    function gone(): void {
      const room = rooms.get(name)
      if (room !== undefined && rooms.delete(name) && !loading.delete(name)) weightsOfLoaded -= weights * GIB
      left.push(name)
      idleSince = undefined
      room?.giveBack()
    }
    return {
      async ask(signal = new AbortController().signal): Promise<string> {
        const room = await account.admit(need, signal)
        rooms.set(name, room)
        loading.add(name)
        return `${room.size.slots} x ${room.size.contextTokens}`
      },
      loaded() {
        loading.delete(name)
        weightsOfLoaded += weights * GIB
        rooms.get(name)?.loaded()
      },
      idle() {
        now += 1
        idleSince = now
        leaving?.()
        account.idle()
      },
      busy: () => (idleSince = undefined),
      isAskedToLeave: () => leaving !== undefined,
      async loadedAndIdle() {
        const size = await this.ask()
        this.loaded()
        this.idle()
        return size
      },
      gone,
    }
  }
  return {
    model,
    book,
    left,
    pass: (ms: number) => (now += ms),
    othersTake(taken: number) {
      others = taken
    },
  }
}

describe('a model that is to be loaded', () => {
  test('gets what it should have where there is room', async () => {
    const { model } = machine(16)
    expect(await model('a', { weights: 4, slot: 1 }).ask()).toBe('4 x 8192')
  })

  test('is not promised what another one that is loading was promised', async () => {
    const { model, book } = machine(8)
    const first = model('a', { weights: 5, slots: 1 })
    expect(await first.ask()).toBe('1 x 8192')
    expect(book.figures()).toEqual({ limitBytes: null, freeBytes: 3 * GIB, promisedBytes: 5 * GIB })
    const second = model('b', { weights: 5, slots: 1 }).ask()
    first.loaded()
    first.idle()
    expect(await second).toBe('1 x 8192')
  })

  test('two that come at once never get more together than is free', async () => {
    const { model, book } = machine(8)
    const both = [model('a', { slot: 1 }), model('b', { slot: 1 })]
    expect(await Promise.all(both.map((each) => each.ask()))).toEqual(['4 x 8192', '2 x 8192'])
    expect(book.figures().freeBytes).toBe(0)
  })

  test('counts pages of weights that another process maps as taken, and those of the same file once', async () => {
    const { model, book } = machine(10)
    await model('base', { weights: 6, slot: 0.25, file: 'shared', slots: 1 }).loadedAndIdle()
    expect(book.figures().freeBytes).toBe(3.75 * GIB)
    expect(await model('adapted', { weights: 6, slot: 0.25, file: 'shared', slots: 1 }).ask()).toBe(
      '1 x 8192',
    )
    expect(book.figures().promisedBytes).toBe(6.5 * GIB)
  })

  test('gets a longer context while half of the memory stays free, and nobody leaves for that', async () => {
    const larger = [
      { slots: 4, contextTokens: 32_768 },
      { slots: 4, contextTokens: 16_384 },
    ]
    const { model, left } = machine(20)
    expect(await model('a', { weights: 2, slot: 1, larger }).loadedAndIdle()).toBe('4 x 16384')
    expect(await model('b', { weights: 2, slot: 1, larger }).ask()).toBe('4 x 8192')
    expect(left).toEqual([])
  })
})

describe('when memory is short', () => {
  test('idle models leave, the least recently used first and no more than needed', async () => {
    const { model, left } = machine(10)
    for (const name of ['a', 'b', 'c']) await model(name, { weights: 3 }).loadedAndIdle()
    expect(await model('d', { weights: 6, slots: 1 }).ask()).toBe('1 x 8192')
    expect(left).toEqual(['a', 'b'])
  })

  test('one that is too small to matter stays although it was used longest ago', async () => {
    const { model, left } = machine(10)
    await model('small', { weights: 1 }).loadedAndIdle()
    await model('big', { weights: 8 }).loadedAndIdle()
    await model('next', { weights: 9, slots: 1 }).ask()
    expect(left).toEqual(['big'])
  })

  test('pinned models stay', async () => {
    const { model, left } = machine(10)
    await model('pinned', { weights: 4, pinned: true }).loadedAndIdle()
    await model('other', { weights: 4 }).loadedAndIdle()
    await model('next', { weights: 5, slots: 1 }).ask()
    expect(left).toEqual(['other'])
  })

  test('fewer slots come after idle models and before a refusal', async () => {
    const { model, left } = machine(10)
    await model('idle', { weights: 2 }).loadedAndIdle()
    expect(await model('a', { weights: 6, slot: 2 }).ask()).toBe('2 x 8192')
    expect(left).toEqual(['idle'])
  })

  test('nobody leaves for a model that would not fit even then, and the refusal says the numbers', async () => {
    const { model, left } = machine(10)
    await model('pinned', { weights: 4, pinned: true }).loadedAndIdle()
    await model('idle', { weights: 2 }).loadedAndIdle()
    const error = await failureOf(model('huge', { weights: 9.3, slots: 1 }).ask())
    expect(error).toMatchObject({
      code: 'engine.out_of_memory',
      message:
        'huge needs 9.3 GiB for its weights and 1 x 8192 tokens of context; 6.0 GiB are free with every other model unloaded. It would fit with a smaller form for 6 GiB.',
      facts: { model: 'huge', neededBytes: 9.3 * GIB, freeBytes: 6 * GIB },
    })
    expect(left).toEqual([])
  })

  test('the configured limit binds all models together, whatever the machine has', async () => {
    const { model, book, left } = machine(64, { limitBytes: 4 * GIB })
    await model('a', { weights: 3 }).loadedAndIdle()
    await model('b', { weights: 3, slots: 1 }).loadedAndIdle()
    expect(left).toEqual(['a'])
    expect(book.figures()).toEqual({ limitBytes: 4 * GIB, freeBytes: GIB, promisedBytes: 3 * GIB })
    const error = await failureOf(model('c', { weights: 5, slots: 1 }).ask())
    expect(error.message).toContain('4.0 GiB are free of the 4.0 GiB that `memory` allows')
    book.setLimit(undefined)
    expect(await model('c', { weights: 5, slots: 1 }).ask()).toBe('1 x 8192')
  })
})

describe('when others are busy', () => {
  test('it waits, and the first that becomes idle makes room', async () => {
    const { model, left } = machine(8)
    const [a, b] = [model('a', { weights: 4 }), model('b', { weights: 4 })]
    for (const each of [a, b]) await each.loadedAndIdle()
    a.busy()
    b.busy()
    const waiting = model('c', { weights: 4, slots: 1 }).ask()
    b.idle()
    expect(await waiting).toBe('1 x 8192')
    expect(left).toEqual(['b'])
  })

  test('one that is never idle is told to leave once it had its time, and answers what it began', async () => {
    const { model, left, pass, book } = machine(8)
    const busy = model('busy', { weights: 6 })
    await busy.ask()
    busy.loaded()
    const waiting = model('next', { weights: 6, slots: 1 }).ask()
    expect(busy.isAskedToLeave()).toBe(false)
    pass(1000)
    book.setLimit(undefined)
    await vi.waitFor(() => expect(busy.isAskedToLeave()).toBe(true))
    busy.idle()
    expect(await waiting).toBe('1 x 8192')
    expect(left).toContain('busy')
  })

  test('a small one that fits beside need not wait behind a large one', async () => {
    const { model } = machine(8)
    const busy = model('busy', { weights: 6 })
    await busy.ask()
    busy.loaded()
    const large = model('large', { weights: 5, slots: 1 }).ask()
    expect(await model('small', { weights: 1, slots: 1 }).ask()).toBe('1 x 8192')
    busy.idle()
    expect(await large).toBe('1 x 8192')
  })

  test('it is refused after a while, with the numbers and when to come back', async () => {
    const { model } = machine(8, { waitMs: 1, stayMs: 60_000 })
    const busy = model('busy', { weights: 6 })
    await busy.ask()
    busy.loaded()
    const error = await failureOf(model('next', { weights: 6, slots: 1 }).ask())
    expect(error).toMatchObject({ code: 'engine.busy', status: 429, retryAfterSeconds: 5 })
    expect(error.message).toContain('next needs 6.0 GiB and 2.0 GiB are free')
  })

  test('it stops waiting when nobody wants it any more', async () => {
    const { model } = machine(8)
    const busy = model('busy', { weights: 6 })
    await busy.ask()
    busy.loaded()
    const closing = new AbortController()
    const waiting = model('next', { weights: 6, slots: 1 }).ask(closing.signal)
    closing.abort(new Error('closing'))
    await expect(waiting).rejects.toThrow('closing')
  })

  test('memory that other programs give back is found without anybody saying so', async () => {
    const here = machine(8)
    const { model } = here
    const busy = model('busy', { weights: 1 })
    await busy.ask()
    busy.loaded()
    here.othersTake(3)
    const waiting = model('next', { weights: 5, slots: 1 }).ask()
    here.othersTake(0)
    expect(await waiting).toBe('1 x 8192')
  })
})
