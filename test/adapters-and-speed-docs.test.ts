import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import { BARE_ENVIRONMENT } from './setup/bare-environment.ts'

const root = fileURLToPath(new URL('../', import.meta.url))
const run = promisify(execFile)
const guides = ['adapters.md', 'speed.md'].map((name) => readFileSync(join(root, 'docs', name), 'utf8'))
const examples = guides.flatMap((guide) =>
  Array.from(
    guide.matchAll(/^```sh\nmusivum (.*)\n```\n\n```text\n([^]*?)^```/gm),
    ([, line = '', said = '']) => ({ line, said }),
  ),
)

const home = mkdtempSync(join(tmpdir(), 'musivum-speed-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))
writeFileSync(join(home, 'musivum.yaml'), /^```yaml\n([^]*?)^```/m.exec(guides[0] ?? '')?.[1] ?? '')

function musivum(line: string) {
  const env = { ...BARE_ENVIRONMENT, HOME: home, MUSIVUM_HOME: home, MUSIVUM_PORT: '0' }
  // A shell takes what is in quotes as one word.
  const [, ask, text] = /^(ask --model \S+) '(.*)'$/.exec(line) ?? []
  const words = [...(ask ?? line).split(' '), ...(text === undefined ? [] : [text])]
  return run(process.execPath, [join(root, 'src/cli/main.ts'), ...words], { env, cwd: root })
}

describe('docs/adapters.md and docs/speed.md say what the commands print', () => {
  test('they have examples', () => {
    expect(examples.map(({ line }) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      'ask --model',
      'doctor',
      'models bench',
      'models fit',
    ])
  })

  test.each(examples)('musivum $line', { timeout: 120_000 }, async ({ line, said }) => {
    const { stdout } = await musivum(line)
    for (const each of said.trim().split('\n')) expect(stdout).toMatch(pattern(each))
  })
})

/** `…` in what the guide says stands for anything. */
function pattern(text: string): RegExp {
  const literal = text.trim().replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)
  return new RegExp(literal.replaceAll(/ ?… ?/g, '.*'), 'm')
}
