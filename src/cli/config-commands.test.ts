import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fixtureText } from '../gateway/config/import/import-run.conformance.ts'
import type { Command } from './command.ts'
import { configCheck } from './config-check.ts'
import { configImport } from './config-import.ts'
import { parseArguments } from './parse-arguments.ts'
import type { Terminal } from './terminal.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'musivum-config-'))
  for (const name of ['portkey-conditional.json', 'litellm-wildcard.config.yaml'])
    writeFileSync(join(folder, name), fixtureText(name))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function run(command: Command, line: string): Promise<{ readonly code: number; readonly out: string }> {
  let out = ''
  const terminal: Terminal = {
    env: { HOME: folder },
    cwd: folder,
    signal: new AbortController().signal,
    write: (text) => (out += text),
    note: () => undefined,
    interactive: false,
    input: { kind: 'other', read: () => Promise.resolve('') },
  }
  const code = await command.run(parseArguments(command, line.split(' ').filter(Boolean)), terminal)
  return { code, out }
}

test('`config import` says what it wrote and what it could not', async () => {
  const { code, out } = await run(configImport, 'portkey-conditional.json --out a.yaml')
  expect(code).toBe(0)
  expect(out).toMatch(
    /^a\.yaml: 3 models: fastest, large, pc-router-1a2b\n\nNot carried over \(3\):\n {2}portkey-conditional\.json:\d+: /,
  )
  expect(readFileSync(join(folder, 'a.yaml'), 'utf8')).toContain(
    '# portkey-conditional.json:14 data.config.targets.0\n  fastest:',
  )
})

test('`config import --json` is one document', async () => {
  const { out } = await run(
    configImport,
    'litellm-wildcard.config.yaml --model openai/gpt-4o --out b.yaml --json',
  )
  expect(JSON.parse(out)).toMatchObject({
    written: 'b.yaml',
    from: 'litellm',
    models: expect.arrayContaining(['openai/gpt-4o', 'house/chat']) as unknown,
    notCarried: [{ path: 'model_list.1', line: 13, what: 'a pattern' }, {}, {}, {}, {}, {}, {}, {}],
  })
})

test.each([
  ['', 'config import needs one file'],
  ['absent.yaml', 'absent.yaml: there is no such file'],
  ['portkey-conditional.json --out portkey-conditional.json', 'portkey-conditional.json is there already'],
  [
    'portkey-conditional.json --from kong --out c.yaml',
    '--from: expected litellm, portkey or tensorzero, not "kong"',
  ],
  [
    'portkey-conditional.json --out no/such/folder/c.yaml',
    'no/such/folder/c.yaml cannot be written (ENOENT)',
  ],
  ['portkey-conditional.json --from tensorzero --out c.yaml', 'portkey-conditional.json:1: not TOML'],
])('`config import %s` is refused in one line', async (line, told) => {
  await expect(async () => run(configImport, line)).rejects.toThrow(told)
})

test('`config check` says that a file is right, and which keys are not set', async () => {
  await run(configImport, 'portkey-conditional.json --out d.yaml')
  const { code, out } = await run(configCheck, 'd.yaml')
  expect(code).toBe(0)
  expect(out).toMatch(/^d\.yaml is right: 3 models, version [0-9a-f]{12}\n/)
  expect(out).toContain('models.large.key: the environment variable AZURE_API_KEY is not set')
})

test('`config check` lists every problem with its line and ends with 1', async () => {
  writeFileSync(join(folder, 'wrong.yaml'), 'models:\n  a: { vendor: grog, model: x }\nlisten: { prt: 1 }\n')
  const { code, out } = await run(configCheck, 'wrong.yaml')
  expect([code, out]).toEqual([
    1,
    'wrong.yaml:2: models.a.vendor: expected the name of a vendor; did you mean groq?\nwrong.yaml:3: listen.prt: unknown key; did you mean port?\n',
  ])
  const json = JSON.parse((await run(configCheck, 'wrong.yaml --json')).out) as object
  expect(json).toMatchObject({
    ok: false,
    file: 'wrong.yaml',
    problems: [/^wrong/, /^wrong/].map(() => expect.any(String) as unknown),
  })
})

test('`config check` looks into the files: what can never answer is wrong, what may be meant is a warning', async () => {
  const weights = fileURLToPath(new URL('../../models/starter/starter-s1-q8_0.gguf', import.meta.url))
  const model = (more: string): string => `models:\n  a:\n    engine: llama\n    weights: ${weights}\n${more}`
  const long =
    'long.yaml:5: models.a.context_tokens: 4096 tokens of context are more than the 512 that these weights were trained for; what lies beyond is answered badly'
  writeFileSync(join(folder, 'long.yaml'), model('    context_tokens: 4096\n'))
  const right = await run(configCheck, 'long.yaml')
  expect(right).toMatchObject({ code: 0, out: expect.stringMatching(/^long\.yaml is right: 1 model, /) })
  expect(right.out.split('\n')[1]).toBe(long)
  writeFileSync(join(folder, 'long.yaml'), model(`    context_tokens: 4096\n    adapter: ${weights}\n`))
  const wrong = await run(configCheck, 'long.yaml --json')
  expect(wrong.code).toBe(1)
  expect(JSON.parse(wrong.out)).toEqual({
    ok: false,
    file: 'long.yaml',
    problems: ['long.yaml:6: models.a.adapter: starter-s1-q8_0.gguf: this is not an adapter.'],
    warnings: [long],
  })
})

test('`config check` without a file to check is refused in one line', async () => {
  await expect(async () => run(configCheck, 'absent.yaml')).rejects.toThrow(
    'absent.yaml: there is no such file',
  )
})
