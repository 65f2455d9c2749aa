import { expect, test } from 'vitest'
import type { Model } from '../catalog/model.ts'
import type { Engine } from '../engines/engine.ts'
import { enginePool } from './engine-pool.ts'
import { warmer } from './local-models.ts'

const warm = (name: string, slots = 1): Model => ({
  name,
  binding: { engine: 'llama', weights: `/weights/${name}.gguf`, slots, warm: true },
  price: { kind: 'owned' },
  toy: false,
  origin: 'config',
})

/** Which models were told to load, in order; those of `broken` cannot be. */
function warming(broken = new Set<string>()) {
  const loads: string[] = []
  const load = (model: Model): Promise<void> => {
    loads.push(model.name)
    return broken.has(model.name) ? Promise.reject(new TypeError('no weights')) : Promise.resolve()
  }
  const lines: string[] = []
  const log = (line: string): void => void lines.push(line)
  const engines = enginePool((model) => {
    const engine = { model, weights: { load: () => load(model) }, close: () => Promise.resolve() }
    return engine as unknown as Engine
  }, log)
  return { bring: warmer(engines, log), loads, lines, broken }
}

test('a model that leaves the configuration and returns is loaded again', () => {
  const { bring, loads } = warming()
  bring([warm('kept')])
  bring([])
  bring([warm('kept')])
  expect(loads).toEqual(['kept', 'kept'])
})

test('a reload that says the same of a model does not load what was unloaded by hand', () => {
  const { bring, loads } = warming()
  bring([warm('kept')])
  bring([warm('kept'), warm('new')])
  bring([warm('kept', 2), warm('new')])
  expect(loads).toEqual(['kept', 'new', 'kept'])
})

test('what could not be loaded is tried again by the next reload', async () => {
  const { bring, loads, lines, broken } = warming(new Set(['kept']))
  bring([warm('kept')])
  await expect.poll(() => lines).toHaveLength(1)
  expect(lines[0]).toMatch(/^kept: not loaded: /)
  broken.clear()
  bring([warm('kept')])
  bring([warm('kept')])
  expect(loads).toEqual(['kept', 'kept'])
})
