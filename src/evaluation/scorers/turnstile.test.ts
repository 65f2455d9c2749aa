import { expect, test } from 'vitest'
import { turnstile } from './turnstile.ts'

test('no more run at a time than fit, all run in their order, and one that fails lets the next one in', async () => {
  const pass = turnstile(2)
  const [started, running]: [number[], Set<number>] = [[], new Set()]
  let most = 0
  const results = await Promise.allSettled(
    [0, 1, 2, 3, 4, 5].map((number) =>
      pass(async () => {
        started.push(number)
        running.add(number)
        most = Math.max(most, running.size)
        await new Promise(setImmediate)
        running.delete(number)
        if (number === 2) throw new RangeError('two')
        return number
      }),
    ),
  )
  expect([started, most, running.size]).toEqual([[0, 1, 2, 3, 4, 5], 2, 0])
  expect(results.map(({ status }) => status)).toEqual([
    'fulfilled',
    'fulfilled',
    'rejected',
    'fulfilled',
    'fulfilled',
    'fulfilled',
  ])
})
