import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { node24, root } from '../../scripts/bootstrap.mjs'

// A linter that cannot find the types of a project reports nothing and looks content. So: our own settings, on code
// that has one of each mistake which only the linter would find.
const MISTAKES = {
  'src/floating.ts': 'async function work() {}\nexport function start() {\n  work()\n}\n',
  'src/any.ts': `export const read = (text: ${'any'}) => text\n`,
  'src/one.ts': "import { two } from './two.ts'\nexport const one = () => two\n",
  'src/two.ts': "import { one } from './one.ts'\nexport const two = () => one\n",
  'src/good.ts': 'export const good = 1\n',
}

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'musivum-lint-'))
  for (const file of ['.oxlintrc.json', 'tsconfig.json', 'package.json'])
    cpSync(join(root, file), join(folder, file))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  mkdirSync(join(folder, 'src'))
  for (const [file, code] of Object.entries(MISTAKES)) writeFileSync(join(folder, file), code)
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the linter finds a floating promise, an any and an import cycle, and nothing where nothing is', () => {
  const lint = spawnSync(
    node24(),
    [join(root, 'node_modules', 'oxlint', 'bin', 'oxlint'), '--type-aware', '--format=unix'],
    { cwd: folder, encoding: 'utf8' },
  )
  const found = [...lint.stdout.matchAll(/^(?:\.\/)?(src\/\w+\.ts):.*\/([\w(-]+\)?)\]$/gm)]
  expect(found.map(([, file, rule]) => `${file} ${rule}`).sort()).toEqual([
    'src/any.ts typescript(no-explicit-any)',
    'src/floating.ts typescript(no-floating-promises)',
    'src/one.ts import(no-cycle)',
    'src/two.ts import(no-cycle)',
  ])
  expect(lint.status).toBe(1)
})
