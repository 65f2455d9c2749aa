import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { noUsage, type Usage } from '../core/usage.ts'
import { machinePrice, usdPerBusyHour, type MachineRate, type MeasuredSpeed } from './machine-cost.ts'
import type { Model } from './model.ts'
import { chargeFor, worstCaseOf } from './prices/charge.ts'

const rate = (usdPerHour: number, more: Partial<MachineRate> = {}): MachineRate => ({
  usdPerHour,
  pue: 1,
  busyShare: 1,
  ...more,
})

const speed = (readsPerS: number, writesPerS: number, more: Partial<MeasuredSpeed> = {}): MeasuredSpeed => ({
  atOnce: 4,
  readsPerS,
  writesPerS,
  firstTokenMs: 100,
  watts: null,
  measuredAt: '2026-11-23T10:04:05.678Z',
  processor: 'a processor',
  ...more,
})

function modelWith(machine: MachineRate, measured: MeasuredSpeed): Model {
  const price = machinePrice('clerk', machine, measured)
  if (typeof price === 'string') throw new Error(`no price: ${price}`)
  const binding = { engine: 'llama', weights: '/clerk.gguf' } as const
  return { name: 'clerk', binding, price, toy: false, origin: 'config' }
}

const used = (inputTokens: number, outputTokens: number, cacheReadTokens = 0): Usage => ({
  ...noUsage,
  inputTokens,
  outputTokens,
  cacheReadTokens,
})

const NOW = Date.UTC(2026, 10, 23)

describe('by hand', () => {
  test('$3.60 an hour is a tenth of a cent a second', () => {
    // $3.60 / 3600 s = $0.001/s. 2,000 tokens read in a second: $0.001 / 2000 = $0.0000005 each, $0.50 a million.
    // 50 tokens written in a second: $0.001 / 50 = $0.00002 each, $20 a million.
    const { price } = modelWith(rate(3.6), speed(2000, 50))
    expect(price).toMatchObject({
      tokens: { inputPerMillion: 500_000_000, outputPerMillion: 20_000_000_000 },
    })
  })

  test('a call costs its seconds', () => {
    // 1,000 / 2000 = 0.5 s and 100 / 50 = 2 s: 2.5 s x $0.001 = $0.0025, of which reading is $0.0005.
    const charge = chargeFor(modelWith(rate(3.6), speed(2000, 50)), used(1000, 100), NOW)
    expect(charge.lines.map(({ bucket, nanoUsd }) => [bucket, nanoUsd])).toEqual([
      ['in_uncached', 500_000],
      ['out_text', 2_000_000],
    ])
    expect(charge).toMatchObject({ nanoUsd: 2_500_000, status: 'priced' })
  })

  test('a machine that is busy half of its hours costs twice', () => {
    // $3.60 / 0.5 = $7.20 for a busy hour.
    expect(usdPerBusyHour(rate(3.6, { busyShare: 0.5 }), { watts: null })).toBe(7.2)
    const { price } = modelWith(rate(3.6, { busyShare: 0.5 }), speed(2000, 50))
    expect(price).toMatchObject({
      tokens: { inputPerMillion: 1_000_000_000, outputPerMillion: 40_000_000_000 },
    })
  })

  test('electricity is of the work alone, by the joules that were measured', () => {
    // 500 W for an hour are 0.5 kWh; x 1.2 for cooling = 0.6 kWh; x $0.30 = $0.18. With $1 / 0.5: $2.18.
    const electric = rate(1, { busyShare: 0.5, usdPerKwh: 0.3, pue: 1.2 })
    expect(usdPerBusyHour(electric, { watts: 500 })).toBeCloseTo(2.18, 12)
    // A meter at the wall knows of the whole machine: 1000 W are $0.36.
    expect(usdPerBusyHour({ ...electric, watts: 1000 }, { watts: 500 })).toBeCloseTo(2.36, 12)
  })

  test('a kilowatt-hour a million tokens comes out as one', () => {
    // 100 tokens/s take 10,000 s for a million; at 360 W that is 3.6 MJ = 1 kWh = $0.25.
    const { price } = modelWith(rate(0, { usdPerKwh: 0.25 }), speed(1000, 100, { watts: 360 }))
    expect(price).toMatchObject({ tokens: { inputPerMillion: 25_000_000, outputPerMillion: 250_000_000 } })
  })

  test('eight GPUs as in the published table of unit costs: $5.50 each, 9,021 tokens/s, fully busy', () => {
    // 8 x 5.5 x 1e6 / (3600 x 9021) = 44,000,000 / 32,475,600 = $1.3549 a million; at 30 % $4.516.
    const { price } = modelWith(rate(44), speed(9021, 9021))
    expect(price).toMatchObject({ tokens: { outputPerMillion: 1_354_863_344 } })
    const busy30 = modelWith(rate(44, { busyShare: 0.3 }), speed(9021, 9021))
    expect(busy30.price).toMatchObject({ tokens: { outputPerMillion: 4_516_211_145 } })
  })
})

