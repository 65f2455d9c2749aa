import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { HUB_TOKEN, startHub, STRANGER_TOKEN } from '../../../test/hub/hub.ts'
import { commitOf, sha256Of, smallRepository, starterRepository } from '../../../test/hub/repository.ts'
import { MusivumError } from '../../core/errors.ts'
import type { RemoteOptions } from '../remote-types.ts'
import { parseSource } from '../source.ts'
import { resolveSource } from './resolve-source.ts'

const starter = starterRepository()
const weights = Buffer.alloc(5_000, 'GGUF')
const gated = { ...smallRepository('maker/gated', weights), gated: 'manual' } as const
const many = Array.from({ length: 10_000 }, (_, index) => `step-${index}/state.json`)
const hub = await startHub([
  starter,
  gated,
  { ...smallRepository('maker/private', weights), private: true },
  { ...smallRepository('maker/huge', weights), listedToo: many },
  { ...smallRepository('maker/wide', weights), listedToo: many.slice(0, 2_500) },
  { ...smallRepository('maker/evil', weights), listedToo: ['../../.ssh/authorized_keys'] },
  {
    ...smallRepository('maker/merge', weights),
    card: { license: 'other', license_name: 'llama3.1', base_model: ['a/b', 'c/d'] },
  },
  {
    ...smallRepository('maker/tagged', weights),
    card: {},
    tags: ['license:mit', 'base_model:quantized:a/b'],
  },
])
afterAll(() => hub.close())

const lines: string[] = []
beforeEach(() => {
  lines.length = 0
  Object.assign(hub.troubles, { refuses: undefined, redirectsTo: undefined })
})

function resolved(source: string, options: Partial<RemoteOptions> = {}) {
  const parsed = parseSource(source)
  if (parsed.kind !== 'hf' && parsed.kind !== 'https') throw new Error(`${parsed.kind} is not remote`)
  return resolveSource(parsed, {
    signal: new AbortController().signal,
    endpoint: hub.url,
    offline: false,
    env: {},
    log: (line) => lines.push(line),
    firstPauseMs: 1,
    ...options,
  })
}

async function failure(source: string, options: Partial<RemoteOptions> = {}): Promise<MusivumError> {
  const thrown = await resolved(source, options).then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!(thrown instanceof MusivumError)) throw new Error(`expected a failure of ${source}`)
  return thrown
}

