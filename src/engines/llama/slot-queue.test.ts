import { describe, expect, test } from 'vitest'
import { slotQueue } from './slot-queue.ts'

const never = new AbortController().signal

function queue(slots: number, limit: number) {
  let nowMs = 0
  const clock = { now: () => nowMs, monotonic: () => nowMs }
  return { slots: slotQueue('m', slots, limit, clock), pass: (ms: number) => (nowMs += ms) }
}

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
    expect(() => slots.assertRoom(1)).toThrow(
      expect.objectContaining({ code: 'engine.busy', retryAfterSeconds: 2 }),
    )
    free()
    expect(() => slots.assertRoom(1)).not.toThrow()
  })

  test('the time to come back follows how long answers take, and is at least a second', async () => {
    const { slots, pass } = queue(1, 0)
    for (let round = 0; round < 40; round += 1) {
      const free = await slots.take(never)
      pass(8000)
      free()
    }
    await slots.take(never)
    expect(() => slots.assertRoom(1)).toThrow(expect.objectContaining({ retryAfterSeconds: 8 }))
  })

  test('a waiter that is aborted leaves at once', async () => {
    const { slots } = queue(1, 2)
    const free = await slots.take(never)
    const client = new AbortController()
    const waiting = slots.take(client.signal)
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
