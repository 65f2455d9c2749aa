import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { packageRoot } from '../package-files.ts'
import { systemClock } from '../system-ports.ts'
import { loadConfig, type ConfigSnapshot } from './load-config.ts'
import { parseConfig } from './parse-config.ts'

const home = mkdtempSync(join(tmpdir(), 'musivum-adapters-'))
afterAll(() => rmSync(home, { recursive: true }))

function load(yaml: string): ConfigSnapshot {
  const file = join(home, 'musivum.yaml')
  writeFileSync(file, yaml)
  return loadConfig({ file, env: {}, cwd: packageRoot, home, packageRoot, clock: systemClock })
}

const model = ({ models }: ConfigSnapshot, name: string) => models.find((each) => each.name === name)

const CLERK = `models:
  clerk:
    engine: llama
    weights: models/starter/starter-s1-q8_0.gguf
    licence: llama-3.1
    region: in
    slots: 2
    adapters:
      urgency: models/starter/starter-s1-urgency-lora-f16.gguf
      sold:
        adapter: models/starter/starter-s1-urgency-lora-f16.gguf
        adapter_sha256: ${'AB'.repeat(32)}
        licence: apache-2.0
        price: { input_usd_per_million: 1, output_usd_per_million: 2 }
        facts: { certified: true }
`

test('each adapter beside the weights is a model, with all that holds of them', () => {
  const snapshot = load(CLERK)
  const [clerk, urgency] = [model(snapshot, 'clerk'), model(snapshot, 'clerk:urgency')]
  const path = join(packageRoot, 'models/starter/starter-s1-urgency-lora-f16.gguf')
  const family = {
    base: 'clerk',
    adapters: [
      { name: 'urgency', path },
      { name: 'sold', path, sha256: 'ab'.repeat(32) },
    ],
  }
  expect(clerk?.binding).toMatchObject({ engine: 'llama', slots: 2, family })
  expect(clerk?.binding).not.toHaveProperty('adapter')
  expect(urgency).toEqual({ ...clerk, name: 'clerk:urgency', binding: { ...clerk?.binding, adapter: path } })
  expect(snapshot.warnings).toEqual([])
})

test('what is said of the adapter holds of its model alone', () => {
  const snapshot = load(CLERK)
  expect(model(snapshot, 'clerk:sold')).toMatchObject({
    licence: 'apache-2.0',
    price: { kind: 'metered' },
    facts: { certified: true },
    region: 'in',
    toy: true,
  })
  expect(model(snapshot, 'clerk')).toMatchObject({ licence: 'llama-3.1', price: { kind: 'owned' } })
})

test('an adapter of unknown origin makes the origin of both unknown, unless it is stated', () => {
  const snapshot = load(
    CLERK.replace('region: in', 'facts: { provenance: 4, baa: true }').replace(
      'certified: true',
      'provenance: 2',
    ),
  )
  expect(model(snapshot, 'clerk')?.facts).toEqual({ provenance: 4, baa: true })
  expect(model(snapshot, 'clerk:urgency')?.facts).toEqual({ provenance: 0, baa: true })
  expect(model(snapshot, 'clerk:sold')?.facts).toEqual({ provenance: 2, baa: true })
})

test('an adapter that is not there is a warning at its line, and the weights are a model all the same', () => {
  const snapshot = load(
    CLERK.replace('starter-s1-urgency-lora-f16.gguf\n      sold', 'gone.gguf\n      sold'),
  )
  expect(snapshot.warnings).toHaveLength(1)
  expect(snapshot.warnings[0]).toMatch(
    /musivum\.yaml:8: models\.clerk\.adapters: urgency: there is no file models\/starter\/gone\.gguf/,
  )
  expect(model(snapshot, 'clerk')).toMatchObject({ origin: 'config', licence: 'llama-3.1', toy: true })
})

test.each([
  [
    '      adapters: { "a:b": x.gguf }',
    /^5: models\.c\.adapters.*: the name must be a name of letters, digits and \. _ -/,
  ],
  [
    '      adapters: { a: { adapter: x.gguf, adapter_sha: x } }',
    /^5: models\.c\.adapters\.a\.adapter_sha: unknown key; did you mean adapter_sha256\?/,
  ],
  ['      adapters: { a: 3 }', /^5: models\.c\.adapters\.a: expected the path of a LoRA adapter in GGUF/],
  [
    '      adapter: y.gguf\n      adapters: { a: x.gguf }',
    /^6: models\.c\.adapters: expected no `adapter` beside it/,
  ],
  [
    '      adapters: { a: x.gguf }\n  c:a: { engine: llama, weights: w.gguf }',
    /^5: models\.c\.adapters\.a: expected a name that no other model has/,
  ],
])('%#: what cannot be meant is one line', (lines, problem) => {
  const parsed = parseConfig(
    `models:\n  c:\n      engine: llama\n${lines}\n`.replace('engine', 'weights: w.gguf\n      engine'),
  )
  expect(parsed.kind).toBe('wrong')
  if (parsed.kind === 'wrong')
    expect(parsed.problems.map(({ line, text }) => `${line}: ${text}`)[0]).toMatch(problem)
})
