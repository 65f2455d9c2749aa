import { parse as parseToml, stringify as tomlText } from 'smol-toml'
import { describe, expect, test } from 'vitest'
import { parse as parseYaml, stringify as yamlText } from 'yaml'
import { parseConfig } from '../parse-config.ts'
import type { Path } from '../yaml-places.ts'
import { FIXTURES, fixtureText, importText } from './import-run.conformance.ts'
import { notCarriedLine, type ImportedConfig } from './import-config.ts'

type Tree = { [key: string]: unknown }

const isToml = (name: string): boolean => name.endsWith('.toml')
const parsed = (name: string): Tree =>
  (isToml(name) ? parseToml(fixtureText(name)) : parseYaml(fixtureText(name))) as Tree
const written = (name: string, value: Tree): string => (isToml(name) ? tomlText(value) : yamlText(value))

function leaves(
  value: unknown,
  path: Path = [],
): readonly { readonly path: Path; readonly value: unknown }[] {
  if (typeof value !== 'object' || value === null) return value === null ? [] : [{ path, value }]
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value)
  return entries.flatMap(([key, inner]) => leaves(inner, [...path, key]))
}

const text = (path: Path): string => path.map(String).join('\n')

function covers(places: readonly Path[], path: Path): boolean {
  const known = new Set(places.map(text))
  return path.some((_, index) => known.has(text(path.slice(0, index + 1))))
}

/** What somebody would notice: the configuration without its comments, and the list without its lines. */
function told({ yaml, notCarried }: ImportedConfig): string {
  return JSON.stringify([parseYaml(yaml), notCarried.map(({ path, what, why }) => [path, what, why])])
}

/** The same with another value there: a number is tried as a larger one and as none, because some are only an order. */
function changes(tree: Tree, path: Path): readonly Tree[] {
  const value = path.reduce<unknown>((at, key) => (at as Tree)[String(key)], tree)
  const others =
    typeof value === 'number'
      ? [value * 2 + 1, 0]
      : [typeof value === 'boolean' ? !value : `${String(value)}x`]
  return others.map((other) => {
    const copy = structuredClone(tree)
    const around = path.slice(0, -1).reduce<Tree>((at, key) => at[String(key)] as Tree, copy)
    around[String(path.at(-1))] = other
    return copy
  })
}

function outcome(name: string, tree: Tree): string {
  try {
    return told(importText(name, written(name, tree)))
  } catch (thrown) {
    return String(thrown)
  }
}

describe.each(FIXTURES)('%s', (name) => {
  test('becomes a configuration that our own loader takes, with a comment above each model', () => {
    const { yaml, models } = importText(name, fixtureText(name))
    expect(parseConfig(yaml)).toMatchObject({ kind: 'parsed' })
    expect(Object.keys((parseYaml(yaml) as { readonly models: object }).models)).toEqual(models)
    expect(yaml.match(new RegExp(`^  # ${name}:\\d+`, 'gm'))).toHaveLength(models.length)
  })

  test('every value in it is carried over or reported', () => {
    const { carried, left } = importText(name, fixtureText(name))
    const places = [...carried, ...left]
    expect(
      leaves(parsed(name))
        .filter(({ path }) => !covers(places, path))
        .map(({ path }) => text(path)),
    ).toEqual([])
  })

  // A hundred imports, on a machine that may be busy.
  test('every value that counts as carried over makes a difference', { timeout: 60_000 }, () => {
    const tree = parsed(name)
    const { carried, left } = importText(name, fixtureText(name))
    const before = outcome(name, tree)
    const used = carried.filter((path) => !covers(left, path))
    expect(used.length).toBeGreaterThan(3)
    expect(
      used.filter((path) => changes(tree, path).every((other) => outcome(name, other) === before)).map(text),
    ).toEqual([])
  })

  test('no key of it is written or said', () => {
    const imported = importText(name, fixtureText(name))
    const said = [
      imported.yaml,
      ...imported.notCarried.map((each) => notCarriedLine(name, each)),
      JSON.stringify(imported),
    ]
    for (const secret of secretsOf(name))
      for (const each of said) expect(each.includes(secret), name).toBe(false)
  })

  test('every report says where, why and what to do', () => {
    const { notCarried } = importText(name, fixtureText(name))
    for (const each of notCarried) {
      expect(each.line, each.path).toBeGreaterThan(0)
      expect(each.path).not.toBe('')
      expect([each.what, each.why, each.instead].every((words) => words.length > 0)).toBe(true)
    }
  })
})

const REFERENCE = /^(os\.environ\/|env::|dynamic::|none$)/

