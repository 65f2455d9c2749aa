import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Model } from '../catalog/model.ts'
import { watchConfig, type WatchedConfig } from './config/watch-config.ts'
import { modelRegistry, type ModelRegistry } from './model-registry.ts'

const found: Model = {
  name: 'ollama/found',
  binding: { engine: 'openai', baseUrl: 'http://127.0.0.1:11434/v1', upstreamModel: 'found' },
  price: { kind: 'owned' },
  toy: false,
  origin: 'discovered',
}

let folder: string
let config: WatchedConfig
let registry: ModelRegistry
let answers: (() => void)[]
let told: (readonly Model[])[]

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'musivum-registry-'))
  answers = []
  told = []
  write('discover: false')
  const clock = { now: () => 0, monotonic: () => 0 }
  const file = join(folder, 'musivum.yaml')
  config = watchConfig({ file, env: {}, cwd: folder, home: folder, packageRoot: folder, clock })
  const discover = () => new Promise<readonly Model[]>((resolve) => answers.push(() => resolve([found])))
  registry = await modelRegistry({ config, ownPort: 0, onModels: (models) => told.push(models), discover })
})
afterEach(() => {
  registry.close()
  config.close()
  rmSync(folder, { recursive: true, force: true })
})

function write(text: string): void {
  writeFileSync(join(folder, 'musivum.yaml'), `${text}\n`)
}

function reload(text: string): void {
  write(text)
  config.reload()
}

const names = (): readonly string[] => [...registry.snapshot().models.keys()]

test('discovery that is switched on by a reload finds servers at once, and switched off loses them at once', async () => {
  expect(names()).toEqual([])
  reload('discover: true')
  answers[0]?.()
  await expect.poll(names).toEqual(['ollama/found'])
  reload('discover: false')
  expect(names()).toEqual([])
})

test('a server that is found after discovery was switched off is not taken', async () => {
  reload('discover: true')
  reload('discover: false\nlimits: { body_mib: 2 }')
  answers[0]?.()
  // Every promise that the answer could have woken has had its turn by then.
  await new Promise((resolve) => setImmediate(resolve))
  expect(names()).toEqual([])
})

test('who is told of a reload can read the models as often as it takes', () => {
  reload('models: { here: { engine: openai, model: m, base_url: "http://127.0.0.1:1/v1" } }')
  const [models = []] = told
  const read = (): readonly string[] => models.map(({ name }) => name)
  expect([read(), read()]).toEqual([['here'], ['here']])
})
