import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { facts } from '../../src/policy/facts/fact-table.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import { row } from '../../src/store/store.conformance.ts'
import { OBLIGATIONS } from '../../src/policy/rules/rule.ts'
import { PRESETS } from '../../src/policy/presets/_hashes.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const guide = readFileSync(join(root, 'docs/policy.md'), 'utf8')
const run = promisify(execFile)

type Fence = { readonly language: string; readonly text: string }

const fences: readonly Fence[] = Array.from(
  guide.matchAll(/^```([a-z ]+)\n([^]*?)^```/gm),
  ([, language = '', text = '']) => ({ language, text }),
)

/** Each command with the lines that the guide shows under it. */
const commands = fences.flatMap(({ language, text }, at) =>
  language === 'sh' ? [{ line: text.trim(), shown: fences[at + 1]?.text.trim().split('\n') ?? [] }] : [],
)

describe('docs/policy.md', () => {
  const folder = mkdtempSync(join(tmpdir(), 'musivum-policy-docs-'))

  beforeAll(async () => {
    for (const { language, text } of fences) {
      const file = language === 'json' ? 'request.json' : /^# (\S+\.yaml)/.exec(text)?.[1]
      if (file !== undefined) writeFileSync(join(folder, file), text)
      if (language === 'yaml rule') writeFileSync(join(folder, 'stricter.yaml'), withRule(text))
    }
    await logRequests(join(folder, '.musivum', 'data'))
  })
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  async function output(line: string): Promise<string> {
    const [, ...words] = line.split(' ')
    const args = [join(root, 'src/cli/main.ts'), ...words]
    const { stdout } = await run(process.execPath, args, { cwd: folder, env: { HOME: folder, PATH: '' } })
    return stdout
  }

  test.each(commands)('$line answers as it shows', async ({ line, shown }) => {
    expect(shown.length).toBeGreaterThan(0)
    const out = await output(line)
    for (const each of shown) expect(spaced(out)).toContain(spaced(each))
  })

  test('its other file of rules is right too', async () => {
    expect(await output('musivum policy check ./clinic.yaml')).toContain('nothing strange')
  })

  test('names every fact, obligation and preset', () => {
    for (const { name } of facts) expect(guide, name).toContain(`| \`${name}\` |`)
    for (const name of [...OBLIGATIONS, ...PRESETS]) expect(guide, name).toContain(`\`${name}\``)
  })
})

/** The rules of the guide with one more, before their probes. */
function withRule(rule: string): string {
  const rules = fences.find(({ text }) => text.startsWith('# rules.yaml'))?.text ?? ''
  return rules.replace('\nprobes:', `\n${rule}\nprobes:`)
}

/** What the gateway of the guide's configuration has logged of three requests: one clean, one with an address, one with a password. */
async function logRequests(directory: string): Promise<void> {
  const atMs = Date.UTC(2026, 10, 23, 9)
  const clock = { now: () => atMs, monotonic: () => 0 }
  const store = await openSqliteStore({ directory, clock, log: () => undefined })
  const bound = ['no-cache', 'no-shadow'] as const
  const found = [
    { kinds: [], entities: [], sensitivity: 0, obligations: {} },
    { kinds: ['secret'], entities: ['PASSWORD'], sensitivity: 4, obligations: { gpt: bound, ward: bound } },
    {
      kinds: ['contact'],
      entities: ['EMAIL_ADDRESS'],
      sensitivity: 2,
      obligations: { gpt: bound, ward: bound },
    },
  ] as const
  for (const [at, { kinds, entities, sensitivity, obligations }] of found.entries()) {
    const about = { kinds, entities, sensitivity }
    store.appendRequest(
      row({
        id: `01a207a2-3280-7000-8000-00000000000${at + 1}`,
        atMs,
        decision: {
          id: `01a207a2-3280-7000-8000-00000000001${at}`,
          asked: 'gpt',
          candidates: ['gpt', 'ward'],
          removed: [],
          policy: 'policy rules.yaml is in force',
          labels: { examined: true, ...about, names: 'not-covered' },
          ...(kinds.length > 0 && { obligations }),
          plan: { kind: 'single', model: 'gpt', otherwise: [{ model: 'ward', on: ['outage'] }] },
          because: 'The client asked for gpt by name.',
        },
        facts: {
          request: {
            operation: 'chat',
            tokens: 40,
            tools: false,
            images: false,
            labels: [...kinds, ...entities],
            ...about,
            names_covered: false,
          },
          principal: { kind: 'anonymous', clearances: [] },
        },
      }),
    )
  }
  await store.close()
}

/** Columns are as wide as their widest cell, which the guide does not show. */
function spaced(text: string): string {
  return text.replace(/ +/g, ' ')
}
