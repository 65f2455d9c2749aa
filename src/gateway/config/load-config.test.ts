import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MusivumError } from '../../core/errors.ts'
import { packageRoot } from '../package-files.ts'
import { loadConfig, type ConfigOptions, type ConfigSnapshot } from './load-config.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'musivum-config-'))
  for (const folder of ['cwd', 'user/.musivum', 'package/models/starter'])
    mkdirSync(join(root, folder), { recursive: true })
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const clock = { now: () => 1_700_000_000_000, monotonic: () => 0 }

function load(options: Partial<ConfigOptions> = {}): ConfigSnapshot {
  return loadConfig({
    cwd: join(root, 'cwd'),
    home: join(root, 'user/.musivum'),
    packageRoot: join(root, 'package'),
    clock,
    ...options,
    env: { HOME: join(root, 'user'), ...options.env },
  })
}

/** The problems of a configuration that must not load. */
function refusal(options: Partial<ConfigOptions> = {}): {
  readonly message: string
  readonly problems: unknown
} {
  try {
    load(options)
  } catch (thrown) {
    if (!(thrown instanceof MusivumError)) throw thrown
    expect(thrown.code).toBe('config.invalid')
    return { message: thrown.message, problems: thrown.facts['problems'] }
  }
  throw new Error('the configuration was accepted')
}

function write(path: string, content: string | Uint8Array): void {
  writeFileSync(join(root, path), content)
}

function model(snapshot: ConfigSnapshot, name: string) {
  return snapshot.models.find((candidate) => candidate.name === name)
}

const MOCK =
  'models:\n  mock: { engine: openai, base_url: http://127.0.0.1:9999/v1/, model: upstream-name }\n'

