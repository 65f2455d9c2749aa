import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { toMusivumError } from '../../core/errors.ts'
import { loadConfig, type ConfigOptions } from './load-config.ts'
import { watchConfig, type ConfigChange, type WatchedConfig } from './watch-config.ts'

let root: string
let watched: WatchedConfig | undefined

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'musivum-policy-config-'))
})

afterEach(() => {
  watched?.close()
  watched = undefined
  rmSync(root, { recursive: true, force: true })
})

function options(): ConfigOptions {
  return {
    env: {},
    cwd: root,
    home: join(root, 'home'),
    packageRoot: root,
    clock: { now: () => 0, monotonic: () => 0 },
  }
}

function save(name: string, source: string): void {
  writeFileSync(join(root, name), source)
}

function policyName(): string {
  const { policy } = loadConfig(options())
  return policy.kind === 'rules' ? policy.name : policy.kind
}

function problem(): string {
  try {
    loadConfig(options())
  } catch (thrown) {
    return toMusivumError(thrown).message
  }
  return ''
}

const rules = (when: string) => `rules:\n  - {id: a, effect: forbid, when: ${when}}\n`

describe('policy', () => {
  test('without one every model may answer', () => {
    save('musivum.yaml', 'discover: false')
    expect(policyName()).toBe('allow-all')
  })

  test('is a preset, or a file beside the configuration', () => {
    save('musivum.yaml', 'policy: offline')
    expect(policyName()).toBe('offline')
    save('rules.yaml', rules('model.toy'))
    save('musivum.yaml', 'policy: ./rules.yaml')
    expect(policyName()).toBe('rules.yaml')
  })

  test('is told with its line when it is wrong, and with the lines of the rules when those are', () => {
    save('musivum.yaml', 'discover: false\npolicy: ofline')
    expect(problem()).toContain('musivum.yaml:2: policy: no preset is called ofline; did you mean offline?')
    save('musivum.yaml', 'policy: ./rules.yaml')
    expect(problem()).toBe(
      'musivum.yaml:1: policy: there is no file rules.yaml beside this file or in the working directory',
    )
    save('rules.yaml', rules('model.regon == "eu"'))
    expect(problem()).toBe('rules.yaml:2: rules.0.when: unknown fact model.regon; did you mean model.region?')
    save('musivum.yaml', 'policy: [hospital]')
    expect(problem()).toContain('musivum.yaml:1: policy: expected a preset such as `hospital`')
  })

  test('that is wrong hides nothing else that is', () => {
    save(
      'musivum.yaml',
      'policy: ofline\nguards: [{ id: g, fails: closed, check: deny, on: input, action: note, topics: [{ topic: x, pattern: "(a" }] }]',
    )
    expect(problem()).toMatch(/^musivum.yaml:1: policy: .* \(and 1 more\)$/)
  })

  test('makes another version when a rule changes, and none when a comment does', () => {
    save('musivum.yaml', 'policy: ./rules.yaml')
    save('rules.yaml', rules('model.toy'))
    const before = loadConfig(options()).version
    save('rules.yaml', `# why\n${rules('model.toy')}`)
    expect(loadConfig(options()).version).toBe(before)
    save('rules.yaml', rules('model.local'))
    expect(loadConfig(options()).version).not.toBe(before)
  })
})

test('facts of a model are what it says, and a mistyped one is told', () => {
  const model = (facts: string) =>
    `models:\n  far: { vendor: ollama, model: m, facts: { ${facts} } }\ndiscover: false\n`
  save(
    'musivum.yaml',
    model('baa: true, retention_days: 0, legal_seat: US, runs: remote, terms_date: "2026-11-23"'),
  )
  expect(loadConfig(options()).models.find(({ name }) => name === 'far')?.facts).toEqual({
    baa: true,
    retentionDays: 0,
    legalSeat: 'US',
    runs: 'remote',
    termsDate: '2026-11-23',
  })
  save('musivum.yaml', model('retention_day: 0'))
  expect(problem()).toBe(
    'musivum.yaml:2: models.far.facts.retention_day: unknown key; did you mean retention_days?',
  )
  save('musivum.yaml', model('baa: signed'))
  expect(problem()).toBe('musivum.yaml:2: models.far.facts.baa: expected true or false, found text')
})

describe('a file of rules that is saved', () => {
  function start(): { readonly next: () => Promise<ConfigChange>; readonly config: WatchedConfig } {
    const config = watchConfig(options())
    watched = config
    const arrived: ConfigChange[] = []
    const waiting: ((change: ConfigChange) => void)[] = []
    config.onChange((change) =>
      (waiting.shift() ?? ((each: ConfigChange) => void arrived.push(each)))(change),
    )
    const next = () => {
      const change = arrived.shift()
      return change === undefined
        ? new Promise<ConfigChange>((resolve) => void waiting.push(resolve))
        : Promise.resolve(change)
    }
    return { config, next }
  }

  function whenOf(config: WatchedConfig): string | undefined {
    const { policy } = config.current()
    return policy.kind === 'rules' ? policy.rules[0]?.when.text : undefined
  }

  test('is in force without a restart; a wrong one leaves the last good one in force, and says why', async () => {
    save('musivum.yaml', 'policy: ./rules.yaml')
    save('rules.yaml', rules('model.toy'))
    const { config, next } = start()
    save('rules.yaml', rules('model.local'))
    expect(await next()).toMatchObject({ kind: 'loaded' })
    expect(whenOf(config)).toBe('model.local')
    save('rules.yaml', rules('model.loccal'))
    expect(await next()).toEqual({
      kind: 'refused',
      problem: 'rules.yaml:2: rules.0.when: unknown fact model.loccal; did you mean model.local?',
    })
    expect(whenOf(config)).toBe('model.local')
    save('rules.yaml', rules('model.baa'))
    expect(await next()).toMatchObject({ kind: 'loaded' })
    expect(whenOf(config)).toBe('model.baa')
  })

  test('is watched from the moment that the configuration names it, also while it is wrong', async () => {
    save('musivum.yaml', 'policy: open')
    const { config, next } = start()
    save('rules.yaml', rules('model.loccal'))
    save('musivum.yaml', 'policy: ./rules.yaml')
    expect(await next()).toMatchObject({ kind: 'refused' })
    save('rules.yaml', rules('model.local'))
    expect(await next()).toMatchObject({ kind: 'loaded' })
    expect(whenOf(config)).toBe('model.local')
  })
})
