import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { startHub } from '../../../test/hub/hub.ts'
import { commitOf, smallRepository } from '../../../test/hub/repository.ts'
import type { Troubles } from '../../../test/hub/troubles.ts'
import { MusivumError } from '../../core/errors.ts'
import type { DownloadProgress, RemoteFile } from '../remote-types.ts'
import { downloadFile, type Tuned } from './download-file.ts'

const NAME = 'tiny-Q8_0.gguf'
/** Some pieces of the least length, and one that is shorter. */
const BYTES = 2 * 1024 * 1024 + 12_345
const content = contentOf(1)
const HASH = createHash('sha256').update(content).digest('hex')
const repository = smallRepository('maker/tiny', content, NAME)
const hub = await startHub([repository])
const folder = mkdtempSync(join(tmpdir(), 'musivum-download-'))
afterAll(async () => {
  await hub.close()
  rmSync(folder, { recursive: true })
})

const lines: string[] = []
let key = ''
let keys = 0
beforeEach(() => {
  for (const name of Object.keys(hub.troubles)) Reflect.deleteProperty(hub.troubles, name)
  lines.length = 0
  keys += 1
  key = `file-${keys}`
})

function contentOf(seed: number): Buffer {
  const block = createHash('sha512').update(String(seed)).digest()
  const bytes = Buffer.alloc(BYTES)
  for (let at = 0; at < BYTES; at += 64) {
    bytes.set(block.subarray(0, Math.min(64, BYTES - at)), at)
    bytes.writeUInt32LE(at % 2 ** 32, Math.min(at, BYTES - 4))
  }
  return bytes
}

function listed(more: Partial<RemoteFile> = {}): RemoteFile {
  const url = `${hub.url}/maker/tiny/resolve/${commitOf(repository)}/${NAME}`
  return { name: NAME, url, bytes: BYTES, sha256: HASH, role: 'weights', ...more }
}

/** Of the store itself: no hub that vouches for what it sends. */
function plain(): RemoteFile {
  const url = `${hub.storeUrl}/repos/${HASH}`
  return { name: NAME, url, bytes: null, sha256: null, role: 'weights' }
}

function fetched(file: RemoteFile = listed(), more: Partial<Tuned> = {}) {
  return downloadFile(
    file,
    { folder, key },
    {
      signal: new AbortController().signal,
      endpoint: hub.url,
      offline: false,
      env: {},
      log: (line) => lines.push(line),
      firstPauseMs: 1,
      ...more,
    },
  )
}

async function failure(file?: RemoteFile, more?: Partial<Tuned>): Promise<MusivumError> {
  const thrown = await fetched(file, more).then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!(thrown instanceof MusivumError)) throw new Error(`expected a failure, got ${String(thrown)}`)
  return thrown
}

const left = () => readdirSync(folder).filter((name) => name.startsWith(`${key}.`))
const asked = (from: number) => hub.requests.slice(from).filter(({ at }) => at === 'store')

/** Ends the download when so many bytes have come, as Ctrl-C does. */
async function stoppedAfter(bytes: number, file?: RemoteFile): Promise<void> {
  const stop = new AbortController()
  hub.troubles.bytesPerSecond = 4_000_000
  const onProgress = (progress: DownloadProgress) => {
    if (progress.bytes >= bytes) stop.abort('SIGINT')
  }
  await expect(fetched(file, { signal: stop.signal, onProgress })).rejects.toBe('SIGINT')
  delete hub.troubles.bytesPerSecond
}

