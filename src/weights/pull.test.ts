import { fork } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { BARE_ENVIRONMENT } from '../../test/setup/bare-environment.ts'
import { ggufHeaderBytes } from '../catalog/gguf/gguf-bytes.conformance.ts'
import { collectGarbage } from './collect-garbage.ts'
import { weightsPath } from './place-parts.ts'
import { pull, type Pulled, type PullWorld } from './pull.ts'
import { readManifest, readShelf } from './read-shelf.ts'
import { removeModel } from './remove-model.ts'
import { lockName, tryLock } from './shelf-lock.ts'
import { openShelf, shelfOf } from './shelf.ts'
import { parseSource } from './source.ts'
import { verifyModel } from './verify-shelf.ts'

const root = mkdtempSync(join(tmpdir(), 'musivum-shelf-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const STARTER = fileURLToPath(new URL('../../models/starter/starter-s1-q8_0.gguf', import.meta.url))
const NOW = Date.UTC(2026, 10, 23)
const signal = AbortSignal.timeout(60_000)

let home: string
let cwd: string
let count = 0
const lines: string[] = []
beforeEach(() => {
  count += 1
  lines.length = 0
  cwd = join(root, String(count))
  home = join(cwd, 'home')
  mkdirSync(cwd)
})

function world(changed: Partial<PullWorld> = {}): PullWorld {
  return {
    home,
    cwd,
    env: { HOME: cwd },
    clock: { now: () => NOW },
    who: 'mira',
    signal,
    log: (line) => void lines.push(line),
    onProgress: () => undefined,
    accept: () => Promise.resolve(true),
    fromHub: false,
    ...changed,
  }
}

function pulled(
  asked: string,
  changed: Partial<PullWorld> & { readonly name?: string } = {},
): Promise<Pulled> {
  const { name, ...other } = changed
  const order = { source: parseSource(asked), asked, ...(name !== undefined && { name }) }
  return pull(order, world(other))
}

/** A small model of its own: a tensor of zeros for each length. */
function saveModel(
  file: string,
  metadata: readonly (readonly [string, string | number])[] = [],
  shapes: readonly number[] = [32],
): string {
  const { header, fileBytes } = ggufHeaderBytes({
    metadata: [['general.architecture', 'llama'], ...metadata],
    tensors: shapes.map((length, index) => ({ name: `t${index}`, shape: [length], type: 'F32' })),
  })
  writeFileSync(join(cwd, file), Buffer.concat([header, Buffer.alloc(fileBytes - header.length)]))
  return `file:${file}`
}

const blobs = () => (existsSync(shelfOf(home).blobs) ? readdirSync(shelfOf(home).blobs) : [])
const hashOf = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex')

describe('a file of this machine', () => {
  test('becomes a blob under its hash, with a manifest that says what is known', async () => {
    copyFileSync(STARTER, join(cwd, 'starter-s1-q8_0.gguf'))
    const { manifest, outcome } = await pulled('file:starter-s1-q8_0.gguf')
    const sha256 = hashOf(STARTER)
    expect({ outcome, blobs: blobs() }).toEqual({ outcome: 'pulled', blobs: [`sha256-${sha256}`] })
    expect(manifest).toMatchObject({
      name: 'starter-s1-q8_0',
      source: 'file:starter-s1-q8_0.gguf',
      revision: null,
      files: [{ name: 'starter-s1-q8_0.gguf', role: 'weights', sha256, bytes: statSync(STARTER).size }],
      licence: {
        declared: 'apache-2.0',
        record: 'apache-2.0',
        effective: 'apache-2.0',
        accepted: { at: '2026-11-23T00:00:00.000Z', by: 'mira' },
      },
      header: { architecture: 'llama', kind: 'model', quantisation: 'Q8_0', context_tokens: 512 },
      template: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/), flags: [] },
      provenance: { level: 1 },
      signature: null,
      fingerprint: null,
      pulled: { at: '2026-11-23T00:00:00.000Z', by: 'mira' },
    })
    expect(readManifest(shelfOf(home), manifest.name)).toEqual(manifest)
    expect(statSync(join(shelfOf(home).blobs, `sha256-${sha256}`)).mode & 0o222).toBe(0)
    expect(readdirSync(shelfOf(home).partial)).toEqual([])
  })

  test('pulled again is found whole, and damaged is mended', async () => {
    saveModel('m.gguf')
    const first = await pulled('file:m.gguf')
    expect((await pulled('file:m.gguf')).outcome).toBe('unchanged')
    const blob = join(shelfOf(home).blobs, blobs()[0] ?? '')
    chmodSync(blob, 0o644)
    const whole = readFileSync(blob)
    writeFileSync(blob, Buffer.concat([whole.subarray(0, -1), Buffer.from([1])]))
    const [file] = await verifyModel(shelfOf(home), first.manifest, { signal, onProgress: () => undefined })
    expect(file?.problem).toMatch(/has the sha256 [0-9a-f]{64}, expected/)
    expect(await pulled('file:m.gguf')).toMatchObject({ outcome: 'updated', newBytes: whole.length })
    expect(readFileSync(blob)).toEqual(whole)
  })

  test('in parts is taken whole, whichever part was named, and lies there under the names that the engine needs', async () => {
    const split = (no: number) => `m-0000${no}-of-00002.gguf`
    for (const no of [1, 2])
      saveModel(
        split(no),
        [
          ['split.no', no - 1],
          ['split.count', 2],
        ],
        Array<number>(no).fill(32),
      )
    const { manifest } = await pulled(`file:${split(2)}`)
    expect(manifest).toMatchObject({
      name: 'm',
      header: { tensors: 3 },
      files: [{ name: split(1) }, { name: split(2) }],
    })
    const first = weightsPath(shelfOf(home), manifest)
    expect(first).toBe(join(shelfOf(home).parts, 'm', split(1)))
    for (const file of manifest.files)
      expect(hashOf(join(shelfOf(home).parts, 'm', file.name))).toBe(file.sha256)
    await removeModel('m', { home, nowMs: NOW })
    expect({ blobs: blobs(), parts: readdirSync(shelfOf(home).parts) }).toEqual({ blobs: [], parts: [] })
  })

  test.each([
    ['file:nowhere.gguf', /^nowhere\.gguf is not there; a path counts from the working directory$/],
    ['file:script.py', /"script\.py" is no weights file/],
    ['file:folder', /folder is a folder; name one of its files: a\.gguf, b\.gguf$/],
    ['file:text.gguf', /text\.gguf: not a GGUF file/],
    ['file:cut.gguf', /cut\.gguf: the tensor .* the copy is incomplete or damaged/],
    ['file:unnamed.gguf', /unnamed\.gguf: the metadata has no general\.architecture, so no engine can load/],
    ['file:m-00001-of-00003.gguf', /2 of 3 parts are missing \(m-00002-of-00003\.gguf, m-00003/],
    ['file:bad.safetensors', /bad\.safetensors: its header claims/],
    ['file:out.safetensors', /the tensor w does not lie within the file/],
    ['file:ÆØ.gguf', /gives no name that a model could have; choose one with --name/],
  ])('%s is refused and leaves nothing', async (asked, line) => {
    writeFileSync(join(cwd, 'script.py'), 'import os')
    mkdirSync(join(cwd, 'folder'))
    for (const name of ['b', 'a']) writeFileSync(join(cwd, `folder/${name}.gguf`), '')
    writeFileSync(join(cwd, 'text.gguf'), 'not weights at all')
    writeFileSync(join(cwd, 'cut.gguf'), readFileSync(STARTER).subarray(0, 200_000))
    writeFileSync(
      join(cwd, 'unnamed.gguf'),
      ggufHeaderBytes({ metadata: [['general.license', 'mit']] }).header,
    )
    saveModel('m-00001-of-00003.gguf')
    saveModel('ÆØ.gguf')
    writeFileSync(join(cwd, 'bad.safetensors'), Buffer.from('ffffffffffffff7f', 'hex'))
    const header = Buffer.from('{"w":{"dtype":"F32","shape":[9],"data_offsets":[0,36]}}')
    const length = Buffer.alloc(8)
    length.writeBigUInt64LE(BigInt(header.length))
    writeFileSync(join(cwd, 'out.safetensors'), Buffer.concat([length, header]))
    await expect(pulled(asked)).rejects.toThrow(line)
    expect({ blobs: blobs(), models: readShelf(shelfOf(home)).manifests }).toEqual({ blobs: [], models: [] })
  })
})

describe('a name', () => {
  test('that is taken by another source is refused, and given with --name it is not', async () => {
    saveModel('m.gguf')
    saveModel('n.gguf', [['general.name', 'another']])
    await pulled('file:m.gguf')
    await expect(pulled('file:n.gguf', { name: 'm' })).rejects.toThrow(
      /the name m is taken by file:m\.gguf; choose another, or remove that one: `musivum models rm m`/,
    )
    expect((await pulled('file:n.gguf')).manifest.name).toBe('n')
  })

  test.each(['../x', 'a/b', 'A', 'con', 'nul.json', '.x', 'x.', 'a..b', '', 'x'.repeat(65)])(
    '%j is none',
    async (name) => {
      saveModel('m.gguf')
      await expect(pulled('file:m.gguf', { name })).rejects.toThrow(/is no name for weights/)
      await expect(removeModel(name, { home, nowMs: NOW })).rejects.toThrow(/is no name for weights/)
    },
  )
})

describe('a licence', () => {
  test('that is not accepted keeps everything out', async () => {
    saveModel('m.gguf', [['general.license', 'llama3.1']])
    await expect(pulled('file:m.gguf', { accept: () => Promise.resolve(false) })).rejects.toThrow(
      /the licence of m was not accepted, so its weights are not kept; read it and add --accept-licence/,
    )
    expect(blobs()).toEqual([])
  })

  test('is asked for once, and the strictest of the ancestors counts', async () => {
    saveModel('a.gguf', [
      ['general.license', 'apache-2.0'],
      ['general.base_model.count', 1],
      ['general.base_model.0.repo_url', 'https://huggingface.co/meta-llama/Llama-3.1-8B'],
    ])
    saveModel('b.gguf', [['general.license', 'Apache-2.0']])
    const asked: string[] = []
    const accept: PullWorld['accept'] = (finding, model) => {
      asked.push(`${model} ${finding.effective?.id}`)
      return Promise.resolve(true)
    }
    const first = await pulled('file:a.gguf', { accept })
    const second = await pulled('file:b.gguf', { accept, who: 'another' })
    expect(asked).toEqual(['a llama-3.1'])
    expect(first.manifest.licence).toMatchObject({ declared: 'apache-2.0', effective: 'llama-3.1' })
    expect(first.manifest.lineage).toEqual([{ model: 'meta-llama/Llama-3.1-8B', licence: 'llama-3.1' }])
    expect(second.manifest.licence.accepted?.by).toBe('mira')
  })

  test('that nobody declares is not accepted but said', async () => {
    saveModel('m.gguf')
    const { manifest } = await pulled('file:m.gguf', { accept: () => Promise.reject(new Error('asked')) })
    expect(manifest.licence).toEqual({
      declared: null,
      record: null,
      text_sha256: null,
      effective: null,
      accepted: null,
    })
    expect(lines).toEqual(['m: no licence is declared anywhere, so nobody has granted anything'])
  })
})

describe('the store of an Ollama on this machine', () => {
  const LAYER = 'application/vnd.ollama.image.'

  function saveStore(
    weights: Buffer,
    change: (layers: { mediaType: string; digest: string }[]) => void = () => undefined,
  ) {
    const store = join(cwd, '.ollama/models')
    mkdirSync(join(store, 'manifests/registry.ollama.ai/library/tiny'), { recursive: true })
    mkdirSync(join(store, 'blobs'))
    const layers = [
      ['model', weights],
      ['license', readFileSync(new URL('../../models/starter/LICENSE', import.meta.url))],
      ['system', Buffer.from('somebody’s own prompt')],
    ].map(([kind, content]) => {
      const digest = createHash('sha256')
        .update(content as Buffer)
        .digest('hex')
      writeFileSync(join(store, `blobs/sha256-${digest}`), content as Buffer)
      return {
        mediaType: `${LAYER}${String(kind)}`,
        digest: `sha256:${digest}`,
        size: (content as Buffer).length,
      }
    })
    change(layers)
    writeFileSync(
      join(store, 'manifests/registry.ollama.ai/library/tiny/1b'),
      JSON.stringify({ schemaVersion: 2, layers }),
    )
    return store
  }

  test('gives its weights for a hard link, hashed on the way, with the licence by its text', async () => {
    const store = saveStore(readFileSync(STARTER))
    const { manifest } = await pulled('ollama:tiny:1b')
    const [weights, licence] = manifest.files
    expect(manifest).toMatchObject({
      name: 'tiny-1b',
      source: 'ollama:tiny:1b',
      revision: expect.stringMatching(/^[0-9a-f]{64}$/),
      licence: { record: 'apache-2.0', text_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      provenance: { level: 1, why: 'declared by the name tiny:1b in a local store' },
    })
    expect([weights?.role, licence?.role, manifest.files.length]).toEqual(['weights', 'licence', 2])
    const theirs = statSync(join(store, `blobs/sha256-${weights?.sha256}`))
    expect(theirs.ino).toBe(statSync(weightsPath(shelfOf(home), manifest) ?? '').ino)
    // Their rights stay theirs.
    expect(theirs.mode & 0o200).toBe(0o200)
    expect((await pulled('ollama:tiny:1b')).outcome).toBe('unchanged')
  })

  test('is found where OLLAMA_MODELS says', async () => {
    const store = saveStore(readFileSync(STARTER))
    const { manifest } = await pulled('ollama:tiny:1b', { env: { OLLAMA_MODELS: store } })
    expect(manifest.name).toBe('tiny-1b')
  })

  test.each([
    ['ollama:other', /no ollama:other in that store; there is tiny:1b$/],
    ['ollama:tiny', /no ollama:tiny in that store; there is tiny:1b$/],
  ])('says what there is instead of %s', async (asked, line) => {
    saveStore(readFileSync(STARTER))
    await expect(pulled(asked)).rejects.toThrow(line)
  })

  test('that is not there is said', async () => {
    await expect(pulled('ollama:tiny')).rejects.toThrow(/no store of Ollama for this user; set OLLAMA_MODELS/)
  })

  test('with a blob that is another than its name is refused', async () => {
    const store = saveStore(readFileSync(STARTER))
    appendFileSync(join(store, `blobs/sha256-${hashOf(STARTER)}`), 'x')
    await expect(pulled('ollama:tiny:1b')).rejects.toThrow(
      /model\.gguf: its sha256 is [0-9a-f]{64}, expected/,
    )
    expect(blobs()).not.toContain(`sha256-${hashOf(STARTER)}`)
  })

  test.each([
    [
      'a digest that leaves the folder',
      (layers: { digest: string }[]) =>
        Object.assign(layers[0] ?? {}, { digest: 'sha256:../../../etc/passwd' }),
      /not one that we can read/,
    ],
    ['no weights', (layers: unknown[]) => void layers.shift(), /has no GGUF weights in that store/],
    [
      'a blob that is gone',
      (layers: { digest: string }[]) =>
        Object.assign(layers[0] ?? {}, { digest: `sha256:${'0'.repeat(64)}` }),
      /model\.gguf is not there/,
    ],
  ])('with %s is refused', async (_, change, line) => {
    saveStore(readFileSync(STARTER), change)
    await expect(pulled('ollama:tiny:1b')).rejects.toThrow(line)
  })
})

describe('the world around', () => {
  test('without room on the disk nothing is begun, and the numbers are said', async () => {
    saveModel('m.gguf', [], [64_000])
    const bytes = statSync(join(cwd, 'm.gguf')).size
    await expect(pulled('file:m.gguf', { freeBytes: 64 * 2 ** 20 + bytes - 1 })).rejects.toMatchObject({
      code: 'store.unavailable',
      message: expect.stringMatching(
        /no room on the disk: 0\.2 MiB are still to come and 64\.0 MiB stay spare, but 64\.\d MiB are free; make room/,
      ),
    })
    expect(blobs()).toEqual([])
    expect((await pulled('file:m.gguf', { freeBytes: 64 * 2 ** 20 + bytes })).outcome).toBe('pulled')
  })

  test('with a folder that cannot be written it says so without its path', async () => {
    saveModel('m.gguf')
    writeFileSync(home, 'a file in the way')
    await expect(pulled('file:m.gguf')).rejects.toMatchObject({
      code: 'store.unavailable',
      message: expect.stringMatching(
        /^the weights folder: something in its path is no folder; choose another/,
      ),
    })
  })

  test('without a network only what is here is read', async () => {
    for (const asked of ['hf:a/b', 'https://h.example/x.gguf'])
      await expect(pulled(asked)).rejects.toThrow(/offline no call goes out; take file: or ollama:/)
  })

  test('stopped in the middle, a copy leaves nothing that could be taken for whole', async () => {
    saveModel('m.gguf', [], [4_000_000])
    const stop = new AbortController()
    const onProgress = (): void => stop.abort()
    await expect(pulled('file:m.gguf', { signal: stop.signal, onProgress })).rejects.toThrow(/abort/i)
    expect({ blobs: blobs(), partial: readdirSync(shelfOf(home).partial) }).toEqual({
      blobs: [],
      partial: [],
    })
    expect((await pulled('file:m.gguf')).outcome).toBe('pulled')
  })
})

describe('two pulls', () => {
  test('of one model: the second waits, says for whom, and finds it done', async () => {
    saveModel('m.gguf')
    const release = await lockName(openShelf(home), 'm', { signal, onWait: () => undefined })
    let waits = (): void => undefined
    const waiting = new Promise<void>((resolve) => (waits = resolve))
    const log = (line: string): void => {
      lines.push(line)
      waits()
    }
    const second = pulled('file:m.gguf', { log })
    await waiting
    expect(lines).toEqual([`m is being pulled by process ${process.pid}; waits for it`])
    release()
    expect((await second).outcome).toBe('pulled')
  })

  test('do not wait for an owner that is dead', async () => {
    saveModel('m.gguf')
    openShelf(home)
    const code = `
      const { tryLock } = await import(${JSON.stringify(new URL('shelf-lock.ts', import.meta.url).href)})
      const { openShelf } = await import(${JSON.stringify(new URL('shelf.ts', import.meta.url).href)})
      // Whoever lets go of the release lets the collector close the lock.
      globalThis.held = tryLock(openShelf(${JSON.stringify(home)}), 'm')
      process.send('has it')
      setInterval(() => {}, 1000)`
    const script = join(cwd, 'owner.mts')
    writeFileSync(script, code)
    const owner = fork(script, { env: BARE_ENVIRONMENT, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    await once(owner, 'message')
    expect(tryLock(openShelf(home), 'm')).toBeUndefined()
    owner.kill('SIGKILL')
    await once(owner, 'exit')
    expect((await pulled('file:m.gguf')).outcome).toBe('pulled')
    expect(lines.filter((line) => line.includes('waits'))).toEqual([])
  })
})

describe('what nobody needs', () => {
  test('blobs stay as long as one manifest needs them', async () => {
    saveModel('m.gguf')
    await pulled('file:m.gguf', { name: 'one' })
    await pulled('file:m.gguf', { name: 'two' })
    expect(await removeModel('one', { home, nowMs: NOW })).toEqual({
      name: 'one',
      freedBytes: 0,
      later: false,
    })
    expect(blobs().length).toBe(1)
    const bytes = statSync(join(cwd, 'm.gguf')).size
    expect(await removeModel('two', { home, nowMs: NOW })).toMatchObject({ freedBytes: bytes })
    expect(blobs()).toEqual([])
    await expect(removeModel('two', { home, nowMs: NOW })).rejects.toThrow(/there is no two on the shelf/)
  })

  test('is counted by a dry run and removed by a real one; young partial files stay', async () => {
    saveModel('m.gguf')
    await pulled('file:m.gguf')
    const shelf = shelfOf(home)
    writeFileSync(join(shelf.blobs, `sha256-${'0'.repeat(64)}`), Buffer.alloc(10_000, 1))
    writeFileSync(join(shelf.blobs, 'of somebody else'), 'x')
    for (const name of ['old', 'young']) writeFileSync(join(shelf.partial, name), Buffer.alloc(20_000, 1))
    const weekAgo = new Date(NOW - 8 * 86_400_000)
    utimesSync(join(shelf.partial, 'old'), weekAgo, weekAgo)
    utimesSync(join(shelf.partial, 'young'), new Date(NOW), new Date(NOW))
    const expected = { blobs: 1, partials: 1, youngPartials: 1, freedBytes: 30_000, busy: false, unread: [] }
    expect(await collectGarbage({ home, nowMs: NOW, dryRun: true })).toEqual(expected)
    expect(blobs().length).toBe(3)
    expect(await collectGarbage({ home, nowMs: NOW, dryRun: false })).toEqual(expected)
    expect(blobs().length).toBe(2)
    expect(readdirSync(shelf.partial)).toEqual(['young'])
  })

  test('is not removed while a pull runs, or while a manifest cannot be read', async () => {
    saveModel('m.gguf')
    let during: Awaited<ReturnType<typeof collectGarbage>> | undefined
    await pulled('file:m.gguf')
    writeFileSync(join(shelfOf(home).blobs, `sha256-${'0'.repeat(64)}`), 'x')
    saveModel('n.gguf', [['general.license', 'mit']])
    await pulled('file:n.gguf', {
      accept: async () => {
        during = await collectGarbage({ home, nowMs: NOW, dryRun: false })
        return true
      },
    })
    expect(during).toMatchObject({ busy: true, blobs: 0 })
    writeFileSync(join(shelfOf(home).models, 'broken.json'), '{')
    expect(await collectGarbage({ home, nowMs: NOW, dryRun: false })).toMatchObject({
      unread: ['broken'],
      blobs: 0,
    })
    await removeModel('broken', { home, nowMs: NOW })
    expect(await collectGarbage({ home, nowMs: NOW, dryRun: false })).toMatchObject({ unread: [], blobs: 0 })
    expect(blobs().length).toBe(2)
  })
})

describe('a manifest', () => {
  const edit = (name: string, change: (text: string) => string): void => {
    const file = join(shelfOf(home).models, `${name}.json`)
    writeFileSync(file, change(readFileSync(file, 'utf8')))
  }

  test.each([
    [
      'another hash',
      (text: string) => text.replace(/"sha256": "[0-9a-f]{4}/, '"sha256": "0000'),
      /m\.json: it does not fit its own hash, so it was edited after it was written; pull it again as m, .* `musivum models rm m`$/,
    ],
    [
      'a better provenance',
      (text: string) => text.replace('"level": 0', '"level": 3'),
      /it was edited after/,
    ],
    [
      'a file name that leaves the folder',
      (text: string) => text.replace('"name": "m.gguf"', '"name": "../../x"'),
      /files\.0\.name is not what a manifest says there/,
    ],
    ['an unknown key', (text: string) => text.replace('{', '{"x":1,'), /is not what a manifest says/],
    [
      'another version',
      (text: string) => text.replace('weights-1', 'weights-9'),
      /format is not what a manifest says/,
    ],
    ['half of it', (text: string) => text.slice(0, 100), /it is not JSON/],
  ])('with %s is one clear line, and a pull writes it anew', async (_, change, line) => {
    saveModel('m.gguf')
    await pulled('file:m.gguf')
    edit('m', change)
    const { manifests, problems } = readShelf(shelfOf(home))
    expect(manifests).toEqual([])
    expect(problems.map((problem) => problem.line)).toEqual([expect.stringMatching(line)])
    await pulled('file:m.gguf')
    expect(readShelf(shelfOf(home)).manifests.length).toBe(1)
  })

  test('that was only formatted again is the same', async () => {
    saveModel('m.gguf')
    await pulled('file:m.gguf')
    edit('m', (text) => JSON.stringify(JSON.parse(text)))
    expect(readShelf(shelfOf(home)).manifests.length).toBe(1)
  })

  test('of another name, or a link, is none', async () => {
    saveModel('m.gguf')
    await pulled('file:m.gguf')
    const file = (name: string) => join(shelfOf(home).models, `${name}.json`)
    linkSync(file('m'), file('copy'))
    symlinkSync(file('m'), file('soft'))
    expect(readShelf(shelfOf(home)).problems.map(({ line }) => line)).toEqual([
      expect.stringMatching(/copy\.json: it is that of m; `musivum models rm copy`/),
      expect.stringMatching(/soft\.json: it is no file/),
    ])
  })
})

describe('a blob', () => {
  const problemOf = async (change: (blob: string) => void): Promise<string | null | undefined> => {
    saveModel('m.gguf')
    const { manifest } = await pulled('file:m.gguf')
    change(join(shelfOf(home).blobs, blobs()[0] ?? ''))
    const [file] = await verifyModel(shelfOf(home), manifest, { signal, onProgress: () => undefined })
    return file?.problem
  }

  test('that is gone, longer, or a link to elsewhere is found', async () => {
    expect(await problemOf((blob) => rmSync(blob))).toBe('its blob is gone')
    expect(await problemOf((blob) => appendFileSync(blob, 'x'))).toMatch(/has \d+ bytes, expected \d+/)
    expect(
      await problemOf((blob) => {
        rmSync(blob)
        symlinkSync(join(cwd, 'm.gguf'), blob)
      }),
    ).toBe('its blob is no file')
  })
})
