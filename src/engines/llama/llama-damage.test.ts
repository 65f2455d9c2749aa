import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { failureOf } from '../conformance/engine.conformance.ts'
import { readGgufHeader } from './gguf.ts'
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

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'musivum-damaged-'))
})
afterAll(() => rm(folder, { recursive: true }))

type Damage = (bytes: Buffer) => Buffer | Promise<Buffer>

/** Each turns good weights into bad ones; the text is what the one line must say. */
const DAMAGES: readonly (readonly [string, Damage, RegExp])[] = [
  ['an empty file', () => Buffer.alloc(0), /the file is empty/],
  [
    'a file of another kind',
    (bytes) => overwrite(bytes, 0, 'PK\u0003\u0004'),
    /not a GGUF file: it starts with 504b0304/,
  ],
  ['a header that ends early', (bytes) => bytes.subarray(0, 700), /wants \d+ bytes|ends inside its header/],
  [
    'data that end early',
    (bytes) => bytes.subarray(0, 600_000),
    /has 600000 bytes but its tensors need|starts at byte/,
  ],
  ['an absurd number of tensors', (bytes) => writeU64(bytes, 8, 2n ** 40n), /claims 1099511627776 tensors/],
  [
    'an absurd number of metadata entries',
    (bytes) => writeU64(bytes, 16, 2n ** 40n),
    /claims 1099511627776 metadata entries/,
  ],
  [
    'a version from the future',
    (bytes) => writeU32(bytes, 4, 99),
    /GGUF version 99; this engine reads versions 2 and 3/,
  ],
  ['flipped metadata', (bytes) => flip(bytes, 24, 400), /claims|type|wants/],
  [
    'an architecture nobody knows',
    (bytes) => replaceText(bytes, 'llama', 'lamma'),
    /unknown model architecture: 'lamma'/,
  ],
  [
    'a tensor that lies outside the file',
    breakTensorOffset,
    /the tensor \S+ starts at byte \d+, but the file has/,
  ],
  [
    'seven heads',
    (bytes) => setNumber(bytes, 'llama.attention.head_count', 7),
    /7 attention heads do not divide the width 128/,
  ],
  [
    'zero heads',
    (bytes) => setNumber(bytes, 'llama.attention.head_count', 0),
    /head_count is 0; a model with attention has at least 1/,
  ],
  [
    'no layers',
    (bytes) => setNumber(bytes, 'llama.block_count', 0),
    /block_count is 0; a file with \d+ tensors has from 1/,
  ],
  [
    'two thousand million layers',
    (bytes) => setNumber(bytes, 'llama.block_count', 2 ** 31),
    /block_count is 2147483648; a file with \d+ tensors/,
  ],
  ['weights that are all zero', zeroWeights, /every token is equally likely/],
  ['weights that are not numbers', notNumbers, /the engine cannot load it|not numbers/],
]

describe('broken weights', () => {
  test.each(DAMAGES)('%s: one clear line, and the gateway lives', async (name, damage, line) => {
    const weights = join(folder, `${name.replaceAll(' ', '-')}.gguf`)
    await writeFile(weights, await damage(await readFile(STARTER_S1)))
    const error = await failureWith({ weights })
    expect(error.code).toBe('engine.weights_damaged')
    expect(error.message).toMatch(line)
    expect(error.message).not.toContain(folder)
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
    expect(error.code).toBe('engine.failed')
    expect(error.message).toContain('starter-s1-urgency-lora-f16.gguf on starter-l-q8_0.gguf')
  })

  test('more context than the model was trained with', async () => {
    const error = await failureWith({ contextTokens: 8192 })
    expect(error.message).toBe(
      'starter was trained with a context of 512 tokens, but its configuration asks for 8192.',
    )
  })

  test('are not tried again, until they are replaced by good ones', async () => {
    const weights = join(folder, 'repaired.gguf')
    await writeFile(weights, await zeroWeights(await readFile(STARTER_S1)))
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
      contextBytesPerToken: 3072,
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

function overwrite(bytes: Buffer, at: number, text: string): Buffer {
  bytes.write(text, at, 'latin1')
  return bytes
}

function writeU32(bytes: Buffer, at: number, value: number): Buffer {
  bytes.writeUInt32LE(value, at)
  return bytes
}

function writeU64(bytes: Buffer, at: number, value: bigint): Buffer {
  bytes.writeBigUInt64LE(value, at)
  return bytes
}

function flip(bytes: Buffer, from: number, to: number): Buffer {
  for (let at = from; at < to; at += 1) bytes.writeUInt8((bytes.readUInt8(at) ^ 0xff) & 0xff, at)
  return bytes
}

/** The value of general.architecture: its key, the type, the length, then the text. */
function replaceText(bytes: Buffer, from: string, to: string): Buffer {
  return overwrite(bytes, bytes.indexOf(from, bytes.indexOf('general.architecture')), to)
}

/** A 32-bit value stands after its key and its type. */
function setNumber(bytes: Buffer, key: string, value: number): Buffer {
  return writeU32(bytes, bytes.indexOf(key) + key.length + 4, value)
}

/** The offset ends the description of a tensor: name, dimensions, shape, type, offset. */
function breakTensorOffset(bytes: Buffer): Buffer {
  const name = 'output_norm.weight'
  const dimensionsAt = bytes.indexOf(name) + name.length
  const offsetAt = dimensionsAt + 4 + bytes.readUInt32LE(dimensionsAt) * 8 + 4
  return writeU64(bytes, offsetAt, 1n << 40n)
}

async function zeroWeights(bytes: Buffer): Promise<Buffer> {
  const { dataStart } = await readGgufHeader(STARTER_S1)
  return bytes.fill(0, dataStart)
}

/** 0x7e00 is NaN in 16 bits; every block of Q8_0 begins with its scale. */
async function notNumbers(bytes: Buffer): Promise<Buffer> {
  const { dataStart } = await readGgufHeader(STARTER_S1)
  for (let at = dataStart; at + 2 <= bytes.length; at += 2) bytes.writeUInt16LE(0x7e00, at)
  return bytes
}
