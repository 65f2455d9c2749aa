import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { errorsReference } from '../scripts/errors-reference.ts'

test('docs/errors.md says what the error table says (run: node scripts/errors-reference.ts)', () => {
  expect(readFileSync(new URL('../docs/errors.md', import.meta.url), 'utf8')).toBe(errorsReference())
})
