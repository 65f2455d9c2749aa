import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startScripted, type Scripted } from '../../test/upstream/scripted.ts'
import type { MusivumError } from '../core/errors.ts'
import type { Command } from './command.ts'
import { parseArguments } from './parse-arguments.ts'
import { privacyMask } from './privacy-mask.ts'
import { privacyRestore } from './privacy-restore.ts'
import { privacyScan } from './privacy-scan.ts'
import type { Terminal } from './terminal.ts'

let folder: string

/** The command as it runs, without a process of its own. */
async function run(command: Command, line: string): Promise<string> {
  let out = ''
  const terminal: Terminal = {
    env: { MUSIVUM_HOME: folder },
    cwd: folder,
    signal: new AbortController().signal,
    write: (text) => void (out += text),
    note: () => undefined,
    interactive: false,
    input: { kind: 'other', read: () => Promise.resolve('') },
  }
  expect(await command.run(parseArguments(command, line.split(' ')), terminal)).toBe(0)
  return out
}

function save(file: string, text: string): void {
  writeFileSync(join(folder, file), text)
}

let model: Scripted
let isDown = false
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'musivum-names-cli-'))
  model = await startScripted((_key, _before, body) => {
    const { messages } = body as { readonly messages: readonly { readonly content: string }[] }
    const text = messages.at(-1)?.content ?? ''
    const names = ['Ada Lovelace', 'Ada'].filter((name) => text.includes(name))
    if (isDown) return { kind: 'refuse', status: 400 }
    return {
      kind: 'answer',
      text: JSON.stringify({ names: names.map((name) => ({ text: name, entity: 'PERSON' })) }),
    }
  })
  configure('names.yaml', {})
  configure('lenient.yaml', { on_error: 'continue' })
  save('musivum.yaml', 'discover: false\n')
  const rows = [
    { id: 1, text: 'Ada Lovelace, ada@example.org' },
    { id: 2, text: 'nobody' },
  ]
  save('letters.jsonl', rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
})
afterAll(async () => {
  await model.close()
  rmSync(folder, { recursive: true, force: true })
})

function configure(file: string, more: object): void {
  const tagger = { engine: 'openai', base_url: model.url, model: 'tagger' }
  const names = { model: 'tagger', ...more }
  save(file, stringify({ discover: false, models: { tagger }, privacy: { names } }))
}

function linesOf(text: string): readonly unknown[] {
  return Array.from(text.trim().split('\n'), (line) => JSON.parse(line) as unknown)
}

test('scan finds names by the model that is configured, and says that they are covered', async () => {
  const out = await run(privacyScan, 'letters.jsonl --names --config names.yaml --json')
  expect(linesOf(out)).toEqual([
    {
      id: 1,
      spans: [
        { entity: 'PERSON', start: 0, end: 12, score: 0.85 },
        { entity: 'EMAIL_ADDRESS', start: 14, end: 29, score: 1 },
      ],
      labels: ['contact', 'person', 'sensitivity:2', 'names:covered'],
    },
    { id: 2, spans: [], labels: ['sensitivity:0', 'names:covered'] },
  ])
  const only = await run(privacyScan, 'letters.jsonl --names --entities PERSON --config names.yaml')
  expect(only).toMatch(/^PERSON +1\n\n1 found in 2 texts; .* were not looked for$/m)
})

test('mask masks them wherever they stand, and restore puts them back', async () => {
  const letter = `Ada wrote.\n${'word '.repeat(2_000)}\nAda Lovelace, ada@example.org`
  save('letter.txt', letter)
  const masked = await run(privacyMask, 'letter.txt --names --config names.yaml --map letter.map')
  expect(masked).toMatch(/^⟦PERSON_\w{7}⟧ wrote\.\n(word ){2000}\n⟦PERSON_\w{7}⟧, ⟦EMAIL_ADDRESS_\w{7}⟧$/)
  save('masked.txt', masked)
  expect(await run(privacyRestore, 'masked.txt --map letter.map')).toBe(letter)
})

test('a model that fails ends it, unless the configuration lets it go on; never for a mask', async () => {
  save('note.txt', 'Ada Lovelace')
  isDown = true
  try {
    const failed = expect.objectContaining({ code: 'privacy.names_failed' }) as MusivumError
    await expect(run(privacyScan, 'note.txt --names --config names.yaml --json')).rejects.toEqual(failed)
    expect(await run(privacyScan, 'note.txt --names --config lenient.yaml --json')).toContain('names:failed')
    await expect(run(privacyMask, 'note.txt --names --config lenient.yaml')).rejects.toEqual(failed)
  } finally {
    isDown = false
  }
})

test.each([
  ['letters.jsonl --names', privacyScan, 'musivum.yaml needs `privacy: { names: { model: NAME } }`'],
  ['letters.jsonl --entities PERSON', privacyScan, 'only a model finds names; expected --names beside it'],
  ['letters.jsonl --names --entities URL', privacyScan, 'names none of PERSON, LOCATION and ORGANIZATION'],
  ['letter.txt --entities PERSON', privacyMask, 'only a model finds names; expected --names beside it'],
])('%s: one line', async (line, command, problem) => {
  await expect(run(command, line)).rejects.toThrow(problem)
})
