import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { HUB_TOKEN, startHub } from '../../test/hub/hub.ts'
import { commitOf, sha256Of, smallRepository, starterRepository } from '../../test/hub/repository.ts'
import { ggufHeaderBytes } from '../catalog/gguf/gguf-bytes.conformance.ts'
import { pull, type Pulled, type PullWorld } from './pull.ts'
import { readShelf } from './read-shelf.ts'
import { downloadFile } from './remote/download-file.ts'
import { resolveSource } from './remote/resolve-source.ts'
import type { RemoteOptions } from './remote-types.ts'
import { shelfOf } from './shelf.ts'
import { parseSource } from './source.ts'

/** Two tensors of zeros with what a header says of itself. */
function weights(metadata: readonly (readonly [string, string])[] = [], length = 32): Buffer {
  const { header, fileBytes } = ggufHeaderBytes({
    metadata: [['general.architecture', 'llama'], ...metadata],
    tensors: [{ name: 't', shape: [length], type: 'F32' }],
  })
  return Buffer.concat([header, Buffer.alloc(fileBytes - header.length)])
}

const starter = starterRepository()
const tiny = smallRepository('maker/tiny', weights())
const hub = await startHub([
  starter,
  tiny,
  { ...smallRepository('maker/gated', weights()), gated: 'manual' },
  smallRepository('maker/fake', Buffer.from('not weights, but called so')),
  {
    ...smallRepository('Qwen/Qwen3-tiny-GGUF', weights()),
    card: { license: 'mit', base_model: 'Qwen/Qwen3-0.6B' },
  },
  { ...smallRepository('maker/large', weights([], 500_000)), card: {} },
])
const root = mkdtempSync(join(tmpdir(), 'musivum-pull-'))
afterAll(async () => {
  await hub.close()
  rmSync(root, { recursive: true, force: true })
})

const SHA256 = sha256Of(starter.files.get('starter-s1-q8_0.gguf') ?? Buffer.alloc(0))
let home: string
let count = 0
const lines: string[] = []
beforeEach(() => {
  count += 1
  lines.length = 0
  home = join(root, String(count))
  mkdirSync(home)
  for (const key of Object.keys(hub.troubles)) Reflect.deleteProperty(hub.troubles, key)
})

type Changed = {
  readonly world?: Partial<PullWorld>
  readonly options?: Partial<RemoteOptions>
  readonly name?: string
}

function pulled(asked: string, { world = {}, options = {}, name }: Changed = {}): Promise<Pulled> {
  const signal = world.signal ?? AbortSignal.timeout(60_000)
  const log = (line: string): void => void lines.push(line)
  const remote = {
    resolveSource,
    downloadFile,
    options: { signal, endpoint: hub.url, offline: false, env: {}, log, ...options },
  }
  return pull(
    { source: parseSource(asked), asked, ...(name !== undefined && { name }) },
    {
      home,
      cwd: home,
      env: {},
      clock: { now: () => Date.UTC(2026, 10, 23) },
      who: 'mira',
      signal,
      log,
      onProgress: () => undefined,
      accept: () => Promise.resolve(true),
      remote,
      fromHub: false,
      ...world,
    },
  )
}

