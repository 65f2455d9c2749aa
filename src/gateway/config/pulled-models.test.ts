import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Model } from '../../catalog/model.ts'
import { pull } from '../../weights/pull.ts'
import { shelfOf } from '../../weights/shelf.ts'
import { parseSource } from '../../weights/source.ts'
import { loadConfig, type ConfigOptions, type ConfigSnapshot } from './load-config.ts'
import { watchConfig } from './watch-config.ts'

const packageRoot = fileURLToPath(new URL('../../../', import.meta.url))
const root = mkdtempSync(join(tmpdir(), 'musivum-pulled-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const home = join(root, 'home')
const clock = { now: () => 1_700_000_000_000, monotonic: () => 0 }
const options: ConfigOptions = { env: {}, cwd: root, home, packageRoot: join(root, 'none'), clock }

async function pulled(file: string, name: string): Promise<void> {
  const asked = `file:${file}`
  await pull(
    { source: parseSource(asked), asked, name },
    {
      home,
      cwd: join(packageRoot, 'models/starter'),
      env: {},
      clock,
      who: 'mira',
      signal: AbortSignal.timeout(60_000),
      log: () => undefined,
      onProgress: () => undefined,
      accept: () => Promise.resolve(true),
      fromHub: false,
    },
  )
}

beforeAll(async () => {
  mkdirSync(home)
  await pulled('starter-s1-q8_0.gguf', 'small')
  await pulled('starter-s1-urgency-lora-f16.gguf', 'urgency')
})

function load(yaml = '# nothing', changed: Partial<ConfigOptions> = {}): ConfigSnapshot {
  writeFileSync(join(root, 'musivum.yaml'), yaml)
  return loadConfig({ ...options, ...changed })
}

const modelOf = ({ models }: ConfigSnapshot, name: string): Model | undefined =>
  models.find((model) => model.name === name)

describe('weights that were pulled', () => {
  test('are a model under their name, without a line of the configuration; an adapter alone is none', () => {
    const { models, warnings } = load()
    expect(warnings).toEqual([])
    expect(models).toEqual([
      {
        name: 'small',
        binding: {
          engine: 'llama',
          weights: expect.stringMatching(/blobs.sha256-[0-9a-f]{64}$/),
          sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        },
        price: { kind: 'owned' },
        licence: 'apache-2.0',
        facts: { provenance: 1 },
        source: 'file:starter-s1-q8_0.gguf',
        toy: false,
        origin: 'pulled',
      },
    ])
  })

  test('of a starter are a toy all the same', () => {
    expect(modelOf(load('# nothing', { packageRoot }), 'small')).toMatchObject({
      toy: true,
      origin: 'pulled',
    })
  })

  test('may be named by a configured model, with their hash, licence and provenance', () => {
    const snapshot = load(
      'models:\n  mine: { engine: llama, weights: small, adapter: urgency, slots: 2, facts: { baa: true } }\n',
    )
    const own = modelOf(snapshot, 'small')
    expect(snapshot.warnings).toEqual([])
    expect(modelOf(snapshot, 'mine')).toMatchObject({
      binding: {
        ...own?.binding,
        slots: 2,
        adapter: expect.stringMatching(/blobs.sha256-/),
        adapterSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
      licence: 'apache-2.0',
      facts: { provenance: 1, baa: true },
      origin: 'config',
    })
  })

  test('are found by their source too, and what was not pulled is said with the command', () => {
    const yaml = (weights: string) => `models:\n  mine: { engine: llama, weights: "${weights}" }\n`
    expect(load(yaml('file:starter-s1-q8_0.gguf')).warnings).toEqual([])
    expect(load(yaml('hf:a/b:Q4_K_M')).warnings).toEqual([
      'musivum.yaml:2: models.mine.weights: not pulled yet: `musivum models pull hf:a/b:Q4_K_M`',
    ])
    expect(load(yaml('other')).warnings).toEqual([
      expect.stringMatching(/there is no file other .*, and nothing was pulled under that name/),
    ])
  })

  test('give way to a file that is there and to a configured model of their name', () => {
    copyFileSync(join(packageRoot, 'models/starter/starter-s2-q8_0.gguf'), join(root, 'small'))
    const snapshot = load('models:\n  small: { engine: llama, weights: small }\n')
    rmSync(join(root, 'small'))
    expect(snapshot.models.map(({ origin }) => origin)).toEqual(['config'])
    expect(modelOf(snapshot, 'small')?.binding).toMatchObject({ weights: join(root, 'small') })
  })

  test('with a manifest that was edited are listed and cannot be asked, with one line that says so', () => {
    const file = join(shelfOf(home).models, 'small.json')
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, text.replace('"level": 1', '"level": 4'))
    const snapshot = load('models: { mine: { engine: llama, weights: small } }')
    writeFileSync(file, text)
    const why = 'the manifest small.json: it does not fit its own hash, so it was edited after it was written'
    const unavailable = `${why}; \`musivum models verify small\` says what mends it`
    expect(modelOf(snapshot, 'small')).toMatchObject({ unavailable, origin: 'pulled' })
    expect(modelOf(snapshot, 'mine')).toMatchObject({ unavailable })
    expect(snapshot.warnings).toEqual([
      `musivum.yaml:1: models.mine.weights: ${unavailable}`,
      `${why}; pull it again as small, which fetches nothing that is whole, or remove it: \`musivum models rm small\``,
    ])
  })

  test('of the other kind, of no file and not pulled yet are told in one line each', () => {
    const { warnings, models } = load(`models:
  a: { engine: llama, weights: urgency }
  b: { engine: llama, weights: small, adapter: small }
  c: { engine: llama, weights: "small:urgency" }
  d: { engine: llama, weights: "hf:a/b:Q8_0" }
  e: { engine: llama, weights: gone }
`)
    const told = warnings.map((line) => line.replace(/^musivum\.yaml:(\d): models\../, '$1'))
    expect(told).toEqual([
      '2.weights: urgency is an adapter; expected the weights that it was made for, and `adapter: urgency` beside them',
      '3.adapter: small is weights, not an adapter; expected a LoRA adapter that was made for those of this model',
      '4.weights: small:urgency is a name to ask for, not a file; expected the path of a GGUF file or a name of `musivum models list`; an adapter stands beside them, as `adapter` or in `adapters`',
      '5.weights: not pulled yet: `musivum models pull hf:a/b:Q8_0`',
      '6.weights: there is no file gone beside this file or in the working directory, and nothing was pulled under that name; `musivum models list` says what was',
    ])
    // A file may be there at the next request; what was pulled as something else will not be another thing by then.
    expect(models.flatMap(({ name, unavailable }) => (unavailable === undefined ? [] : [name]))).toEqual([
      'a',
      'b',
      'd',
    ])
  })

  test('are there without a restart, and gone when they are removed', async () => {
    writeFileSync(join(root, 'musivum.yaml'), '# nothing')
    const config = watchConfig(options)
    try {
      const changed = new Promise<ConfigSnapshot>((resolve) =>
        config.onChange((change) => change.kind === 'loaded' && resolve(change.snapshot)),
      )
      await pulled('starter-s2-q8_0.gguf', 'second')
      expect((await changed).models.map(({ name }) => name)).toEqual(['second', 'small'])
    } finally {
      config.close()
    }
  })

  test('cannot take the name of a model that ships with us', async () => {
    await pulled('starter-s3-q8_0.gguf', 'starter-l')
    const snapshot = load('# nothing', { packageRoot })
    expect(snapshot.models.filter(({ name }) => name === 'starter-l').map(({ origin }) => origin)).toEqual([
      'starter',
    ])
    expect(snapshot.warnings).toEqual([
      expect.stringMatching(/^starter-l was pulled under the name of a model that ships/),
    ])
  })
})

test('`offline: true` is read', () => {
  expect(load('offline: true').offline).toBe(true)
  expect(load('offline: false')).not.toHaveProperty('offline')
})
