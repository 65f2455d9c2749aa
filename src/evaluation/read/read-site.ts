import { z } from 'zod'
import { invalid } from '../../core/errors.ts'
import { SMALLEST_CELL } from '../../evidence/pooled.ts'
import { cellFault, type SiteDocument } from '../../evidence/site-document.ts'
import type { World } from '../world.ts'
import { readDocument } from './read-document.ts'

const name = z.string({ error: 'a text' }).min(1, { error: 'a text that is not empty' })
const count = z.int({ error: 'a whole number' }).min(0, { error: 'a whole number from 0 up' })
const sum = z.number({ error: 'a number' })

const cell = z.strictObject({
  task: name,
  slice: z.string({ error: 'a text' }),
  n: count,
  sum_d: sum,
  sum_d2: sum,
  n10: count,
  n01: count,
  errors: count,
})

const site = z.strictObject(
  {
    kind: z.literal('musivum-site-cells', { error: '"musivum-site-cells"' }),
    version: z.literal(1, { error: '1, the version that this program reads' }),
    site: name,
    candidate: name,
    reference: name,
    by: z.enum(['category', 'lang'], { error: '"category", "lang" or null' }).nullable(),
    smallest: count.min(SMALLEST_CELL, { error: `${SMALLEST_CELL} or more` }),
    cells: z.array(cell, { error: 'a list of cells' }).max(100_000, { error: 'at most 100,000 cells' }),
    suppressed: z.array(z.strictObject({ task: name, slice: z.string() })),
  },
  { error: 'what `musivum evidence cells` writes' },
)

/**
 * The cells of one site.
 *
 * @throws MusivumError `request.invalid`: with file, cell and what was expected
 */
export async function readSite(file: string, world: Pick<World, 'cwd'>): Promise<SiteDocument> {
  const document = await readDocument(file, site, world)
  const seen = new Set<string>()
  for (const [place, each] of document.cells.entries()) {
    const key = JSON.stringify([each.task, each.slice])
    const twice = seen.has(key) ? 'given before; expected one cell per task and slice' : undefined
    const fault = twice ?? cellFault(each, document.smallest)
    const slice = each.slice === '' ? '' : `, slice "${each.slice}"`
    if (fault !== undefined) throw invalid(`${file}: cells[${place}] (task "${each.task}"${slice}): ${fault}`)
    seen.add(key)
  }
  return document
}
