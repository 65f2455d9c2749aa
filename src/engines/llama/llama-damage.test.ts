import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { failureOf } from '../conformance/engine.conformance.ts'
import { readGgufHeader } from './gguf.ts'
import {
  CHILD_DAMAGES,
  flip,
  HEADER_DAMAGES,
  set,
  spoiled,
  TEMPLATE_DAMAGES,
} from './damaged-weights.conformance.ts'
import { inspectWeights } from './inspect-weights.ts'
import {
  ask,
  openStarter,
  saying,
  starterFile,
  STARTER_L,
  STARTER_S1,
  textOf,
} from './starter-engine.conformance.ts'
import { verifyWeights } from './verify-weights.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'musivum-damaged-'))
})
afterAll(() => rm(folder, { recursive: true }))

const ENOUGH_KINDS = 30

describe('broken weights', () => {
  test('are of many kinds', () => {
    expect(HEADER_DAMAGES.length).toBeGreaterThan(ENOUGH_KINDS)
  })

  test.each(HEADER_DAMAGES)('%s: one clear line before any process is started', async (_, spoil, line) => {
    const weights = await write(spoiled(spoil))
    const error = await failureWith({ weights })
    expect(error.code).toBe('engine.weights_damaged')
    expect(error.message).toMatch(line)
    expect(error.message).toMatch(/^[^\r\n]{20,300}$/)
    expect(error.message).not.toContain(folder)
    const binding = { engine: 'llama', weights } as const
    expect(await failureOf(verifyWeights(binding, AbortSignal.timeout(5000)))).toEqual(error)
  })

  test('only the engine can find are one clear line too, and a model beside them goes on', async () => {
    const pids: string[] = []
    const log = (line: string) => void pids.push(...(/process \d+/.exec(line) ?? []))
    const beside = openStarter({ deps: { log } })
    try {
      await textOf(beside, saying('Language: Wo ist die Apotheke?'))
      await Promise.all(
        CHILD_DAMAGES.map(async ([, spoil, line]) => {
          const error = await failureWith({ weights: await write(spoiled(spoil)) })
          expect(error.code).toBe('engine.weights_damaged')
          expect(error.message).toMatch(line)
          expect(error.message).not.toContain(folder)
        }),
      )
      expect(await textOf(beside, saying('Language: Wo ist die Apotheke?'))).toBe('de')
      expect(pids).toHaveLength(1)
    } finally {
      await beside.close()
    }
  })

  test.each(TEMPLATE_DAMAGES)('%s: the conversation is refused', async (_, spoil, line) => {
    const error = await failureWith({ weights: await write(spoiled(spoil)) })
    expect(error.code).toMatch(/^(request\.unsupported|engine\.failed)$/)
    expect(error.message).toMatch(line)
  })

  test('a file that is not there', async () => {
    const error = await failureWith({ weights: join(folder, 'nowhere.gguf') })
    expect(error.code).toBe('engine.weights_missing')
    expect(error.message).toBe('The weights file nowhere.gguf is not there.')
  })

  test('a sha256 that is another one', async () => {
    const error = await failureWith({ sha256: 'ab'.repeat(32) })
    expect(error.code).toBe('engine.weights_damaged')
    expect(error.message).toMatch(/starter-s1-q8_0\.gguf: sha256 is 80a790cabe97…, expected abababababab…/)
  })

  test('a sha256 that the list beside the weights gives otherwise', async () => {
    const own = await mkdtemp(join(folder, 'listed-'))
    await copyFile(STARTER_S1, join(own, 'listed.gguf'))
    await writeFile(join(own, 'SHA256SUMS'), `${'cd'.repeat(32)}  listed.gguf\n`)
    const error = await failureWith({ weights: join(own, 'listed.gguf') })
    expect(error.message).toContain('expected cdcdcdcdcdcd…')
  })

  test('an adapter given as a model, and a model given as an adapter', async () => {
    const adapter = starterFile('starter-s1-urgency-lora-f16.gguf')
    expect((await failureWith({ weights: adapter })).message).toContain('this is an adapter, not a model')
    expect((await failureWith({ adapter: STARTER_L })).message).toContain('this is not an adapter')
  })

  test('an adapter of another model', async () => {
    const adapter = starterFile('starter-s1-urgency-lora-f16.gguf')
    const error = await failureWith({ weights: STARTER_L, adapter })
    expect(error.code).toBe('config.invalid')
    expect(error.message).toContain(
      'starter-s1-urgency-lora-f16.gguf was made for other weights than starter-l-q8_0.gguf',
    )
  })

  test('more context than the model was trained with', async () => {
    const error = await failureWith({ contextTokens: 8192 })
    expect(error.message).toBe(
      'starter was trained with a context of 512 tokens, but its configuration asks for 8192.',
    )
  })

  test('are not tried again, until they are replaced by good ones', async () => {
    const weights = join(folder, 'repaired.gguf')
    await writeFile(weights, spoiled(set('embedding_length', 64)))
    const log: string[] = []
    const engine = openStarter({ weights, deps: { log: (line) => log.push(line) } })
    try {
      const first = await failureOf(ask(engine, saying('x')))
      expect(engine.state()).toEqual({ kind: 'unavailable', reason: first.message })
      expect((await failureOf(ask(engine, saying('x')))).message).toBe(first.message)
      expect(log).toHaveLength(1)
      await copyFile(STARTER_S1, weights)
      expect(await textOf(engine, saying('Language: Wo ist die Apotheke?'))).toBe('de')
    } finally {
      await engine.close()
    }
  })
})

describe('the header of good weights', () => {
  test('says what `models list` shows', async () => {
    expect(await inspectWeights(STARTER_L)).toEqual({
      architecture: 'llama',
      name: 'starter-l',
      contextTokens: 512,
      parameters: 4_754_688,
      sizeBytes: 5_107_104,
      quantization: 'Q8_0',
      licence: 'apache-2.0',
      chatTemplate: true,
    })
  })

  test('cut at any byte is damage and nothing worse', async () => {
    const bytes = await readFile(STARTER_S1)
    const { dataStart } = await readGgufHeader(STARTER_S1)
    const weights = join(folder, 'cut.gguf')
    for (let length = 0; length < dataStart; length += 997) {
      await writeFile(weights, bytes.subarray(0, length))
      expect((await failureOf(inspectWeights(weights))).code).toBe('engine.weights_damaged')
    }
  })

  test('with any byte turned over is read or refused, never more', async () => {
    const bytes = await readFile(STARTER_S1)
    const weights = join(folder, 'turned.gguf')
    for (let at = 0; at < 20_000; at += 499) {
      await writeFile(weights, flip(Buffer.from(bytes), at, at + 1))
      await inspectWeights(weights).catch(async (thrown: unknown) => {
        expect((await failureOf(Promise.reject(thrown as Error))).code).toBe('engine.weights_damaged')
      })
    }
  })
})

async function failureWith(options: Parameters<typeof openStarter>[0]) {
  const engine = openStarter(options)
  try {
    return await failureOf(ask(engine, saying('x')))
  } finally {
    await engine.close()
  }
}

let written = 0

async function write(bytes: Buffer): Promise<string> {
  written += 1
  const path = join(folder, `damaged-${written}.gguf`)
  await writeFile(path, bytes)
  return path
}
