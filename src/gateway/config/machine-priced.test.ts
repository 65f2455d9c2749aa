import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runsHere } from '../../catalog/model.ts'
import { chargeFor } from '../../catalog/prices/charge.ts'
import { noUsage } from '../../core/usage.ts'
import { keepMeasurement, settingsFingerprint, type Measurement } from '../../weights/measurements.ts'
import { machineFingerprint, thisMachine } from '../../weights/this-machine.ts'
import { packageRoot } from '../package-files.ts'
import { loadConfig, type ConfigSnapshot } from './load-config.ts'
import { machineKeys } from './machine-rate.ts'
import { watchConfig } from './watch-config.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'musivum-machine-'))
  for (const folder of ['cwd', 'home', 'package/models/starter'])
    mkdirSync(join(root, folder), { recursive: true })
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const clock = { now: () => 1_700_000_000_000, monotonic: () => 0 }
const SHA = 'ab'.repeat(32)
const MODEL = `models:\n  clerk: { engine: llama, weights: clerk.gguf, sha256: ${SHA} }\n`
const PRICED = 'machine: { usd_per_hour: 3.6 }\n'

const around = () => ({
  cwd: join(root, 'cwd'),
  home: join(root, 'home'),
  packageRoot: join(root, 'package'),
  clock,
  env: {},
})

function write(text: string): void {
  writeFileSync(join(root, 'cwd/clerk.gguf'), 'GGUF')
  writeFileSync(join(root, 'cwd/musivum.yaml'), text)
}

function load(text: string): ConfigSnapshot {
  write(text)
  return loadConfig(around())
}

function clerk(snapshot: ConfigSnapshot) {
  const model = snapshot.models.find(({ name }) => name === 'clerk')
  if (model === undefined || !runsHere(model.binding)) throw new Error('no clerk')
  return { ...model, binding: model.binding }
}

const level = (parallel: number, reads: number | null, writes: number | null) => ({
  parallel,
  prefill_tokens_per_s: reads,
  decode_tokens_per_s: writes,
  first_token_ms: 50,
  prompt_tokens: 1000,
  output_tokens: 200,
  joules: null,
})

const HERE = machineFingerprint(thisMachine())

/** As `models bench` keeps it of the clerk of this configuration. */
async function measure(text: string, more: Partial<Measurement> = {}): Promise<void> {
  const { binding } = clerk(load(text))
  const made: Measurement = {
    machine: HERE,
    settings: settingsFingerprint(binding),
    system: 'linux x64',
    processor: 'a processor',
    processors: 2,
    memory_gib: 8,
    context_tokens: 512,
    slots: 4,
    threads: 1,
    memory_bytes: null,
    measured_at: '2026-11-23T10:00:00.000Z',
    levels: [level(1, 1000, 20), level(4, 2000, 50)],
    ...more,
  }
  await keepMeasurement(join(root, 'home'), { sha256: SHA }, made)
}

const lines = ({ warnings }: ConfigSnapshot) => warnings.filter((line) => line.includes('machine:'))

describe('a price for what runs here', () => {
  test('follows from what was measured with all slots busy, and from the hour of the machine', async () => {
    await measure(MODEL)
    const snapshot = load(MODEL + PRICED)
    expect(clerk(snapshot)).toMatchObject({
      // $0.001 a second: / 2000 and / 50 a million times.
      price: {
        kind: 'metered',
        tokens: { inputPerMillion: 5e8, outputPerMillion: 2e10, cacheReadPerMillion: 0 },
      },
      measured: { atOnce: 4, readsPerS: 2000, writesPerS: 50 },
    })
    expect(lines(snapshot)).toEqual([])
  })

  test('no machine, no price: measured and charged nothing, without a word', async () => {
    await measure(MODEL)
    const snapshot = load(MODEL)
    expect(clerk(snapshot)).toMatchObject({ price: { kind: 'owned' }, measured: { atOnce: 4 } })
    expect(snapshot.warnings).toEqual([])
  })

  test('a price that the configuration states stays', async () => {
    const stated = MODEL.replace(' }', ', price: { input_usd_per_million: 1, output_usd_per_million: 2 } }')
    await measure(stated)
    const snapshot = load(stated + PRICED)
    expect(clerk(snapshot).price).toMatchObject({ tokens: { inputPerMillion: 1e9, outputPerMillion: 2e9 } })
    expect(lines(snapshot)).toEqual([])
  })

  test('with more at once than there are slots nothing is reckoned, nor with half a measurement', async () => {
    await measure(MODEL, { slots: 2, levels: [level(1, 1000, 20), level(2, 1500, null), level(4, 2000, 50)] })
    expect(clerk(load(MODEL + PRICED)).measured).toMatchObject({ atOnce: 1, readsPerS: 1000 })
  })

  test('counts electricity by measured joules, and says where there are none', async () => {
    const electric = 'machine: { usd_per_hour: 3.6, usd_per_kwh: 0.36 }\n'
    await measure(MODEL)
    expect(lines(load(MODEL + electric))).toEqual([
      'musivum.yaml:3: machine: clerk is charged without electricity: no joules could be measured; state `watts`',
    ])
    await measure(MODEL, { levels: [{ ...level(4, 2000, 50), joules: 1000, busy_seconds: 10 }] })
    const snapshot = load(MODEL + electric)
    // 100 W x $0.36 a kWh = $0.036 an hour beside $3.60: one in a hundred.
    expect(clerk(snapshot).price).toMatchObject({ tokens: { inputPerMillion: 505_000_000 } })
    expect(lines(snapshot)).toEqual([])
  })
})

