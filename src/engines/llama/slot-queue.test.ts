import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { MusivumError } from '../../core/errors.ts'
import { slotQueue, type SlotQueue } from './slot-queue.ts'

const never = { signal: new AbortController().signal }

function queue(slots: number, limit: number) {
  let nowMs = 0
  const clock = { now: () => nowMs, monotonic: () => nowMs }
  return { slots: slotQueue('m', { slots, waiting: limit }, clock), pass: (ms: number) => (nowMs += ms) }
}

/** Requests that note their tenant when they get a slot; `next` ends the one that has held its slot longest. */
function crowd(slots: SlotQueue) {
  const order: string[] = []
  const leaves: (() => void)[] = []
  const enter = (tenant: string, count = 1) => {
    for (let request = 0; request < count; request += 1) {
      slots.makeRoom(1, tenant)
      void slots.take({ ...never, tenant }).then((leave) => {
        order.push(tenant)
        leaves.push(leave)
      })
    }
  }
  const next = async () => {
    await settled()
    leaves.shift()?.()
    await settled()
  }
  return { order, enter, next }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('the queue for slots', () => {
  test('gives slots in order of arrival', async () => {
    const { slots } = queue(1, 3)
    const order: string[] = []
    const free = await slots.take(never)
    const waits = ['a', 'b', 'c'].map(async (name) => {
      const leave = await slots.take(never)
      order.push(name)
      leave()
    })
    free()
    await Promise.all(waits)
    expect(order).toEqual(['a', 'b', 'c'])
    expect([slots.active(), slots.waiting()]).toEqual([0, 0])
  })

  test('refuses one more than slots and places, with a time to come back', async () => {
    const { slots, pass } = queue(1, 1)
    const free = await slots.take(never)
    void slots.take(never)
    pass(4000)
    expect(() => slots.makeRoom(1)).toThrow(
      expect.objectContaining({ code: 'engine.busy', retryAfterSeconds: 2 }),
    )
    free()
    expect(() => slots.makeRoom(1)).not.toThrow()
  })

  test('the time to come back follows how long answers take, and is at least a second', async () => {
    const { slots, pass } = queue(1, 0)
    for (let round = 0; round < 40; round += 1) {
      const free = await slots.take(never)
      pass(8000)
      free()
    }
    await slots.take(never)
    expect(() => slots.makeRoom(1)).toThrow(expect.objectContaining({ retryAfterSeconds: 8 }))
  })

  test('a waiter that is aborted leaves at once', async () => {
    const { slots } = queue(1, 2)
    const free = await slots.take(never)
    const client = new AbortController()
    const waiting = slots.take(client)
    const behind = slots.take(never)
    client.abort(new Error('gone'))
    expect(slots.waiting()).toBe(1)
    await expect(waiting).rejects.toThrow('gone')
    free()
    await behind
    expect(slots.active()).toBe(1)
  })

  test('a slot given back twice counts once', async () => {
    const { slots } = queue(2, 0)
    const first = await slots.take(never)
    await slots.take(never)
    first()
    first()
    expect(slots.active()).toBe(1)
  })

  test('fewer slots than hoped for admit nobody until enough are free', async () => {
    const { slots } = queue(3, 2)
    const held = await Promise.all([slots.take(never), slots.take(never), slots.take(never)])
    slots.resize(1)
    const waiting = slots.take(never)
    held[0]?.()
    held[1]?.()
    expect([slots.active(), slots.waiting()]).toEqual([1, 1])
    held[2]?.()
    await waiting
    expect(slots.active()).toBe(1)
  })
})

describe('several tenants', () => {
  test('a single request waits for one turn of a tenant that has a hundred waiting', async () => {
    const { slots } = queue(1, 128)
    const { order, enter, next } = crowd(slots)
    enter('many', 101)
    for (let turn = 0; turn < 3; turn += 1) await next()
    enter('one')
    await next()
    expect(order).toEqual(['many', 'many', 'many', 'many', 'one'])
    await next()
    expect(order.at(-1)).toBe('many')
  })

  test('whoever holds the fewest slots gets the next', async () => {
    const { slots } = queue(3, 20)
    const { order, enter, next } = crowd(slots)
    enter('many', 9)
    enter('few', 2)
    for (let turn = 0; turn < 3; turn += 1) await next()
    expect(order).toEqual(['many', 'many', 'many', 'few', 'many', 'few'])
  })

  test('take turns, also one that asks again as soon as it was answered', async () => {
    const { slots } = queue(1, 20)
    const { order, enter, next } = crowd(slots)
    enter('a')
    enter('b', 3)
    enter('c', 3)
    for (let turn = 0; turn < 6; turn += 1) {
      await settled()
      if (order.at(-1) === 'a') enter('a')
      await next()
    }
    expect(order).toEqual(['a', 'b', 'c', 'a', 'b', 'c', 'a'])
  })

  test('requests without a tenant are one line among the others', async () => {
    const { slots } = queue(1, 20)
    const { order, enter, next } = crowd(slots)
    enter('a', 3)
    const nobody = slots.take(never).then((leave) => {
      order.push('nobody')
      leave()
    })
    await next()
    await nobody
    expect(order.slice(0, 2)).toEqual(['a', 'nobody'])
  })

  test('any order of comings and goings leaves no slot unused and nobody unserved', async () => {
    const step = fc.record({ tenant: fc.constantFrom('a', 'b', 'c'), leaves: fc.nat(2) })
    const run = async (capacity: number, steps: readonly { tenant: string; leaves: number }[]) => {
      const { slots } = queue(capacity, 200)
      const { order, enter, next } = crowd(slots)
      for (const { tenant, leaves } of steps) {
        enter(tenant)
        for (let leave = 0; leave < leaves; leave += 1) await next()
        await settled()
        expect(slots.active()).toBe(Math.min(capacity, slots.active() + slots.waiting()))
      }
      while (slots.active() > 0) await next()
      expect(order.toSorted()).toEqual(steps.map(({ tenant }) => tenant).toSorted())
    }
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 3 }), fc.array(step, { maxLength: 30 }), run),
      { seed: 7, numRuns: 60 },
    )
  })
})

