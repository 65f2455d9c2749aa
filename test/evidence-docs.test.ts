import { describe, expect, test } from 'vitest'
import { evidencePages, pageText, tablesFolder, withOutputs } from '../scripts/evidence-docs.ts'

const tables = tablesFolder()
/** A dozen commands over tables of 80,000 rows, on a machine with other work. */
const MAX_MS = 300_000

describe('docs/evidence says what the commands print (run: node scripts/evidence-docs.ts)', () => {
  test('there are pages with examples', () => {
    expect(evidencePages().length).toBeGreaterThan(1)
  })

  const needsTables = (name: string): boolean => pageText(name).includes(' tables/')
  const current = async (name: string): Promise<void> => {
    expect(pageText(name)).toBe(await withOutputs(pageText(name), tables))
  }

  test.each(evidencePages().filter((name) => !needsTables(name)))('%s', { timeout: MAX_MS }, current)

  describe.skipIf(tables === undefined)('the outcome tables are not on this machine (MUSIVUM_TABLES)', () => {
    test.each(evidencePages().filter(needsTables))('%s', { timeout: MAX_MS }, current)
  })
})