describe('a repository', () => {
  test('becomes its commit, its files with the hashes that are listed, and what its card declares', async () => {
    const commit = commitOf(starter)
    const answer = await resolved('hf:musivum/starter-gguf:starter-s1-q8_0')
    expect(answer).toMatchObject({
      source: `hf:musivum/starter-gguf:starter-s1-q8_0@${commit}`,
      revision: commit,
      licence: 'apache-2.0',
      baseModels: ['musivum/starter'],
      gated: false,
    })
    expect(answer.files.map(({ name, role }) => `${role} ${name}`)).toEqual([
      'weights starter-s1-q8_0.gguf',
      'licence LICENSE',
      'card README.md',
      'config config.json',
    ])
    const content = starter.files.get('starter-s1-q8_0.gguf') ?? Buffer.alloc(0)
    expect(answer.files[0]).toMatchObject({
      url: `${hub.url}/musivum/starter-gguf/resolve/${commit}/starter-s1-q8_0.gguf`,
      bytes: content.length,
      sha256: sha256Of(content),
    })
    expect(answer.files[1]).toMatchObject({ bytes: 869, sha256: null })
  })

  test('is asked for its moving name once; every other request has the commit in it', async () => {
    const before = hub.requests.length
    await resolved('hf:musivum/starter-gguf:starter-s1-q8_0@main')
    const paths = hub.requests.slice(before).map(({ path }) => path)
    expect(paths).toEqual([
      '/api/models/musivum/starter-gguf/revision/main',
      `/api/models/musivum/starter-gguf/tree/${commitOf(starter)}?recursive=true&expand=false`,
    ])
  })

  test('says which files there are when the quantisation names none or several', async () => {
    expect((await failure('hf:musivum/starter-gguf:Q4_K_M')).message).toBe(
      'hf:musivum/starter-gguf has no Q4_K_M; it has starter-l-q8_0, starter-s1-q8_0, starter-s1-urgency-lora-f16',
    )
    expect((await failure('hf:musivum/starter-gguf:Q8_0')).message).toContain('more than one with Q8_0')
  })

  test('reads every page of its list, from the mirror even where the links are the hub’s own', async () => {
    const before = hub.requests.length
    const { files } = await resolved('hf:maker/wide')
    expect(files.map(({ name }) => name)).toEqual(['tiny-Q8_0.gguf', 'README.md'])
    expect(hub.requests.slice(before).filter(({ path }) => path.includes('/tree/'))).toHaveLength(3)
  })

  test('of 10,000 files is refused after some pages', async () => {
    const before = hub.requests.length
    const { code, message } = await failure('hf:maker/huge')
    expect(code).toBe('request.invalid')
    expect(message).toMatch(
      /^hf:maker\/huge lists more than 5000 files, .* Name the file itself: http:\S+\/maker\/huge\/resolve\/main\/FILE\.gguf$/,
    )
    expect(hub.requests.length - before).toBeLessThan(8)
  })

  test('that lists a name which would leave its folder is refused', async () => {
    const { code, message } = await failure('hf:maker/evil')
    expect(code).toBe('upstream.bad_answer')
    expect(message).toContain('"../../.ssh/authorized_keys", a name that would leave its folder')
  })

  test('declares licences and bases in several ways', async () => {
    expect(await resolved('hf:maker/merge')).toMatchObject({
      licence: 'llama3.1',
      baseModels: ['a/b', 'c/d'],
    })
    expect(await resolved('hf:maker/tagged')).toMatchObject({ licence: 'mit', baseModels: ['a/b'] })
  })

  test('that was renamed is followed on the same host, and called by its new name', async () => {
    hub.rename('old-maker/starter', 'musivum/starter-gguf')
    const { source, files } = await resolved('hf:old-maker/starter:starter-l-q8_0')
    expect(source).toBe(`hf:musivum/starter-gguf:starter-l-q8_0@${commitOf(starter)}`)
    expect(files[0]?.url).toContain('/musivum/starter-gguf/resolve/')
    expect(lines).toContain('hf:old-maker/starter is now called hf:musivum/starter-gguf')
  })

  test('is waited for while the hub limits its rate or fails', async () => {
    hub.troubles.refuses = { at: 'api', status: 429, times: 2, headers: { 'retry-after': '0' } }
    await resolved('hf:maker/merge')
    hub.troubles.refuses = { at: 'api', status: 500, times: 3 }
    expect((await resolved('hf:maker/merge')).licence).toBe('llama3.1')
  })

  test.each([
    [429, { ratelimit: '"api";r=0;t=290' }, 'upstream.rate_limited', 'Try again in 290 s. With HF_TOKEN set'],
    [500, {}, 'upstream.failed', 'failed (500). Try again later.'],
    [503, {}, 'upstream.overloaded', 'is busy (503). Try again later.'],
    [418, {}, 'upstream.rejected', 'answered 418.'],
  ] as const)('a hub that answers %s for good is one line', async (status, headers, code, words) => {
    hub.troubles.refuses = { at: 'api', status, headers, times: 100 }
    const error = await failure('hf:maker/merge')
    expect(error.code).toBe(code)
    expect(error.message).toContain(words)
    expect(error.message).not.toContain('\n')
  })

  test('that is not there, is private, or has no such revision says what may help', async () => {
    expect((await failure('hf:maker/none')).message).toBe(
      'hf:maker/none is not there, or is private and no token was sent. Check the name; for a private one set HF_TOKEN.',
    )
    expect((await failure('hf:maker/none', { token: HUB_TOKEN })).message).toContain(
      'this token may not see it',
    )
    expect((await failure('hf:maker/private')).code).toBe('model.not_found')
    expect((await resolved('hf:maker/private', { env: { HF_TOKEN: HUB_TOKEN } })).gated).toBe(false)
    expect((await failure('hf:maker/merge@v9')).message).toBe(
      'hf:maker/merge has no revision "v9". Expected a branch, a tag or a commit of 40 digits.',
    )
    expect((await failure('hf:maker/merge', { token: 'hf_wrongwrongwrongwrong' })).message).toMatch(
      /does not accept the token \(401\)\. Check HF_TOKEN/,
    )
  })

  test('that is gated is refused before anything is fetched, with the page where its terms are', async () => {
    const without = await failure('hf:maker/gated')
    expect(without).toMatchObject({ code: 'upstream.credentials' })
    expect(without.message).toBe(
      `hf:maker/gated is gated and no token was sent: accept its terms at ${hub.url}/maker/gated, then set HF_TOKEN to a token of that account.`,
    )
    const stranger = await failure('hf:maker/gated', { token: STRANGER_TOKEN })
    expect(stranger.message).toContain('the account of this token is not on its list')
    expect((await resolved('hf:maker/gated', { token: HUB_TOKEN })).gated).toBe(true)
  })
})