describe('without a configuration', () => {
  test('the defaults are in force', () => {
    expect(load()).toMatchObject({
      file: null,
      path: null,
      loadedAtMs: 1_700_000_000_000,
      models: [],
      listen: { host: '127.0.0.1', port: 4000 },
      limits: { bodyBytes: 32 * 1024 * 1024 },
      log: { keepDays: 30, keepRows: 1_000_000 },
      discover: true,
      warnings: [],
    })
  })

  test('the starter models are there under their own names, as toys with a licence and known hashes', () => {
    const snapshot = load({ packageRoot })
    expect(snapshot.models.map(({ name }) => name).toSorted()).toEqual([
      'starter-l',
      'starter-s1',
      'starter-s1-urgency',
      'starter-s2',
      'starter-s3',
    ])
    for (const starter of snapshot.models) {
      expect(starter).toMatchObject({
        toy: true,
        licence: 'apache-2.0',
        origin: 'starter',
        price: { kind: 'owned' },
      })
      expect(starter.binding).toMatchObject({ sha256: expect.stringMatching(/^[0-9a-f]{64}$/) })
    }
    expect(model(snapshot, 'starter-s1-urgency')?.binding).toMatchObject({
      weights: expect.stringMatching(/starter-s1-q8_0\.gguf$/),
      adapter: expect.stringMatching(/starter-s1-urgency-lora-f16\.gguf$/),
      adapterSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
  })
})

describe('the file that is used', () => {
  test('is the one asked for, else MUSIVUM_CONFIG, else ./musivum.yaml, else that of the home folder', () => {
    write('user/.musivum/musivum.yaml', '# home')
    expect(load().file).toBe('~/.musivum/musivum.yaml')
    write('cwd/musivum.yaml', '# working directory')
    expect(load().file).toBe('musivum.yaml')
    write('cwd/variable.yaml', '# variable')
    expect(load({ env: { MUSIVUM_CONFIG: 'variable.yaml' } }).file).toBe('variable.yaml')
    write('cwd/asked.yaml', '# asked')
    expect(load({ env: { MUSIVUM_CONFIG: 'variable.yaml' }, file: 'asked.yaml' }).file).toBe('asked.yaml')
  })

  test('is shown without the layout of this machine', () => {
    write('cwd/musivum.yaml', '# working directory')
    expect(load({ file: join(root, 'cwd/musivum.yaml') }).file).toBe('musivum.yaml')
    mkdirSync(join(root, 'data'))
    write('data/musivum.yaml', 'modles: 1')
    rmSync(join(root, 'cwd/musivum.yaml'))
    expect(refusal({ home: join(root, 'data') }).message).toMatch(/^musivum\.yaml:1: /)
  })
})

describe('a configured model', () => {
  test('of a server gets its address without the last slash and no price unless somebody said one', () => {
    write('cwd/musivum.yaml', MOCK)
    expect(model(load(), 'mock')).toEqual({
      name: 'mock',
      binding: { engine: 'openai', baseUrl: 'http://127.0.0.1:9999/v1', upstreamModel: 'upstream-name' },
      price: { kind: 'unpriced' },
      toy: false,
      origin: 'config',
    })
  })

  test('for llama-server is bound to the weights, and to a program beside the file', () => {
    write('cwd/w.gguf', 'weights')
    write('cwd/llama-server', 'program')
    write(
      'cwd/musivum.yaml',
      `models:
  served: { engine: llama-server, weights: w.gguf, binary: ./llama-server, serves: rerank, slots: 2, pin: true }
  asked: { vendor: ollama, model: 'qwen3:8b', context_tokens: 16384 }
`,
    )
    const snapshot = load()
    expect(snapshot.warnings).toEqual([])
    expect(model(snapshot, 'served')).toMatchObject({
      price: { kind: 'owned' },
      binding: {
        engine: 'llama-server',
        weights: join(root, 'cwd/w.gguf'),
        binary: join(root, 'cwd/llama-server'),
        serves: 'rerank',
        slots: 2,
        pinned: true,
      },
    })
    expect(model(snapshot, 'asked')?.binding).toMatchObject({ vendor: 'ollama', contextTokens: 16_384 })
  })

  test('with every field is bound with all of them', () => {
    write('cwd/w.gguf', 'weights')
    write('cwd/a.gguf', 'adapter')
    write(
      'cwd/musivum.yaml',
      `models:
  local:
    engine: llama
    weights: w.gguf
    sha256: ${'AB'.repeat(32)}
    adapter: a.gguf
    adapter_sha256: ${'cd'.repeat(32)}
    context_tokens: 4096
    slots: 4
    queue: 8
    threads: 2
    gpu_layers: auto
    keep_alive: 30s
    licence: mit
    region: eu
    toy: true
  remote:
    engine: openai
    base_url: https://api.example.com/v1
    model: big
    key: env:BIG_KEY
    drops: [logprobs]
    timeouts: { first_byte: 2m, idle: 500ms }
    price: { input_usd_per_million: 0.15, output_usd_per_million: 0.6, cache_read_usd_per_million: 0.075 }
`,
    )
    const snapshot = load({ env: { BIG_KEY: ' secret\n' } })
    expect(snapshot.warnings).toEqual([])
    expect(model(snapshot, 'local')).toEqual({
      name: 'local',
      binding: {
        engine: 'llama',
        weights: join(root, 'cwd/w.gguf'),
        sha256: 'ab'.repeat(32),
        adapter: join(root, 'cwd/a.gguf'),
        adapterSha256: 'cd'.repeat(32),
        contextTokens: 4096,
        slots: 4,
        queue: 8,
        threads: 2,
        gpuLayers: 'auto',
        keepAliveMs: 30_000,
      },
      price: { kind: 'owned' },
      licence: 'mit',
      region: 'eu',
      toy: true,
      origin: 'config',
    })
    expect(model(snapshot, 'remote')).toMatchObject({
      binding: { key: 'secret', drops: ['logprobs'], timeouts: { firstByteMs: 120_000, idleMs: 500 } },
      price: {
        kind: 'metered',
        tokens: {
          inputPerMillion: 150_000_000,
          outputPerMillion: 600_000_000,
          cacheReadPerMillion: 75_000_000,
          cacheWritePerMillion: 150_000_000,
        },
      },
    })
  })

  test('of a vendor takes address and key from its table', () => {
    write(
      'cwd/musivum.yaml',
      'models: { fast: { vendor: groq, model: m, endpoints: [{ key: env:SECOND }] } }',
    )
    const snapshot = load({ env: { GROQ_API_KEY: 'gsk_1', SECOND: 'gsk_2' } })
    const baseUrl = 'https://api.groq.com/openai/v1'
    expect(model(snapshot, 'fast')?.binding).toEqual({
      engine: 'openai',
      vendor: 'groq',
      baseUrl,
      key: 'gsk_1',
      upstreamModel: 'm',
      elsewhere: [{ baseUrl, key: 'gsk_2' }],
    })
    expect(model(load(), 'fast')?.unavailable).toBe('the environment variable GROQ_API_KEY is not set')
  })

  test("of a vendor at another address does not get the vendor's key, and one of our own needs none", () => {
    write(
      'cwd/musivum.yaml',
      'models: { proxied: { vendor: groq, base_url: http://127.0.0.1:9/v1, model: m }, own: { vendor: vllm, model: m } }',
    )
    const snapshot = load({ env: { GROQ_API_KEY: 'gsk_1' } })
    expect(model(snapshot, 'proxied')?.binding).not.toHaveProperty('key')
    expect(model(snapshot, 'own')?.binding).toEqual({
      engine: 'openai',
      vendor: 'vllm',
      baseUrl: 'http://127.0.0.1:8000/v1',
      upstreamModel: 'm',
    })
    expect(snapshot.warnings).toEqual([])
  })

  test('of a provider package reads its secrets from the environment, or says which are missing', () => {
    write(
      'cwd/musivum.yaml',
      'models: { b: { engine: ai-sdk, package: "@ai-sdk/amazon-bedrock", model: m, options: { region: eu-west-1, secretAccessKey: env:AWS_SECRET } } }',
    )
    expect(model(load({ env: { AWS_SECRET: 's3cret' } }), 'b')?.binding).toEqual({
      engine: 'ai-sdk',
      package: '@ai-sdk/amazon-bedrock',
      upstreamModel: 'm',
      options: { region: 'eu-west-1', secretAccessKey: 's3cret' },
    })
    const snapshot = load()
    expect(model(snapshot, 'b')?.unavailable).toBe('the environment variable AWS_SECRET is not set')
    expect(snapshot.warnings).toEqual([
      'musivum.yaml:1: models.b.options: the environment variable AWS_SECRET is not set; the model is listed and not available',
    ])
  })

  test('takes the place of the starter model whose name it has', () => {
    write('cwd/musivum.yaml', 'models:\n  starter-l: { engine: openai, base_url: http://h/v1, model: m }\n')
    const named = load({ packageRoot }).models.filter(({ name }) => name === 'starter-l')
    expect(named).toMatchObject([{ origin: 'config', toy: false, binding: { engine: 'openai' } }])
  })

  test('on starter weights is a toy under any name, and its hash is known', () => {
    write(
      'cwd/musivum.yaml',
      'models:\n  expert: { engine: llama, weights: models/starter/starter-l-q8_0.gguf }\n',
    )
    expect(model(load({ packageRoot }), 'expert')).toMatchObject({
      toy: true,
      licence: 'apache-2.0',
      binding: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    })
  })

  test('finds its weights beside the configuration, then in the working directory, then in the package', () => {
    mkdirSync(join(root, 'etc'))
    write('etc/musivum.yaml', 'models: { a: { engine: llama, weights: w.gguf } }')
    const weights = () => model(load({ file: '../etc/musivum.yaml' }), 'a')?.binding
    write('package/w.gguf', '')
    expect(weights()).toMatchObject({ weights: join(root, 'package/w.gguf') })
    write('cwd/w.gguf', '')
    expect(weights()).toMatchObject({ weights: join(root, 'cwd/w.gguf') })
    write('etc/w.gguf', '')
    expect(weights()).toMatchObject({ weights: join(root, 'etc/w.gguf') })
  })
})

describe('what is wrong around a configuration is a warning and stops nothing', () => {
  test('weights that are not there', () => {
    write('cwd/musivum.yaml', 'models:\n  a:\n    engine: llama\n    weights: models/gone.gguf\n')
    const snapshot = load()
    expect(snapshot.warnings).toEqual([
      'musivum.yaml:4: models.a.weights: there is no file models/gone.gguf beside this file or in the working directory',
    ])
    expect(model(snapshot, 'a')?.binding).toMatchObject({ weights: join(root, 'cwd/models/gone.gguf') })
  })

  test.each([
    ['not set', {}, 'the environment variable MOCK_KEY is not set'],
    ['empty', { MOCK_KEY: ' \n' }, 'the environment variable MOCK_KEY is not set'],
    [
      'no key',
      { MOCK_KEY: 'ab\ncd-hidden' },
      'the environment variable MOCK_KEY holds characters that no key has',
    ],
  ])('a key whose variable is %s makes the model unavailable', (_, env, reason) => {
    write('cwd/musivum.yaml', MOCK.replace(' }', ', key: env:MOCK_KEY }'))
    const snapshot = load({ env })
    expect(model(snapshot, 'mock')).toMatchObject({ unavailable: reason })
    expect(snapshot.warnings).toEqual([
      `musivum.yaml:2: models.mock.key: ${reason}; the model is listed and not available`,
    ])
    expect(JSON.stringify(snapshot)).not.toContain('hidden')
  })

  test('a variable named like a property of every object is not set', () => {
    write('cwd/musivum.yaml', MOCK.replace(' }', ', key: env:constructor }'))
    expect(load().warnings).toHaveLength(1)
  })
})

describe('a wrong file', () => {
  test('is refused with the first problem, the number of others, and all of them for machines', () => {
    write('cwd/musivum.yaml', 'listen: 4\nlog: 5\nlimits: 6\n')
    expect(refusal()).toEqual({
      message: 'musivum.yaml:1: listen: expected a mapping, found 4 (and 2 more)',
      problems: [
        'musivum.yaml:1: listen: expected a mapping, found 4',
        'musivum.yaml:2: log: expected a mapping, found 5',
        'musivum.yaml:3: limits: expected a mapping, found 6',
      ],
    })
  })

  test.each([
    ['that is empty', '', 'is empty; expected at least a comment, or delete the file'],
    [
      'that is binary',
      new Uint8Array([71, 71, 85, 70, 0, 1]),
      'is not text: byte 4 is zero; save it as UTF-8',
    ],
    ['in another encoding', new Uint8Array([35, 32, 0xe9, 10]), 'is not valid UTF-8; save it as UTF-8'],
    ['that is huge', 'a'.repeat(2_000_000), 'has 2000000 bytes; at most 1048576 are read'],
  ])('%s is refused', (_, content, problem) => {
    write('cwd/musivum.yaml', content)
    expect(refusal().message).toBe(`musivum.yaml: ${problem}`)
  })

  test('that was asked for and is not there is refused', () => {
    expect(refusal({ file: 'nope.yaml' }).message).toBe('nope.yaml: there is no such file')
    expect(refusal({ env: { MUSIVUM_CONFIG: 'gone.yaml' } }).message).toBe('gone.yaml: there is no such file')
  })

  test('that is a folder or a device is refused, not read for ever', () => {
    expect(refusal({ file: '.' }).message).toBe('.: is a directory; expected a YAML file')
    expect(refusal({ file: '/dev/zero' }).message).toBe(
      '/dev/zero: is not a regular file; expected a YAML file',
    )
  })
})

describe('the version', () => {
  const versionOf = (source: string) => {
    write('cwd/musivum.yaml', source)
    return load().version
  }

  test('is the same for the same content, whatever the comments and quotes', () => {
    expect(versionOf('# one\nlisten: { port: 5 }\n')).toBe(versionOf('"listen":\n    port: 5 # two\n'))
  })

  test('differs when a value does', () => {
    expect(versionOf('listen: { port: 5 }')).not.toBe(versionOf('listen: { port: 6 }'))
  })
})

test('a snapshot cannot be changed', () => {
  write('cwd/musivum.yaml', MOCK)
  const snapshot = load()
  expect(() => Object.assign(snapshot.listen, { port: 1 })).toThrow(TypeError)
  expect(() => Object.assign(snapshot.models[0]?.binding ?? {}, { key: 'x' })).toThrow(TypeError)
})