test('what stands in the cache takes no time and costs nothing', () => {
  const charge = chargeFor(modelWith(rate(3.6), speed(2000, 50)), used(200, 10, 800), NOW)
  expect(charge.lines.map(({ bucket, tokens, nanoUsd }) => [bucket, tokens, nanoUsd])).toEqual([
    ['in_uncached', 200, 100_000],
    ['in_cache_read', 800, 0],
    ['out_text', 10, 200_000],
  ])
})

test('a line of the ledger names what was measured, when, how many at once, and what a busy hour costs', () => {
  const model = modelWith(rate(0.42, { busyShare: 0.5 }), speed(2000, 50))
  const [line] = chargeFor(model, used(1, 0), NOW).lines
  expect(line?.priceRow).toBe(
    'measured:clerk/in_uncached+4-at-once+0.84usd-an-hour+busy-0.5@2026-11-23T10:04:05Z',
  )
  expect(model.price).toMatchObject({
    from: {
      source:
        'measured on a processor on 2026-11-23, 4 at once: reads 2000 and writes 50 tokens/s; a busy hour is $0.84 = $0.42 / 0.5; a token is that / 3600 / tokens per second',
    },
  })
})

test('the worst case of a request is bounded by the same price', () => {
  const model = modelWith(rate(3.6), speed(2000, 50))
  expect(worstCaseOf(model, { inputTokens: 1000, maxOutputTokens: 100 })).toBe(2_500_000)
})

test('without joules, electricity alone is no price; what no price can be is none', () => {
  expect(machinePrice('clerk', rate(0, { usdPerKwh: 0.3 }), speed(100, 10))).toBe('no-energy')
  expect(machinePrice('clerk', rate(1_000_000), speed(100, 0.001))).toBe('too-dear')
})

describe('for any machine, measurement and use', () => {
  const machines = fc.record({
    usdPerHour: fc.double({ min: 0.001, max: 500, noNaN: true }),
    usdPerKwh: fc.double({ min: 0.01, max: 2, noNaN: true }),
    watts: fc.double({ min: 1, max: 20_000, noNaN: true }),
    pue: fc.double({ min: 1, max: 3, noNaN: true }),
    busyShare: fc.double({ min: 0.01, max: 1, noNaN: true }),
  })
  const perS = fc.double({ min: 0.5, max: 1_000_000, noNaN: true })
  const tokens = fc.integer({ min: 1, max: 1_000_000 })

  test('the ledger is the seconds by the price of a second, within a nano-dollar for each line', () => {
    const property = fc.property(machines, perS, perS, tokens, tokens, tokens, (...drawn) => {
      const [machine, reads, writes, read, cached, written] = drawn
      fc.pre(machinePrice('clerk', machine, speed(reads, writes)) !== 'too-dear')
      const charge = chargeFor(modelWith(machine, speed(reads, writes)), used(read, written, cached), NOW)
      const nanoUsdPerSecond = (usdPerBusyHour(machine, { watts: null }) * 1e9) / 3600
      const seconds = read / reads + written / writes
      const exact = seconds * nanoUsdPerSecond
      // Beside the bound: what a double of this size cannot tell apart.
      const bound = charge.lines.length + 8 * Number.EPSILON * exact
      expect(charge.lines).toHaveLength(3)
      expect(Math.abs((charge.nanoUsd ?? Number.NaN) - exact)).toBeLessThanOrEqual(bound)
    })
    fc.assert(property, { seed: 20_261_123, numRuns: 500 })
  })

  test('twice as fast costs half, and half as busy twice, but for the last nano-dollar', () => {
    const property = fc.property(machines, perS, ({ usdPerHour, busyShare }, writes) => {
      const at = (usd: number, share: number, writesPerS: number) => {
        const price = machinePrice('clerk', rate(usd, { busyShare: share }), speed(writesPerS, writesPerS))
        return typeof price === 'string' ? Number.NaN : price.tokens.outputPerMillion
      }
      const once = at(usdPerHour, busyShare, writes)
      fc.pre(once < 4e14)
      expect(Math.abs(at(usdPerHour, busyShare, writes * 2) * 2 - once)).toBeLessThanOrEqual(1.5)
      expect(Math.abs(at(usdPerHour, busyShare / 2, writes) - once * 2)).toBeLessThanOrEqual(1.5)
    })
    fc.assert(property, { seed: 20_261_123, numRuns: 300 })
  })
})