describe('an address', () => {
  const path = `/musivum/starter-gguf/resolve/main/starter-l-q8_0.gguf`

  test('on a hub is pinned to the commit that answered, with the hash that the hub states', async () => {
    const commit = commitOf(starter)
    const answer = await resolved(hub.url + path)
    expect(answer).toMatchObject({ source: `${hub.url}${path.replace('main', commit)}`, revision: commit })
    expect(answer.files).toHaveLength(1)
    expect(answer.files[0]).toMatchObject({ name: 'starter-l-q8_0.gguf', role: 'weights', bytes: 5_107_104 })
    expect(answer.files[0]?.sha256).toBe(sha256Of(starter.files.get('starter-l-q8_0.gguf') ?? weights))
  })

  test('of one part stands for all of them', async () => {
    const parts = [1, 2, 3].map(
      (part) => [`big-0000${part}-of-00003.gguf`, Buffer.alloc(part * 100)] as const,
    )
    hub.put({ id: 'maker/split', files: new Map(parts) })
    const { files } = await resolved(`${hub.url}/maker/split/resolve/main/big-00002-of-00003.gguf`)
    expect(files.map(({ name, bytes }) => [name, bytes])).toEqual(
      parts.map(([name, { length }]) => [name, length]),
    )
  })

  test.each([
    ['/maker/merge/resolve/main/run.py', 'expected one that ends in .gguf or .safetensors'],
    ['/maker/merge/resolve/main/..%2Fx.gguf', 'names no file of weights'],
    ['/maker/merge/blob/main/tiny-Q8_0.gguf', 'has /resolve/ in the place of /blob/'],
    ['/maker/merge/resolve/main/none.gguf', 'none.gguf has no such file (any more).'],
  ])('%s is refused in one line', async (at, words) => {
    expect((await failure(hub.url + at)).message).toContain(words)
  })
})

test('offline, no socket is opened', async () => {
  const before = hub.requests.length
  for (const source of ['hf:maker/merge', 'https://127.0.0.1/x.gguf']) {
    const { code, message } = await failure(source, { offline: true })
    expect(code).toBe('request.invalid')
    expect(message).toMatch(/^offline: nothing is fetched/)
  }
  expect(hub.requests.length).toBe(before)
})

test('a server that is no hub is told apart from one that lacks the model', async () => {
  const page = createServer((_, response) => response.end('<html>Please log in to the hotel network</html>'))
  await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve))
  const endpoint = `http://127.0.0.1:${(page.address() as AddressInfo).port}`
  const { code, message } = await failure('hf:maker/merge', { endpoint })
  expect(code).toBe('upstream.bad_answer')
  expect(message).toMatch(/does not answer as a hub does: its answer is not JSON/)
  page.close()
  await new Promise((resolve) => page.once('close', resolve))
  expect(await failure('hf:maker/merge', { endpoint })).toMatchObject({ code: 'upstream.unreachable' })
})

test('what the caller stops, stops with the caller’s reason', async () => {
  const stop = new AbortController()
  stop.abort('SIGINT')
  await expect(resolved('hf:maker/merge', { signal: stop.signal })).rejects.toBe('SIGINT')
})
