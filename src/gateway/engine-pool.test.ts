import { expect, test } from 'vitest'
import type { Model } from '../catalog/model.ts'
import type { Engine } from '../engines/engine.ts'
import { enginePool } from './engine-pool.ts'

const model = (name: string, upstreamModel = name): Model => ({
  name,
  binding: { engine: 'openai', baseUrl: 'http://127.0.0.1:1/v1', upstreamModel },
  price: { kind: 'unpriced' },
  toy: false,
  origin: 'config',
})

function poolOfRecordedEngines() {
  const closed: string[] = []
  const opened: string[] = []
  const pool = enginePool(
    (made) => {
      const label = made.binding.engine === 'openai' ? made.binding.upstreamModel : ''
      opened.push(label)
      const engine = {
        model: made,
        state: () => ({ kind: 'idle' }),
        close: () => Promise.resolve(void closed.push(label)),
      }
      return engine as unknown as Engine
    },
    () => undefined,
  )
  return { pool, opened, closed }
}

test('a model is opened once, and again only when what an engine reads of it changed', async () => {
  const { pool, opened } = poolOfRecordedEngines()
  await pool.use(model('a'), async () => undefined)
  await pool.use(model('a'), async () => undefined)
  await pool.use(model('a', 'other'), async () => undefined)
  expect(opened).toEqual(['a', 'other'])
})

test('a new price, fallback or cache leaves the engine as it is', () => {
  const { pool, opened, closed } = poolOfRecordedEngines()
  pool.engine(model('a'))
  const changed: Model = {
    ...model('a'),
    price: { kind: 'owned' },
    fallbacks: [],
    cache: { ttlMs: 1, sampled: true },
  }
  pool.keepOnly([changed])
  pool.engine(changed)
  expect([opened, closed]).toEqual([['a'], []])
  pool.keepOnly([{ ...changed, unavailable: 'its key is not set' }])
  expect(closed).toEqual(['a'])
})

test('a request under way keeps its engine over a reload that removes the model, and the engine closes after it', async () => {
  const { pool, closed } = poolOfRecordedEngines()
  let finish = (): void => undefined
  const running = pool.use(model('a'), () => new Promise<void>((resolve) => (finish = resolve)))
  pool.keepOnly([])
  expect(closed).toEqual([])
  finish()
  await running
  expect(closed).toEqual(['a'])
})

test('a reload closes what is gone and keeps what stayed the same', () => {
  const { pool, opened, closed } = poolOfRecordedEngines()
  pool.engine(model('a'))
  pool.engine(model('b'))
  pool.keepOnly([model('a')])
  pool.engine(model('a'))
  expect(opened).toEqual(['a', 'b'])
  expect(closed).toEqual(['b'])
})

test('a failing request gives its engine back', async () => {
  const { pool, closed } = poolOfRecordedEngines()
  await expect(pool.use(model('a'), () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  pool.keepOnly([])
  expect(closed).toEqual(['a'])
})