describe('a download', () => {
  test('comes in parallel ranges and leaves one whole file', async () => {
    const seen: DownloadProgress[] = []
    const before = hub.requests.length
    const answer = await fetched(listed(), { onProgress: (progress) => seen.push(progress) })
    expect(answer).toEqual({ path: join(folder, `${key}.whole`), bytes: BYTES, sha256: HASH })
    expect(readFileSync(answer.path).equals(content)).toBe(true)
    expect(left()).toEqual([`${key}.whole`])
    // One to see, and three pieces.
    expect(asked(before)).toHaveLength(4)
    expect(seen.at(-1)).toMatchObject({ bytes: BYTES, total: BYTES })
  })

  test('is not repeated when the file is still there, and is when it is no longer the right one', async () => {
    const { path } = await fetched()
    const before = hub.requests.length
    await fetched()
    expect(hub.requests.length).toBe(before)
    writeFileSync(path, 'edited')
    expect((await fetched()).sha256).toBe(HASH)
  })

  test('that was stopped goes on where it stopped, and says so', async () => {
    await stoppedAfter(500_000)
    expect(left().toSorted()).toEqual([`${key}.partial`, `${key}.state.json`])
    const before = hub.sentBytes()
    await fetched()
    const kept = Number(/: goes on after (\d+) of 2109497 bytes$/.exec(lines.at(-1) ?? '')?.[1])
    expect(kept).toBeGreaterThan(500_000)
    // All that is missing, and the byte of the first look.
    expect(hub.sentBytes() - before).toBe(BYTES - kept + 1)
    expect(left()).toEqual([`${key}.whole`])
  })

  test.each<[string, (path: string) => void]>([
    ['its state is cut', (path) => writeFileSync(`${path}.state.json`, '{"version":1,"to')],
    ['its state lies', (path) => writeFileSync(`${path}.state.json`, stateText([{ from: 5, to: 2 }]))],
    ['its partial file is gone', (path) => rmSync(`${path}.partial`)],
    ['its partial file is cut', (path) => writeFileSync(`${path}.partial`, 'x')],
  ])('starts from the beginning when %s', async (_, damage) => {
    await stoppedAfter(500_000)
    damage(join(folder, key))
    expect((await fetched()).sha256).toBe(HASH)
  })

  test.each<[string, Troubles]>([
    ['the connection is reset every 64 KiB', { resetEvery: 64 * 1024 }],
    ['answers end early and say so', { endAfter: { bytes: 200_000, claims: 'sent' } }],
    ['answers end early and claim more', { endAfter: { bytes: 200_000, claims: 'all' } }],
    ['the links of the store expire', { linksLast: 2 }],
    ['the server ignores ranges', { ignoresRanges: true }],
    ['the server ignores ranges and hides the length', { ignoresRanges: true, hidesLength: true }],
    ['the store fails for a moment', { refuses: { at: 'store', status: 502, times: 3 } }],
    ['the hub limits its rate', { refuses: { at: 'resolve', status: 429, times: 2 } }],
    ['two answers fall silent', { stalls: { afterBytes: 50_000, times: 2 } }],
  ])('arrives when %s', async (_, troubles) => {
    Object.assign(hub.troubles, troubles)
    const { sha256: found } = await fetched(listed(), { stallMs: 300 })
    expect(found).toBe(HASH)
    expect(left()).toEqual([`${key}.whole`])
  })

  test('says that it has one stream only where there are no ranges', async () => {
    hub.troubles.ignoresRanges = true
    await fetched()
    expect(lines).toEqual([
      expect.stringMatching(/gives no parts of files: one stream, and what is cut starts/),
    ])
  })

  test('falls back to one stream when ranges are ignored in the middle', async () => {
    await stoppedAfter(500_000)
    hub.troubles.ignoresRanges = true
    expect((await fetched()).sha256).toBe(HASH)
  })

  test('ends when no byte comes at all, and keeps what there is', async () => {
    await stoppedAfter(500_000)
    hub.troubles.resetEvery = 1
    const error = await failure()
    expect(error.code).toBe('upstream.cut')
    expect(error.message).toMatch(/closed the connection\. The same command goes on where it stopped\./)
    expect(left()).toContain(`${key}.state.json`)
    delete hub.troubles.resetEvery
    await fetched()
    expect(lines.at(-1)).toContain('goes on after')
  })

  test('of an empty file is an empty file', async () => {
    hub.put({ id: 'maker/empty', files: new Map([['LICENSE', Buffer.alloc(0)]]) })
    const url = `${hub.url}/maker/empty/resolve/main/LICENSE`
    const file: RemoteFile = { name: 'LICENSE', url, bytes: 0, sha256: null, role: 'licence' }
    expect(await fetched(file)).toMatchObject({ bytes: 0, sha256: createHash('sha256').digest('hex') })
  })
})

