import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { keepMeasurement, latestMeasurement, type Measurement } from '../../weights/measurements.ts'
import { machineFingerprint, thisMachine } from '../../weights/this-machine.ts'
import { benchText } from './bench-text.ts'
import { energyMeter, type EnergyFiles } from './energy.ts'
import { figuresOf, measureLevel, type Timed } from './measure-level.ts'

const timed = (sentMs: number, firstMs: number, endMs: number, outputTokens: number): Timed => ({
  sentMs,
  firstMs,
  endMs,
  promptTokens: 100,
  outputTokens,
})

describe('the figures of a level', () => {
  test('are of all requests together, by the time of the round', () => {
    const reading = [[timed(0, 500, 500, 1), timed(0, 1000, 1000, 1)]]
    const writing = [[timed(0, 100, 1100, 51), timed(0, 200, 2100, 51)]]
    expect(figuresOf(reading, writing)).toEqual({
      prefill_tokens_per_s: 200,
      decode_tokens_per_s: 50,
      first_token_ms: 750,
      prompt_tokens: 400,
      output_tokens: 104,
    })
  })

  test('too few tokens say nothing of how fast they come', () => {
    const short = [[timed(0, 10, 20, 8)]]
    expect(figuresOf(short, short).decode_tokens_per_s).toBeNull()
  })

  test('each level asks as often as it says, and reads the counters around it', async () => {
    const asked: string[] = []
    let counter = 0
    const meter = energyMeter(counters(() => (counter += 1_500_000)))
    const level = await measureLevel(
      3,
      (what) => {
        asked.push(what)
        return Promise.resolve(timed(0, 10, 110, 11))
      },
      meter,
    )
    expect(asked).toEqual([...Array<string>(6).fill('reading'), ...Array<string>(6).fill('writing')])
    expect(level).toMatchObject({ parallel: 3, joules: 1.5, busy_seconds: 0.44 })
  })
})

function counters(
  energy: () => number,
  names = ['intel-rapl:0', 'intel-rapl:0:0', 'intel-rapl'],
): EnergyFiles {
  return {
    list: () => names,
    read: (file) => String(file.endsWith('max_energy_range_uj') ? 10_000_000 : energy()),
  }
}

describe('joules', () => {
  test('are those of the packages, and a counter that begins again is followed', () => {
    const values = [0, 9_000_000, 1_000_000]
    const meter = energyMeter(counters(() => values.shift() ?? 0))
    const used = meter.kind === 'meter' ? meter.begin() : () => Number.NaN
    expect(used()).toBe(2)
  })

  test('that cannot be had are said to be, with the reason', () => {
    const denied = () => {
      throw Object.assign(new Error('no'), { code: 'EACCES' })
    }
    expect(energyMeter(counters(denied))).toEqual({
      kind: 'none',
      why: 'the energy counters may only be read by root',
    })
    expect(energyMeter(counters(() => 0, []))).toMatchObject({ kind: 'none', why: /no energy counters/ })
  })
})

describe('kept figures', () => {
  const home = mkdtempSync(join(tmpdir(), 'musivum-measured-'))
  afterAll(() => rmSync(home, { recursive: true }))
  const weights = { sha256: 'ab'.repeat(32) }
  const machine = machineFingerprint(thisMachine())
  const made = (at: string, decode: number, more: Partial<Measurement> = {}): Measurement => ({
    machine,
    system: 'linux x64',
    processor: 'a processor',
    processors: 2,
    memory_gib: 8,
    context_tokens: 512,
    slots: 4,
    threads: 1,
    memory_bytes: 1e8,
    measured_at: at,
    levels: [
      {
        parallel: 1,
        prefill_tokens_per_s: 1000,
        decode_tokens_per_s: decode,
        first_token_ms: 12,
        prompt_tokens: 100,
        output_tokens: 50,
        joules: 25,
      },
    ],
    ...more,
  })

  test('of the same settings take the place of older ones; the latest of this machine is found', async () => {
    await keepMeasurement(home, weights, made('2026-11-23T10:00:00.000Z', 10))
    await keepMeasurement(home, weights, made('2026-11-23T11:00:00.000Z', 20))
    await keepMeasurement(home, weights, made('2026-11-23T12:00:00.000Z', 30, { machine: '0'.repeat(16) }))
    await keepMeasurement(home, weights, made('2026-11-23T09:00:00.000Z', 40, { slots: 1 }))
    expect((await latestMeasurement(home, weights, machine))?.levels[0]?.decode_tokens_per_s).toBe(20)
    const file = join(home, 'measured', `${weights.sha256}.json`)
    const kept = JSON.parse(readFileSync(file, 'utf8')) as { measurements: Measurement[] }
    expect(kept.measurements.map(({ levels }) => levels[0]?.decode_tokens_per_s)).toEqual([20, 30, 40])
  })

  test('of an adapter are its own, and a file that is broken is no figure', async () => {
    const adapted = { ...weights, adapterSha256: 'cd'.repeat(32) }
    expect(await latestMeasurement(home, adapted, machine)).toBeUndefined()
    await keepMeasurement(home, adapted, made('2026-11-23T10:00:00.000Z', 5))
    expect((await latestMeasurement(home, adapted, machine))?.levels[0]?.decode_tokens_per_s).toBe(5)
    writeFileSync(join(home, 'measured', `${weights.sha256}.json`), '{"measurements": [')
    expect(await latestMeasurement(home, weights, machine)).toBeUndefined()
    await keepMeasurement(home, weights, made('2026-11-23T10:00:00.000Z', 7))
    expect((await latestMeasurement(home, weights, machine))?.levels[0]?.decode_tokens_per_s).toBe(7)
  })

  test('are a table for people', () => {
    const text = benchText('clerk', made('2026-11-23T10:00:00.000Z', 8.25), ['joules: none'])
    expect(text).toContain('clerk on a processor: 4 slots of 512 tokens, one thread, 95.4 MiB held')
    expect(text).toMatch(/^1 +1000 +8\.3 +12 ms +0\.500$/m)
    expect(text).toContain('Note: joules: none.')
  })
})
