import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { facts } from '../../src/policy/facts/fact-table.ts'
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

  beforeAll(() => {
    for (const { language, text } of fences) {
      const file = language === 'json' ? 'request.json' : /^# (\S+\.yaml)/.exec(text)?.[1]
      if (file !== undefined) writeFileSync(join(folder, file), text)
    }
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

/** Columns are as wide as their widest cell, which the guide does not show. */
function spaced(text: string): string {
  return text.replace(/ +/g, ' ')
}
