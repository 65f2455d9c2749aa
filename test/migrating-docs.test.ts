import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../', import.meta.url))
const guide = readFileSync(join(root, 'docs', 'migrating.md'), 'utf8')
const sections = guide.split(/^## /m).slice(1)
const folder = mkdtempSync(join(tmpdir(), 'musivum-migrating-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The fenced example of one of these languages. */
function example(section: string, languages: string): string {
  const [, text] = new RegExp(`^\`\`\`(?:${languages})\\n([^]*?)^\`\`\``, 'm').exec(section) ?? []
  expect(text, languages).toBeDefined()
  return text ?? ''
}

test('the guide has a section for each gateway', () => {
  expect(sections.map((section) => section.split('\n')[0])).toEqual([
    'From LiteLLM',
    'From Portkey',
    'From TensorZero',
  ])
})

test.each(sections)('its example is imported as the page shows: %#', (section) => {
  const [, file = ''] = /^`musivum config import (\S+)` writes$/m.exec(section) ?? []
  writeFileSync(join(folder, file), example(section, 'yml|json|toml'))
  const args = [join(root, 'src/cli/main.ts'), 'config', 'import', file, '--force']
  const said = execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })
  const [, written] = readFileSync(join(folder, 'musivum.yaml'), 'utf8').split('\n\n')
  expect(written).toBe(example(section, 'yaml'))
  expect(said).toBe(
    `${example(section, 'text')}\n\`musivum config check musivum.yaml\` says which keys are not set.\n`,
  )
})