describe('what comes is not what was listed', () => {
  test('another hash: the file is removed, and both hashes are said', async () => {
    hub.troubles.corrupts = true
    const error = await failure()
    expect(error.code).toBe('engine.weights_damaged')
    expect(error.message).toMatch(new RegExp(`has the sha256 [0-9a-f]{64}, but 127\\S+ lists ${HASH}`))
    expect(left()).toEqual([])
  })

  test('another length: nothing is fetched', async () => {
    const { code, message } = await failure(listed({ bytes: BYTES + 7 }))
    expect(code).toBe('upstream.bad_answer')
    expect(message).toContain(`has a file of ${BYTES} bytes, but it was listed with ${BYTES + 7}`)
  })

  test('another content under the address since: fetched anew, and said', async () => {
    hub.troubles.etag = () => '"one"'
    await stoppedAfter(500_000, plain())
    hub.troubles.etag = () => '"two"'
    expect((await fetched(plain())).sha256).toBe(HASH)
    expect(lines).toEqual([`${NAME} has changed on its server: it is fetched anew`])
  })

  test('another length since, which a range shows that lies beyond it: fetched anew', async () => {
    hub.troubles.bytesPerSecond = 4_000_000
    let told = false
    const onProgress = () => {
      if (!told) hub.troubles.refuses = { at: 'store', status: 416, times: 1 }
      told = true
    }
    expect((await fetched(listed(), { onProgress, connections: 1 })).sha256).toBe(HASH)
    expect(lines).toEqual([`${NAME} has changed on its server: it is fetched anew`])
  })

  test('another content at each answer: the third start is the last', async () => {
    let count = 0
    hub.troubles.etag = () => `"${(count += 1)}"`
    const { code, message } = await failure(plain())
    expect(code).toBe('upstream.bad_answer')
    expect(message).toMatch(/changed 3 times while it was fetched; ask for a revision that stays/)
    expect(left()).toEqual([])
  })

  test('a file that nobody hashed before is hashed all the same', async () => {
    expect((await fetched(plain())).sha256).toBe(HASH)
  })
})

describe('the disk', () => {
  test.runIf(process.platform === 'linux')('when it is full, is said with what is kept', async () => {
    symlinkSync('/dev/full', join(folder, `${key}.partial`))
    const { code, message } = await failure()
    expect(code).toBe('store.unavailable')
    expect(message).toMatch(
      /the disk of the weights is full; make room\. \d+ of \d+ bytes are kept; the same command/,
    )
  })

  test('never holds a state that claims what is not in the file', async () => {
    hub.troubles.bytesPerSecond = 3_000_000
    const stop = new AbortController()
    const running = fetched(listed(), { signal: stop.signal }).catch(() => 'stopped')
    const state = join(folder, `${key}.state.json`)
    await expect.poll(() => readdirSync(folder).includes(`${key}.state.json`), { interval: 5 }).toBe(true)
    for (let round = 0; round < 5; round += 1) {
      const { done } = JSON.parse(readFileSync(state, 'utf8')) as { done: { from: number; to: number }[] }
      const partial = readFileSync(join(folder, `${key}.partial`))
      expect(done.length).toBeGreaterThan(0)
      for (const { from, to } of done)
        expect(partial.subarray(from, to).equals(content.subarray(from, to))).toBe(true)
      await new Promise(setImmediate)
    }
    stop.abort()
    expect(await running).toBe('stopped')
  })

  test('holds nothing under the final name before the last byte', async () => {
    await stoppedAfter(500_000)
    expect(left()).not.toContain(`${key}.whole`)
    expect(statSync(join(folder, `${key}.partial`)).size).toBeLessThanOrEqual(BYTES)
  })
})

test('offline, no socket is opened and nothing is written', async () => {
  const before = hub.requests.length
  expect((await failure(listed(), { offline: true })).message).toMatch(/^offline: /)
  expect(hub.requests.length).toBe(before)
  expect(left()).toEqual([])
})

function stateText(done: readonly { readonly from: number; readonly to: number }[]): string {
  return JSON.stringify({ version: 1, total: BYTES, identity: HASH, done })
}