describe('places in the line', () => {
  test('are shared once they are full: the newest of the longest line makes room', async () => {
    const { slots } = queue(1, 4)
    const leave = await slots.take({ ...never, tenant: 'many' })
    const many = Array.from({ length: 4 }, () => slots.take({ ...never, tenant: 'many' }))
    slots.makeRoom(1, 'one')
    const one = slots.take({ ...never, tenant: 'one' })
    await expect(many[3]).rejects.toMatchObject({ code: 'engine.busy', retryAfterSeconds: 5 })
    expect(slots.waiting()).toBe(4)
    leave()
    await expect(one).resolves.toBeTypeOf('function')
  })

  test('beyond its share nobody gets any from others', async () => {
    const { slots } = queue(1, 4)
    await slots.take({ ...never, tenant: 'a' })
    for (const tenant of ['a', 'a', 'b', 'b']) void slots.take({ ...never, tenant })
    expect(() => slots.makeRoom(1, 'b')).toThrow(expect.objectContaining({ code: 'engine.busy' }))
    expect(() => slots.makeRoom(2, 'c')).toThrow(expect.objectContaining({ code: 'engine.busy' }))
    expect(slots.waiting()).toBe(4)
  })

  test('the time to come back is that of the own place: short for whoever has nobody ahead', async () => {
    const { slots } = queue(1, 6)
    for (let answer = 0; answer < 7; answer += 1) void slots.take({ ...never, tenant: 'many' })
    const after = (count: number, tenant: string) => {
      try {
        slots.makeRoom(count, tenant)
      } catch (thrown) {
        return (thrown as MusivumError).retryAfterSeconds
      }
      throw new TypeError('there was room')
    }
    expect([after(1, 'many'), after(7, 'one')]).toEqual([7, 1])
  })
})

describe('a deadline', () => {
  test('that comes while a request waits ends the waiting, with a time to come back', async () => {
    const { slots, pass } = queue(1, 2)
    const leave = await slots.take(never)
    pass(1000)
    const waiting = slots.take({ ...never, deadlineAtMs: 1010 })
    await expect(waiting).rejects.toMatchObject({ code: 'engine.busy', retryAfterSeconds: 2 })
    expect(slots.waiting()).toBe(0)
    leave()
    expect(slots.active()).toBe(0)
  })

  test('that is far away is no alarm', async () => {
    const { slots } = queue(1, 2)
    const leave = await slots.take(never)
    const waiting = slots.take({ ...never, deadlineAtMs: 1e12 })
    await settled()
    expect(slots.waiting()).toBe(1)
    leave()
    await expect(waiting).resolves.toBeTypeOf('function')
  })
})