function secretsOf(name: string): readonly string[] {
  const keys = leaves(parsed(name)).filter(
    ({ path, value }) =>
      /(^|_)key$|secret|password|database_url/i.test(String(path.at(-1))) &&
      !/virtual/.test(String(path.at(-1))) &&
      typeof value === 'string' &&
      !REFERENCE.test(value),
  )
  const inAddresses = ['pass-in-the-address', 'database-password'].filter((word) =>
    fixtureText(name).includes(word),
  )
  return [...keys.map(({ value }) => String(value)), ...inAddresses]
}

test('the fixtures hold keys, so that the test above looks for something', () => {
  expect(FIXTURES.flatMap(secretsOf).length).toBeGreaterThan(10)
  expect(FIXTURES.length).toBeGreaterThanOrEqual(8)
})

const modelsOf = (yaml: string) => (parseYaml(yaml) as { readonly models: Record<string, object> }).models

describe('LiteLLM', () => {
  const name = 'litellm-balanced.config.yaml'
  const models = modelsOf(importText(name, fixtureText(name)).yaml)

  test('entries of one name are endpoints of one model, and another `order` is a fallback', () => {
    expect(models['gpt-4o']).toMatchObject({
      vendor: 'azure-classic',
      base_url: 'https://team-europe.openai.azure.com',
      key: 'env:AZURE_API_KEY_EU',
      weight: 1,
      query: { 'api-version': '2025-01-01-preview' },
      endpoints: [
        { base_url: 'https://team-canada.openai.azure.com', key: 'env:AZURE_API_KEY_CA', weight: 0.5 },
      ],
      fallbacks: ['gpt-4o/openai', 'claude-sonnet', { model: 'local', on: ['overloaded', 'outage'] }],
      tries: { attempts: 3, balance: 'weight' },
      timeouts: { total: '60s' },
      cache: { ttl: '600s', sampled: true },
    })
  })

  test('costs per token are prices per million, and another name is another model', () => {
    expect(models['claude-sonnet']).toMatchObject({
      engine: 'anthropic',
      timeouts: { total: '120s' },
      price: {
        input_usd_per_million: 3,
        output_usd_per_million: 15,
        cache_read_usd_per_million: 0.3,
        cache_write_usd_per_million: 3.75,
      },
      fallbacks: [{ model: 'local', on: ['content-policy'] }],
    })
    expect(models['gpt-4']).toMatchObject({
      vendor: 'azure-classic',
      fallbacks: ['gpt-4/openai', 'claude-sonnet', {}],
    })
  })

  test('keys in the file become variables that the reports name, two keys two variables', () => {
    const pasted = 'litellm-pasted-keys.config.yaml'
    const { yaml, notCarried } = importText(pasted, fixtureText(pasted))
    expect(modelsOf(yaml)['fast']).toMatchObject({
      key: 'env:OPENAI_API_KEY',
      endpoints: [{ key: 'env:OPENAI_API_KEY_2', weight: 3 }],
    })
    const said = notCarried.map((each) => notCarriedLine('c.yaml', each))
    expect(said).toContain(
      'c.yaml:12: model_list.1.litellm_params.api_key: a key: keys do not belong in files; set OPENAI_API_KEY_2 to it where the gateway starts',
    )
  })

  test('a pattern is the models that were asked for by name', () => {
    const wild = 'litellm-wildcard.config.yaml'
    expect(modelsOf(importText(wild, fixtureText(wild)).yaml)).toMatchObject({
      'openai/gpt-4o-mini': { vendor: 'openai', model: 'gpt-4o-mini' },
      'anthropic/claude-haiku-4-5': { engine: 'anthropic', model: 'claude-haiku-4-5' },
      'house/chat': {
        base_url: 'http://127.0.0.1:8000/v1',
        key: 'env:HOUSE_KEY',
        tries: { attempts: 2, balance: 'latency' },
      },
    })
  })

  test('an address from the environment is looked up now', () => {
    const wild = 'litellm-wildcard.config.yaml'
    const { yaml } = importText(wild, fixtureText(wild), { OLLAMA_BASE: 'http://10.0.0.9:11434' })
    expect(modelsOf(yaml)['elsewhere']).toMatchObject({
      vendor: 'ollama',
      base_url: 'http://10.0.0.9:11434/v1',
    })
  })
})

