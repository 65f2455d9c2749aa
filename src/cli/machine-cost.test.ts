import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { listedHash } from '../engines/llama/verify-weights.ts'
import { keepMeasurement, settingsFingerprint } from '../weights/measurements.ts'
import { machineFingerprint, thisMachine } from '../weights/this-machine.ts'
import { commandLine } from './command-line.conformance.ts'

const { run, report, folder } = commandLine()
const weights = fileURLToPath(new URL('../../models/starter/starter-s1-q8_0.gguf', import.meta.url))

const level = (parallel: number, reads: number, writes: number) => ({
  parallel,
  prefill_tokens_per_s: reads,
  decode_tokens_per_s: writes,
  first_token_ms: 20,
  prompt_tokens: 400,
  output_tokens: 100,
  joules: null,
})

beforeAll(async () => {
  writeFileSync(join(folder, 'musivum.yaml'), 'discover: false\nmachine: { usd_per_hour: 3.6 }\n')
  await keepMeasurement(
    join(folder, '.musivum'),
    { sha256: (await listedHash(weights)) ?? '' },
    {
      machine: machineFingerprint(thisMachine()),
      settings: settingsFingerprint({ engine: 'llama', weights }),
      system: 'linux x64',
      processor: 'a processor',
      processors: 2,
      memory_gib: 8,
      context_tokens: 512,
      slots: 4,
      threads: 1,
      memory_bytes: null,
      measured_at: '2026-11-23T10:00:00.000Z',
      levels: [level(1, 1000, 40), level(4, 2000, 50)],
    },
  )
})

test('models list says what a million tokens cost here, beside the speed, and how that was reckoned', async () => {
  const { models } = await report('models list')
  expect(models).toContainEqual(
    expect.objectContaining({
      name: 'starter-s1',
      price: 'metered',
      input_usd_per_million: 0.5,
      output_usd_per_million: 20,
      price_source: expect.stringContaining('4 at once: reads 2000 and writes 50 tokens/s'),
      measured: expect.objectContaining({ at_once: 4, decode_tokens_per_s: 50, first_token_ms: 20 }),
    }),
  )
  expect(models).toContainEqual(
    expect.objectContaining({
      name: 'starter-l',
      price: 'owned',
      input_usd_per_million: null,
      measured: null,
    }),
  )
  const { out, err } = await run('models list')
  expect(out).toMatch(/^NAME .* LICENCE +WRITES\/S +\$\/M IN, OUT +STATE$/m)
  expect(out).toMatch(/^starter-s1 .* apache-2\.0 +50, 4 at once +0\.5, 20 +idle$/m)
  expect(out).toMatch(/^starter-l .* apache-2\.0 +- +- +idle$/m)
  expect(err).toContain('musivum.yaml:2: machine: starter-l, starter-s2')
})

test('models fit says it beside the speed that was measured', async () => {
  const { measured } = await report(`models fit ${weights} --bandwidth 20GB`)
  expect(measured).toMatchObject({
    decode_tokens_per_s: 40,
    cost: { at_once: 4, input_usd_per_million: 0.5, output_usd_per_million: 20 },
  })
  const { out } = await run(`models fit ${weights} --bandwidth 20GB`)
  expect(out).toContain(
    'Costs here, 4 at once: $0.5 for a million tokens read and $20 for a million written.',
  )
})

test('config check names what would have a price if it were measured', async () => {
  const { out } = await run('config check')
  expect(out).toContain('`musivum models bench NAME` would make the cost known')
})