describe('without a measurement of exactly this, a model is charged nothing, and one line says how it would be', () => {
  const line = (text: string) => [`musivum.yaml:3: machine: ${text}`]

  test('never measured', () => {
    const snapshot = load(MODEL + PRICED)
    expect(clerk(snapshot).price).toEqual({ kind: 'owned' })
    expect(lines(snapshot)).toEqual(
      line('clerk is charged nothing: `musivum models bench clerk` would make the cost known'),
    )
  })

  test('measured on another machine', async () => {
    await measure(MODEL, { machine: '0'.repeat(16) })
    expect(lines(load(MODEL + PRICED))[0]).toContain('`musivum models bench clerk` would make the cost known')
  })

  test.each(['slots: 2', 'threads: 2', 'context_tokens: 256', 'gpu_layers: 0', 'engine: llama-server'])(
    'measured before the settings said %s',
    async (setting) => {
      await measure(MODEL)
      const key = setting.split(':')[0]
      const changed =
        key === 'engine' ? MODEL.replace('engine: llama', setting) : MODEL.replace(' }', `, ${setting} }`)
      const snapshot = load(changed + PRICED)
      expect(clerk(snapshot).price).toEqual({ kind: 'owned' })
      expect(lines(snapshot)).toEqual(
        line(
          'clerk is charged nothing: measured with other settings; `musivum models bench clerk` measures these',
        ),
      )
    },
  )

  test.each(['queue: 3', 'keep_alive: 1m', 'warm: true', 'pin: true'])(
    '%s makes nothing slower and leaves the measurement',
    async (setting) => {
      await measure(MODEL)
      expect(clerk(load(MODEL.replace(' }', `, ${setting} }`) + PRICED)).price.kind).toBe('metered')
    },
  )

  test('other weights under the same name', async () => {
    await measure(MODEL)
    expect(clerk(load(MODEL.replaceAll('ab', 'cd') + PRICED)).price).toEqual({ kind: 'owned' })
  })

  test('weights that nobody hashed, answers that ended too soon, a model that writes nothing', async () => {
    const unhashed = MODEL.replace(`, sha256: ${SHA}`, '')
    expect(lines(load(unhashed + PRICED))[0]).toContain('clerk is charged nothing: give `sha256`')
    await measure(MODEL, { levels: [level(1, 1000, null)] })
    expect(lines(load(MODEL + PRICED))[0]).toContain('the answers ended too soon')
    const ranks = MODEL.replace('engine: llama', 'engine: llama-server, serves: rerank')
    expect(lines(load(ranks + PRICED))[0]).toContain('only models that write text can be measured')
  })

  test('several are one line, and starters are named where there is nothing else', () => {
    const many = ['a', 'b', 'c', 'd', 'e', 'f'].map(
      (name) => `  ${name}: { engine: llama, weights: clerk.gguf }\n`,
    )
    expect(lines(load(`models:\n${many.join('')}${PRICED}`))).toEqual([
      expect.stringContaining('machine: a, b, c, d and 2 more are charged nothing: give `sha256`'),
    ])
    writeFileSync(join(root, 'package/models/starter/starter-l-q8_0.gguf'), 'GGUF')
    writeFileSync(join(root, 'package/models/starter/SHA256SUMS'), `${SHA}  starter-l-q8_0.gguf\n`)
    expect(lines(load(PRICED))[0]).toContain('machine: starter-l is charged nothing')
    expect(lines(load(MODEL.replaceAll('ab', 'cd') + PRICED))[0]).not.toContain('starter-l')
  })
})

describe('a gateway that runs', () => {
  test('has the price as soon as it is measured: the version is another one', async () => {
    write(MODEL + PRICED)
    const config = watchConfig(around())
    try {
      const before = config.current().version
      await measure(MODEL + PRICED)
      config.reload()
      expect(clerk(config.current()).price.kind).toBe('metered')
      expect(config.current().version).not.toBe(before)
    } finally {
      config.close()
    }
  })
})

describe('docs/prices.md', () => {
  const guide = readFileSync(join(packageRoot, 'docs/prices.md'), 'utf8')
  const [, section = ''] = guide.split('## What your own machine costs')
  const fenced = (language: string) =>
    new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'm').exec(section)?.[1]?.trim() ?? ''

  test('its machine, its measurement and its call come to what it says', async () => {
    const config = `${MODEL.replace('clerk:', 'starter-s1:')}${fenced('yaml')}\n`
    await measure(MODEL, { measured_at: '2026-11-23T12:07:18.428Z', levels: [level(2, 1756, 1068)] })
    const model = load(config).models.find(({ name }) => name === 'starter-s1')
    if (model?.price.kind !== 'metered') throw new Error('no price')
    const { inputPerMillion, outputPerMillion } = model.price.tokens
    const usage = { ...noUsage, inputTokens: 26, outputTokens: 1 }
    const { lines: charged, nanoUsd } = chargeFor(model, usage, clock.now())
    expect(charged[0]?.priceRow).toBe(fenced('text'))
    for (const amount of [inputPerMillion, outputPerMillion, nanoUsd ?? 0])
      expect(section).toContain(`| $${(amount / 1e9).toFixed(9)} |`)
  })

  test('it says what every setting is for', () => {
    for (const key of machineKeys) expect(section).toContain(`| \`${key}\` |`)
  })
})
