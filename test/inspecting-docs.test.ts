import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { withOutputs } from '../scripts/evidence-docs.ts'

const page = new URL('../docs/inspecting-models.md', import.meta.url)

test('docs/inspecting-models.md says what the commands print (to bring it up to date: UPDATE_DOCS=1)', async () => {
  const text = readFileSync(page, 'utf8')
  expect(text.match(/^```sh$/gm)?.length).toBe(4)
  const current = await withOutputs(text, undefined)
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(page, current)
  else expect(text).toBe(current)
})
