import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import type { LlamaBinding } from '../../catalog/model.ts'
import { fingerprint } from './weights-files.ts'

const folder = await mkdtemp(join(tmpdir(), 'weights-files-'))
afterAll(() => rm(folder, { recursive: true }))
const at = (name: string) => join(folder, name)

const FILES = [
  'whole.gguf',
  'm-00001-of-00003.gguf',
  'm-00002-of-00003.gguf',
  'm-00003-of-00003.gguf',
  'a',
  'b',
]
const adapters = ['a', 'b'].map((name) => ({ name, path: at(name) }))
const bindings = {
  whole: { engine: 'llama', weights: at('whole.gguf') },
  parts: { engine: 'llama', weights: at('m-00001-of-00003.gguf') },
  adapted: { engine: 'llama', weights: at('whole.gguf'), adapter: at('b') },
  family: { engine: 'llama', weights: at('whole.gguf'), family: { base: 'whole', adapters } },
} as const satisfies Record<string, LlamaBinding>

describe('what a condemnation rests on', () => {
  beforeEach(() => Promise.all(FILES.map((name) => writeFile(at(name), 'damaged'))))

  test.each([
    ['whole', ['whole.gguf']],
    ['parts', ['m-00001-of-00003.gguf', 'm-00002-of-00003.gguf', 'm-00003-of-00003.gguf']],
    ['adapted', ['whole.gguf', 'b']],
    ['family', ['whole.gguf', 'a', 'b']],
  ] as const)('%s: each of its files, and no other, lifts it when it is replaced', async (kind, own) => {
    for (const name of FILES) {
      const before = await fingerprint(bindings[kind])
      expect(await fingerprint(bindings[kind])).toBe(before)
      await writeFile(at('new'), 'repaired')
      await rename(at('new'), at(name))
      const lifted = (await fingerprint(bindings[kind])) !== before
      expect([name, lifted]).toEqual([name, (own as readonly string[]).includes(name)])
    }
  })

  test('a part that was missing and is there does too', async () => {
    await rm(at('m-00002-of-00003.gguf'))
    const before = await fingerprint(bindings.parts)
    await writeFile(at('m-00002-of-00003.gguf'), 'whole')
    expect(await fingerprint(bindings.parts)).not.toBe(before)
  })

  test('a name that claims more parts than any model has is one file', async () => {
    const weights = at('m-00001-of-99999.gguf')
    expect(await fingerprint({ engine: 'llama', weights })).toBe('missing')
  })
})
