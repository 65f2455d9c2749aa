import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { uuidV7Ids } from '../../core/ids.ts'
import type { ContentEntry, ContentLog } from './content-log.ts'
import { openContentLog } from './open-content-log.ts'

const NOON = Date.UTC(2026, 10, 23, 12)
const DAY_MS = 86_400_000
const SECRET = 'the patient is Ada'

let home: string
let nowMs: number
let first: string | null
let log: ContentLog
const lines: string[] = []
const clock = { now: () => nowMs, monotonic: () => nowMs }
const ids = uuidV7Ids(clock, { bytes: (length) => new Uint8Array(length).fill(7) })

function openWith(byte: number): ContentLog {
  const key = () => new Uint8Array(32).fill(byte)
  return openContentLog({
    home,
    key,
    firstKept: () => Promise.resolve(first),
    log: (line) => lines.push(line),
  })
}

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'musivum-content-'))
  nowMs = NOON
  first = null
  log = openWith(1)
})
afterEach(() => {
  log.close()
  rmSync(home, { recursive: true, force: true })
})

const prompt = (text = SECRET): ContentEntry => ({
  kind: 'prompt',
  atMs: nowMs,
  model: 'm',
  operation: 'chat',
  content: { text },
})
const fileOf = (id: string) => join(home, 'data/content/2026-11-23', `${id}.sealed`)

test('what was written is read back in its order, and nothing of it can be read in the file', async () => {
  const id = ids.next()
  const answer: ContentEntry = {
    kind: 'answer',
    atMs: nowMs,
    model: 'm',
    outcome: 'failed',
    errorCode: 'upstream.cut',
    content: { text: 'half' },
  }
  await log.write(id, prompt())
  await log.write(id, answer)
  expect(await log.read(id)).toEqual({ entries: [prompt(), answer], whole: true })
  expect(readFileSync(fileOf(id)).includes('patient')).toBe(false)
  expect(await log.read(ids.next())).toBeUndefined()
})

test('another key, a changed byte and an entry of another request do not open', async () => {
  const [id, other] = [ids.next(), ids.next()]
  await log.write(id, prompt())
  const stranger = openWith(2)
  await expect(stranger.read(id)).rejects.toThrow('another key')
  stranger.close()
  const bytes = readFileSync(fileOf(id))
  writeFileSync(fileOf(other), bytes)
  await expect(log.read(other)).rejects.toThrow('another key')
  const changed = Buffer.from(bytes)
  changed[20] = (changed[20] ?? 0) ^ 1
  writeFileSync(fileOf(id), changed)
  await expect(log.read(id)).rejects.toThrow('changed since')
})

test('a file that was cut gives what is whole in it, and says that the end is missing', async () => {
  const id = ids.next()
  await log.write(id, prompt())
  await log.write(id, prompt('more'))
  truncateSync(fileOf(id), readFileSync(fileOf(id)).length - 3)
  expect(await log.read(id)).toEqual({ entries: [prompt()], whole: false })
})

test('where there is no content, nobody is asked what the request log keeps', async () => {
  const asked: string[] = []
  const empty = openContentLog({
    home,
    key: () => new Uint8Array(32),
    firstKept: () => Promise.resolve(String(asked.push('when it was opened'))),
    log: (line) => lines.push(line),
  })
  await empty.tidy()
  empty.close()
  expect(asked).toEqual([])
})

test.skipIf(process.platform !== 'linux')('a full disk is said, and never taken for written', async () => {
  const id = ids.next()
  mkdirSync(join(home, 'data/content/2026-11-23'), { recursive: true })
  symlinkSync('/dev/full', fileOf(id))
  await expect(log.write(id, prompt())).rejects.toMatchObject({
    code: 'store.unavailable',
    message: 'the content log cannot be written (ENOSPC); make room in the home directory',
  })
})

test('content goes with its row: what is before the first row that is kept cannot be read, and is deleted', async () => {
  const [yesterday, before] = [ids.next(), ((nowMs += DAY_MS), ids.next())]
  nowMs += 1
  const [kept, after] = [ids.next(), ids.next()]
  for (const id of [yesterday, before, kept, after]) await log.write(id, prompt())
  first = kept
  for (const id of [yesterday, before]) expect(await log.read(id)).toBeUndefined()
  await log.tidy()
  const content = join(home, 'data/content')
  expect(readdirSync(content)).toEqual(['2026-11-24'])
  expect(readdirSync(join(content, '2026-11-24'))).toEqual([`${kept}.sealed`, `${after}.sealed`])
  first = null
  expect(await log.read(before)).toBeUndefined()
  expect(await log.read(kept)).toEqual({ entries: [prompt()], whole: true })
})

test('what is no id of a request names no file', async () => {
  await expect(log.read('../../scope')).rejects.toMatchObject({ code: 'request.invalid' })
})
