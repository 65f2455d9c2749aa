import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { withOutputs } from '../scripts/evidence-docs.ts'

const page = new URL('../docs/weights.md', import.meta.url)

/** Whoever runs it, whenever, with whatever key. */
const anybody = (text: string): string =>
  text
    .replace(/ by \S+ on \d{4}-\d{2}-\d{2}/g, ' by mira on 2026-11-23')
    .replace(/\b([Kk]ey) [0-9a-f]{12}…/g, '$1 c0ffee123456…')

test('docs/weights.md says what the commands print (to bring it up to date: UPDATE_DOCS=1)', async () => {
  const text = readFileSync(page, 'utf8')
  expect(text.match(/^```sh$/gm)?.length).toBe(8)
  const current = anybody(await withOutputs(text, undefined))
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(page, current)
  else expect(text).toBe(current)
})
