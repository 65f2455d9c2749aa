import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openSpending } from './spending.ts'

test('whatever is reserved and settled, calls that cost at most what was set aside never exceed the ceiling', async () => {
  const step = fc.record({
    amount: fc.nat(400),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    billed: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.nat(2_000), async (steps, ceiling) => {
      const spending = openSpending(ceiling)
      for (const { amount, share, billed } of steps) {
        if (!(await spending.reserve(amount))) continue
        spending.settle(amount, billed ? Math.floor(share * amount) : null)
      }
      expect(spending.spent() + spending.perhaps()).toBeLessThanOrEqual(ceiling)
    }),
    { seed: 5, numRuns: 200 },
  )
})

test('a call waits for those under way, which may turn out cheaper, before it is refused', async () => {
  const spending = openSpending(100)
  expect(await spending.reserve(80)).toBe(true)
  const second = spending.reserve(60)
  const third = spending.reserve(60)
  spending.settle(80, 30)
  expect(await second).toBe(true)
  spending.settle(60, 60)
  expect(await third).toBe(false)
  expect(spending.spent()).toBe(90)
})

test('what costs nothing is never refused, and without a ceiling nothing is', async () => {
  const spent = openSpending(0)
  expect(await spent.reserve(0)).toBe(true)
  expect(await spent.reserve(1)).toBe(false)
  expect(await openSpending(undefined).reserve(1e15)).toBe(true)
})
