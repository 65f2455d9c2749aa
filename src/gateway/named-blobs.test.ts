import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Model } from '../catalog/model.ts'
import { MusivumError } from '../core/errors.ts'
import { unavailableEngine } from '../engines/unavailable-engine.ts'
import { pull } from '../weights/pull.ts'
import { shelfOf } from '../weights/shelf.ts'
import { parseSource } from '../weights/source.ts'
import { namedBlobs } from './named-blobs.ts'
import { packageRoot } from './package-files.ts'
import { systemClock } from './system-ports.ts'

const home = mkdtempSync(join(tmpdir(), 'musivum-blobs-'))
afterAll(() => rmSync(home, { recursive: true }))
const blobs = namedBlobs(shelfOf(home))
let blob = ''

async function pulled(name: string): Promise<string> {
  const asked = 'file:starter-s1-q8_0.gguf'
  const world = {
    home,
    cwd: join(packageRoot, 'models/starter'),
    env: {},
    clock: systemClock,
    who: 'mira',
    signal: AbortSignal.timeout(60_000),
    log: () => undefined,
    onProgress: () => undefined,
    accept: () => Promise.resolve(true),
    fromHub: false,
  }
  const { manifest } = await pull({ source: parseSource(asked), asked, name }, world)
  return manifest.files[0]?.sha256 ?? ''
}

beforeAll(async () => {
  blob = `sha256-${await pulled('first')}`
  await pulled('second')
})

const model = (name: string): Model => ({
  name,
  binding: { engine: 'llama', weights: `/blobs/${blob}` },
  price: { kind: 'owned' },
  toy: false,
  origin: 'pulled',
})

const told = (name: string, error: Error) => blobs.error(model(name), error) as Error

test('a file that is missing or damaged is told by its model, with the command that says more', () => {
  const missing = new MusivumError('engine.weights_missing', `The weights file ${blob} is not there.`)
  const next = (name: string) =>
    `\`musivum models verify ${name}\` says whether it is whole, and how to pull it again.`
  const line = (name: string) =>
    `The weights file starter-s1-q8_0.gguf of ${name} is not there. ${next(name)}`
  expect(told('second', missing)).toMatchObject({ code: 'engine.weights_missing', message: line('second') })
  // A name of the configuration, bound to what was pulled under another.
  expect(told('triage', missing).message).toBe(line('first'))
})

test('what is no damage has its names and no such command', () => {
  const why = `${blob} does not fit the free memory; use a smaller quantization.`
  expect(told('first', new MusivumError('engine.out_of_memory', why)).message).toBe(
    'starter-s1-q8_0.gguf of first does not fit the free memory; use a smaller quantization.',
  )
})

test('what speaks of no pulled file stays as it is', () => {
  const other = new MusivumError('engine.weights_missing', 'The weights file mine.gguf is not there.')
  expect(told('first', other)).toBe(other)
  const gone = `The weights file sha256-${'0'.repeat(64)} is not there.`
  expect(told('first', new MusivumError('engine.weights_missing', gone)).message).toBe(gone)
})

test('the state of an engine says the same names', () => {
  const engine = blobs.engine(unavailableEngine(model('second'), `${blob}: damaged`))
  expect(engine.state()).toEqual({
    kind: 'unavailable',
    reason: 'starter-s1-q8_0.gguf of second: damaged',
  })
})
