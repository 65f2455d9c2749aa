import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ModelView } from '../../src/gateway/admin/contract.ts'
import { errorOf, startTestGateway, user, type Config, type TestGateway } from './running-gateway.ts'

const GOOD = readFileSync(
  fileURLToPath(new URL('../../models/starter/starter-s3-q8_0.gguf', import.meta.url)),
)

/** Where the header of a GGUF file keeps its counts: magic, version, tensors, metadata entries. */
const VERSION_AT = 4
const TENSORS_AT = 8
const ENTRIES_AT = 16
const ABSURD = 2n ** 60n

type Damage = {
  readonly name: string
  readonly bytes: Buffer
  readonly sha256?: string
}

const DAMAGES: readonly Damage[] = [
  { name: 'empty', bytes: Buffer.alloc(0) },
  { name: 'a-text-file', bytes: Buffer.from('These are not weights.\n'.repeat(50)) },
  { name: 'a-web-page', bytes: Buffer.from('<!DOCTYPE html><html><body>404</body></html>') },
  { name: 'bad-magic', bytes: changed((bytes) => bytes.write('GGUX', 0)) },
  { name: 'a-version-of-the-future', bytes: changed((bytes) => bytes.writeUInt32LE(99, VERSION_AT)) },
  { name: 'absurd-tensor-count', bytes: changed((bytes) => bytes.writeBigUInt64LE(ABSURD, TENSORS_AT)) },
  { name: 'absurd-entry-count', bytes: changed((bytes) => bytes.writeBigUInt64LE(ABSURD, ENTRIES_AT)) },
  { name: 'no-tensors', bytes: changed((bytes) => bytes.writeBigUInt64LE(0n, TENSORS_AT)) },
  { name: 'cut-in-the-header', bytes: GOOD.subarray(0, 200) },
  { name: 'cut-in-the-vocabulary', bytes: GOOD.subarray(0, 5_000) },
  { name: 'cut-in-the-tensors', bytes: GOOD.subarray(0, GOOD.length >> 1) },
  { name: 'cut-at-the-very-end', bytes: GOOD.subarray(0, GOOD.length - 100) },
  { name: 'zero-heads', bytes: withEntry('llama.attention.head_count', 0) },
  { name: 'zero-blocks', bytes: withEntry('llama.block_count', 0) },
  { name: 'absurd-blocks', bytes: withEntry('llama.block_count', 2 ** 31) },
  { name: 'another-width', bytes: withEntry('llama.embedding_length', 4_096) },
  { name: 'wrong-sha256', bytes: GOOD, sha256: createHash('sha256').update('other').digest('hex') },
  // A changed byte in the tensors is not visible in the file: only its hash tells.
  {
    name: 'one-changed-byte',
    bytes: changed((bytes) => bytes.writeUInt8(bytes.readUInt8(GOOD.length - 9) ^ 1, GOOD.length - 9)),
    sha256: createHash('sha256').update(GOOD).digest('hex'),
  },
]

let gateway: TestGateway
let folder = ''

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'musivum-damaged-'))
  const models: [string, Config][] = DAMAGES.map(({ name, bytes, sha256 }) => {
    const weights = join(folder, `${name}.gguf`)
    writeFileSync(weights, bytes)
    return [name, { engine: 'llama', weights, ...(sha256 === undefined ? {} : { sha256 }) }]
  })
  const missing: [string, Config] = ['missing', { engine: 'llama', weights: join(folder, 'nowhere.gguf') }]
  gateway = await startTestGateway({ models: Object.fromEntries([...models, missing]) })
})
afterAll(async () => {
  await gateway.close()
  rmSync(folder, { recursive: true, force: true })
})

test.each(DAMAGES)('$name: one line says what is wrong, and the gateway stays up', async ({ name }) => {
  const response = await gateway.chat({ model: name, messages: user('Hello') })
  const error = await errorOf(response)
  expect(response.status).toBe(503)
  expect(error.code).toBe('engine.weights_damaged')
  expect(error.message).toMatch(/^[^\r\n]{20,}$/)
  expect(error.message).toContain(name)
  expect(error.message).not.toContain(folder)
  expect((await fetch(`${gateway.origin}/healthz`)).status).toBe(200)
})

test('a missing file is said to be missing', async () => {
  const response = await gateway.chat({ model: 'missing', messages: user('Hello') })
  expect(response.status).toBe(503)
  expect(await errorOf(response)).toMatchObject({ code: 'engine.weights_missing' })
})

test('after all of them a good model answers, and the list says which are not available', async () => {
  const answer = await gateway.chat({ model: 'starter-s3', messages: user('Triage: where is my bill?') })
  expect(answer.status).toBe(200)
  const { models } = await gateway.ask<{ readonly models: readonly ModelView[] }>('/api/models')
  const state = new Map(models.map((model) => [model.name, model]))
  for (const { name } of DAMAGES) {
    expect(`${name} ${state.get(name)?.state}`).toMatch(/ (unavailable|restarting)$/)
    expect(state.get(name)?.stateReason).not.toContain(folder)
  }
  expect(gateway.lines.join('\n')).not.toContain('mistake of ours')
})

function changed(change: (bytes: Buffer) => unknown): Buffer {
  const bytes = Buffer.from(GOOD)
  change(bytes)
  return bytes
}

/** The good file with another value under a key of 32 bits: the key's text, four bytes of type, four of value. */
function withEntry(key: string, value: number): Buffer {
  return changed((bytes) => {
    const at = bytes.indexOf(key)
    if (at === -1) throw new TypeError(`the weights have no ${key}`)
    bytes.writeUInt32LE(value, at + key.length + 4)
  })
}