describe('a repository', () => {
  test('comes with its licence by the text, its lineage, and the commit that `main` meant', async () => {
    const { manifest } = await pulled('hf:musivum/starter-gguf:s1-q8_0')
    const commit = commitOf(starter)
    expect(manifest).toMatchObject({
      name: 'starter-s1-q8_0',
      source: `hf:musivum/starter-gguf:s1-q8_0@${commit}`,
      asked: 'hf:musivum/starter-gguf:s1-q8_0',
      revision: commit,
      licence: {
        declared: 'apache-2.0',
        record: 'apache-2.0',
        text_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
      lineage: [{ model: 'musivum/starter', licence: null }],
      header: { architecture: 'llama', quantisation: 'Q8_0' },
      provenance: { level: 1, why: 'declared to be made from musivum/starter' },
    })
    expect(manifest.files.map(({ role }) => role)).toEqual(
      expect.arrayContaining(['weights', 'licence', 'card']),
    )
    expect(manifest.files.some(({ name }) => name.endsWith('.py'))).toBe(false)
    expect(manifest.files[0]?.sha256).toBe(SHA256)
    expect(readdirSync(shelfOf(home).partial).filter((name) => name.endsWith('.partial'))).toEqual([])
  })

  test('pulled again fetches nothing that is there and whole', async () => {
    await pulled('hf:maker/tiny')
    const before = hub.sentBytes()
    expect((await pulled('hf:maker/tiny')).outcome).toBe('unchanged')
    // The card has no hash beforehand, so it comes again; the weights do not.
    expect(hub.sentBytes() - before).toBeLessThan(100)
  })

  test('of another commit takes the place of the one before, under its name', async () => {
    await pulled('hf:maker/tiny')
    const other = smallRepository('maker/tiny', weights([['general.name', 'second']]))
    hub.put(other)
    const { manifest, outcome } = await pulled('hf:maker/tiny')
    hub.put(tiny)
    expect({ outcome, revision: manifest.revision, name: manifest.header?.name }).toEqual({
      outcome: 'updated',
      revision: commitOf(other),
      name: 'second',
    })
  })

  test('whose weights are none is refused by our own reader, before they are a blob', async () => {
    await expect(pulled('hf:maker/fake')).rejects.toThrow(/tiny-Q8_0\.gguf: not a GGUF file/)
    expect(readdirSync(shelfOf(home).blobs).length).toBe(1)
    expect(readShelf(shelfOf(home)).manifests).toEqual([])
  })

  test('that is gated needs a token, and nothing is kept without', async () => {
    await expect(pulled('hf:maker/gated')).rejects.toThrow(/gated/)
    expect((await pulled('hf:maker/gated', { options: { token: HUB_TOKEN } })).outcome).toBe('pulled')
  })

  test('of the maker, listed by the hub itself, is the maker’s file', async () => {
    const { manifest } = await pulled('hf:Qwen/Qwen3-tiny-GGUF', { world: { fromHub: true } })
    expect(manifest.provenance.level).toBe(3)
    expect(manifest.licence).toMatchObject({ declared: 'mit', record: 'mit', effective: 'mit' })
    expect(manifest.lineage).toEqual([{ model: 'Qwen/Qwen3-0.6B', licence: 'apache-2.0' }])
  })

  test('whose bytes are others on the way is refused and leaves no blob', async () => {
    hub.troubles.corrupts = true
    await expect(pulled('hf:maker/large')).rejects.toMatchObject({ code: 'engine.weights_damaged' })
    expect(
      readdirSync(shelfOf(home).blobs).filter((name) => name.endsWith(sha256Of(weights([], 500_000)))),
    ).toEqual([])
  })

  test('does not fit the disk: said with the numbers before the weights come', async () => {
    const before = hub.sentBytes()
    await expect(pulled('hf:maker/large', { world: { freeBytes: 1_000_000 } })).rejects.toThrow(
      /no room on the disk: 1\.9 MiB are still to come and 64\.0 MiB stay spare, but 1\.0 MiB are free/,
    )
    expect(hub.sentBytes()).toBe(before)
  })

  test('interrupted goes on where it was', async () => {
    const stop = new AbortController()
    hub.troubles.bytesPerSecond = 400_000
    const onProgress = (file: string, { bytes }: { readonly bytes: number }): void => {
      if (file.endsWith('.gguf') && bytes > 100_000) stop.abort()
    }
    await expect(pulled('hf:maker/large', { world: { signal: stop.signal, onProgress } })).rejects.toThrow()
    expect(readdirSync(shelfOf(home).partial).length).toBeGreaterThan(0)
    expect(readdirSync(shelfOf(home).blobs).length).toBeLessThan(2)
    delete hub.troubles.bytesPerSecond
    expect((await pulled('hf:maker/large')).outcome).toBe('pulled')
    expect(lines.join('\n')).toMatch(/goes on after \d+ of \d+ bytes/)
  })

  test('two at once under two names share one download of one file', async () => {
    hub.troubles.bytesPerSecond = 2_000_000
    const before = hub.sentBytes()
    await Promise.all([pulled('hf:maker/large', { name: 'one' }), pulled('hf:maker/large', { name: 'two' })])
    expect(hub.sentBytes() - before).toBeLessThan(2 * 2_000_000)
    expect(readShelf(shelfOf(home)).manifests.map(({ name }) => name)).toEqual(['one', 'two'])
  })
})

const file = { url: `${hub.url}/x`, bytes: 10, sha256: '0'.repeat(64), role: 'weights' } as const

test.each([
  [
    'a name that leaves its folder',
    [{ ...file, name: '../../x.gguf' }],
    /"\.\.\/\.\.\/x\.gguf", which would leave its folder/,
  ],
  ['a name from the root', [{ ...file, name: '/etc/x.gguf' }], /would leave its folder/],
  [
    'a hash that is a path',
    [{ ...file, name: 'x.gguf', sha256: '../../x' }],
    /x\.gguf: the source lists no sha256/,
  ],
  [
    'one file twice',
    [
      { ...file, name: 'x.gguf' },
      { ...file, name: 'x.gguf' },
    ],
    /lists x\.gguf twice/,
  ],
  ['no weights', [{ ...file, name: 'config.json', role: 'config' }], /has no weights/],
  ['a part of a split model', [{ ...file, name: 'x-00001-of-00002.gguf' }], /1 of 2 parts are missing/],
  [
    'a configuration of a terabyte',
    [
      { ...file, name: 'x.gguf' },
      { ...file, name: 'config.json', role: 'config', bytes: 2 ** 40 },
    ],
    /config\.json has 1099511627776 bytes/,
  ],
  [
    '10,000 files',
    Array.from({ length: 10_000 }, (_, index) => ({ ...file, name: `${index}.gguf` })),
    /has 10000 files; a model has at most 1000/,
  ],
] as const)('a source with %s is refused before anything is fetched', async (_, files, line) => {
  const before = hub.requests.length
  const resolved = { source: 'hf:a/b@c', revision: null, files, licence: null, baseModels: [], gated: false }
  const remote = {
    resolveSource: () => Promise.resolve(resolved),
    downloadFile,
    options: { signal: AbortSignal.timeout(60_000), offline: false, env: {}, log: () => undefined },
  }
  await expect(pulled('hf:a/b', { world: { remote } })).rejects.toThrow(line)
  expect(hub.requests.length).toBe(before)
})

test('an address of a file on loopback is fetched, and its name taken from it', async () => {
  const url = `${hub.url}/musivum/starter-gguf/resolve/main/starter-s1-q8_0.gguf`
  const { manifest } = await pulled(url)
  expect(manifest).toMatchObject({ name: 'starter-s1-q8_0', licence: { declared: 'apache-2.0' } })
  expect(manifest.files.map(({ sha256 }) => sha256)).toEqual([SHA256])
})

test('offline no name is looked up and no connection made', async () => {
  const before = hub.requests.length
  await expect(pulled('hf:maker/tiny', { options: { offline: true } })).rejects.toThrow(/offline/i)
  expect(hub.requests.length).toBe(before)
  expect(existsSync(shelfOf(home).models) && readdirSync(shelfOf(home).models).length).toBe(0)
})
