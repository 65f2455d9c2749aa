import { afterAll, describe, expect, test } from 'vitest'
import { startHub } from '../../test/hub/hub.ts'
import { commitOf, smallRepository, starterRepository } from '../../test/hub/repository.ts'
import { ggufHeaderBytes } from '../catalog/gguf/gguf-bytes.conformance.ts'
import { commandLine } from './command-line.conformance.ts'

const { run, folder } = commandLine()
const starter = starterRepository()
const hub = await startHub([
  starter,
  smallRepository('maker/empty', ggufHeaderBytes({}).header),
  { ...smallRepository('maker/gated', ggufHeaderBytes({}).header), gated: 'auto' },
])
afterAll(() => hub.close())

const answered = async (line: string) => {
  const { code, out, err } = await run(`models fit ${line} --json`, { HF_ENDPOINT: hub.url })
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return JSON.parse(out) as Record<string, unknown>
}

describe('models fit of what is not here yet', () => {
  test('answers for a repository as for the file itself, from its first bytes', async () => {
    const before = hub.sentBytes()
    const answer = await answered('hf:musivum/starter-gguf:starter-l-q8_0 --sequences 2 --bandwidth 400GB')
    expect(answer).toMatchObject({
      model: `hf:musivum/starter-gguf:starter-l-q8_0@${commitOf(starter)}`,
      quantisation: 'Q8_0',
      kv_bytes: 2 * 512 * 3072,
      context_tokens: 512,
      fits: true,
    })
    expect(hub.sentBytes() - before).toBeLessThan(600_000)
  })

  test('answers for an address', async () => {
    const url = `${hub.url}/musivum/starter-gguf/resolve/main/starter-s1-q8_0.gguf`
    expect(await answered(`${url} --bandwidth 400GB`)).toMatchObject({
      model: 'starter-s1-q8_0.gguf',
      fits: true,
    })
  })

  test.each([
    ['hf:musivum/starter-gguf', {}, /has more than one: name one/],
    ['hf:maker/gated', {}, /is gated and no token was sent: accept its terms at \S+\/maker\/gated/],
    ['hf:maker/gated --token-env OTHER', { OTHER: 'hf_strange' }, /does not accept the token \(401\)/],
    ['hf:musivum/starter-gguf:starter-l-q8_0 --offline', {}, /offline: nothing is fetched/],
    ['hf:musivum', {}, /a repository is written hf:OWNER\/REPO/],
    ['hf:musivum/starter-gguf:starter-l-q8_0', { MUSIVUM_OFFLINE: '1' }, /offline: nothing is fetched/],
  ])('%s: one line and exit code 2', async (operand, env, message) => {
    const { code, out, err } = await run(`models fit ${operand}`, { HF_ENDPOINT: hub.url, ...env })
    expect({ code, out, lines: err.trim().split('\n').length }).toEqual({ code: 2, out: '', lines: 1 })
    expect(err).toMatch(message)
    expect(err).not.toContain(folder)
  })
})
