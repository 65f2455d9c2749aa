import { afterAll, beforeEach, expect, test } from 'vitest'
import { startHub } from '../../../test/hub/hub.ts'
import { smallRepository, starterRepository } from '../../../test/hub/repository.ts'
import { ggufHeaderBytes } from '../../catalog/gguf/gguf-bytes.conformance.ts'
import { textOf } from '../../catalog/gguf/header.ts'
import type { RemoteFile, RemoteOptions } from '../remote-types.ts'
import { readRemoteHeader } from './read-remote-header.ts'

/** A vocabulary that is longer than the first read, before weights that nobody wants to fetch. */
const { header, fileBytes } = ggufHeaderBytes({
  metadata: [
    ['general.architecture', 'llama'],
    [
      'tokenizer.ggml.tokens',
      { kind: 'array', of: 'text', items: Array.from({ length: 40_000 }, (_, i) => `t${i}`) },
    ],
  ],
  tensors: [{ name: 'output.weight', shape: [1_024, 4_096], type: 'F16' }],
})
const long = Buffer.concat([header, Buffer.alloc(fileBytes - header.length)])
const hub = await startHub([
  starterRepository(),
  smallRepository('maker/long', long),
  smallRepository('maker/text', Buffer.from('not weights at all')),
  smallRepository('maker/empty', Buffer.alloc(0)),
])
afterAll(() => hub.close())
beforeEach(() => {
  for (const name of Object.keys(hub.troubles)) Reflect.deleteProperty(hub.troubles, name)
})

function headerOf(id: string, name: string, more: Partial<RemoteOptions> = {}) {
  const url = `${hub.url}/${id}/resolve/main/${name}`
  const file: RemoteFile = { name, url, bytes: null, sha256: null, role: 'weights' }
  const signal = new AbortController().signal
  return readRemoteHeader(file, {
    signal,
    endpoint: hub.url,
    offline: false,
    env: {},
    log: () => {},
    firstPauseMs: 1,
    ...more,
  })
}

test('reads the header and none of the weights', async () => {
  const before = hub.sentBytes()
  const found = await headerOf('maker/long', 'tiny-Q8_0.gguf')
  expect(found).toMatchObject({ fileBytes, tensors: [{ name: 'output.weight' }] })
  expect(textOf(found, 'general.architecture')).toBe('llama')
  expect(header.length).toBeGreaterThan(256 * 1024)
  // Doubled at most, each byte once.
  expect(hub.sentBytes() - before).toBeLessThan(2 * header.length + 100)
})

test('reads on when the connection is cut', async () => {
  hub.troubles.resetEvery = 100_000
  expect((await headerOf('musivum/starter-gguf', 'starter-l-q8_0.gguf')).tensors.length).toBe(56)
})

test.each([
  ['maker/text', /^tiny-Q8_0\.gguf: not a GGUF file: it starts with 6e6f7420/],
  ['maker/empty', /^tiny-Q8_0\.gguf: the file is empty/],
  ['maker/none', /is not there/],
])('%s is one line', async (id, message) => {
  await expect(
    headerOf(id, 'tiny-Q8_0.gguf', { token: 'hf_0123456789abcdefABCDEF0123456789ab' }),
  ).rejects.toThrow(message)
})

test('a server without ranges is not drunk dry', async () => {
  hub.troubles.ignoresRanges = true
  const before = hub.sentBytes()
  await expect(headerOf('maker/long', 'tiny-Q8_0.gguf')).rejects.toThrow(
    /gives no parts of files, .* pull it first/,
  )
  expect(hub.sentBytes() - before).toBeLessThan(fileBytes / 2)
})
