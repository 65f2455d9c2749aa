import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const lingui = join(createRequire(import.meta.url).resolve('@lingui/cli'), '../lingui.js')
const cwd = join(import.meta.dirname, '../..')

// A message that is in the code and not in the catalogs would be shown as its hash.
test('the catalogs hold exactly the messages of the code (npm run extract -w console)', async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [lingui, 'check', 'sync', '--clean', '--workers', '1'],
    { cwd },
  )
  expect(stdout).toContain('PASS sync')
})