describe('Portkey', () => {
  test('nested targets are one model and its fallbacks, with the reasons of the status codes', () => {
    const name = 'portkey-fallback.json'
    const models = modelsOf(importText(name, fixtureText(name)).yaml)
    expect(models['support-chat']).toMatchObject({
      engine: 'openai',
      base_url: 'http://127.0.0.1:8000/v1',
      timeouts: { first_byte: '5s' },
      tries: { attempts: 4 },
      cache: { ttl: '3600s' },
      fallbacks: [
        { model: 'support-chat/openai', on: ['overloaded', 'outage'] },
        { model: 'support-chat/anthropic', on: ['overloaded', 'outage'] },
      ],
    })
    expect(models['support-chat/openai']).toMatchObject({
      weight: 0.7,
      endpoints: [{ weight: 0.3 }],
      tries: { balance: 'weight' },
    })
  })

  test('a condition on the name of the model is a model of that name; another one is reported', () => {
    const name = 'portkey-conditional.json'
    const { yaml, notCarried } = importText(name, fixtureText(name))
    expect(Object.keys(modelsOf(yaml))).toEqual(['fastest', 'large', 'pc-router-1a2b'])
    expect(notCarried.map(({ what, instead }) => [what, instead])).toContainEqual([
      'a condition',
      'let those clients ask for large',
    ])
  })

  test('a virtual key is a variable to set, and whose it is was guessed from its name', () => {
    const name = 'portkey-virtual-keys.json'
    const { yaml, notCarried } = importText(name, fixtureText(name))
    expect(modelsOf(yaml)['gpt-4o']).toMatchObject({
      vendor: 'openai',
      model: 'gpt-4o',
      key: 'env:OPENAI_TEAM_A_API_KEY',
      weight: 2,
      endpoints: [{ key: 'env:OPENAI_TEAM_B_API_KEY', weight: 1 }],
    })
    expect(notCarried.filter(({ path }) => path === 'targets.4')).toHaveLength(1)
  })
})

describe('TensorZero', () => {
  const name = 'tensorzero-models.toml'
  const { yaml, notCarried } = importText(name, fixtureText(name))
  const models = modelsOf(yaml)

  test('routing is the order of the providers', () => {
    expect(models['gpt-4o']).toMatchObject({ vendor: 'azure-classic', fallbacks: ['gpt-4o/openai'] })
    expect(models['thinker/sonnet']).toMatchObject({ base_url: 'https://anthropic.example.com/v1' })
    expect(models['thinker']).toMatchObject({ vendor: 'groq', key: 'env:GROQ_TEAM_KEY' })
  })

  test('a negative rate for cached tokens is their lower price', () => {
    expect(models['gpt-4o/openai']).toMatchObject({
      price: { input_usd_per_million: 2.5, output_usd_per_million: 10, cache_read_usd_per_million: 1.25 },
    })
  })

  test('an address that others reach is not opened by an import', () => {
    expect((parseYaml(yaml) as { readonly listen: object }).listen).toEqual({ port: 3000 })
    expect(notCarried[0]).toMatchObject({ path: 'gateway.bind_address', line: 3 })
  })

  test('a function without templates is another name, one with templates is reported whole', () => {
    const functions = 'tensorzero-functions.toml'
    const imported = importText(functions, fixtureText(functions))
    expect(modelsOf(imported.yaml)).toMatchObject({
      answer: { model: 'gemma-3-27b', tries: { attempts: 3 }, fallbacks: ['answer/openai'] },
      'answer/openai': { vendor: 'openai', model: 'gpt-4o-mini' },
    })
    expect(imported.notCarried.filter(({ path }) => path.startsWith('functions.extract'))).toMatchObject([
      { path: 'functions.extract', what: 'a function', line: 30 },
    ])
  })
})

describe('what is no configuration of anybody is refused in one line', () => {
  test.each([
    ['a: 1', /expected a config\.yaml of LiteLLM/],
    ['models: { a: { vendor: openai, model: b } }', /looks like a musivum\.yaml already/],
    ['[models.a]\nrouting = [\n', /^x:\d+: not TOML$/],
    ['model_list: [', /expected a config\.yaml/],
    ['model_list: []', /no model of this configuration of LiteLLM can be served: it names no model/],
    [
      '{"strategy":{"mode":"single"},"targets":[{"virtual_key":"sk-aaaaaaaaaaaaaaaaaaaaaaaa"}]}',
      /targets\.0: a target/,
    ],
    ['', /expected a config\.yaml/],
  ])('%j', (text, line) => {
    const load = () => importText('x', text)
    expect(load).toThrow(line)
    try {
      load()
    } catch (thrown) {
      expect(String(thrown)).not.toContain('sk-aaaa')
    }
  })
})
