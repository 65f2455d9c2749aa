import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { commandLine, STARTER } from './command-line.conformance.ts'

const { folder, run, report, save } = commandLine()
const cells = (site: string, more = '') =>
  `evidence cells --outcomes ${site}.jsonl --candidate s1 --reference l --out ${site}.json${more}`

type Row = { readonly item: string; readonly model: string; readonly answer: string }
type Site = { readonly cells: readonly Record<string, unknown>[]; readonly suppressed: readonly object[] }
type Pooled = { readonly task: string; readonly slice: string | null; readonly difference: object }

const rows = readFileSync(STARTER, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Row)

/** Items go to a site by the last digit of their name. */
function saveSite(site: string, digits: string): void {
  save(
    `${site}.jsonl`,
    rows.filter(({ item }) => digits.includes(item.at(-1) ?? '')),
  )
}

function readSite(file: string): Site {
  return JSON.parse(readFileSync(join(folder, file), 'utf8')) as Site
}

beforeAll(async () => {
  for (const [site, digits] of Object.entries({ north: '0123', south: '4567', east: '89' })) {
    saveSite(site, digits)
    expect((await run(cells(site, ' --by lang'))).code).toBe(0)
  }
})

describe('evidence cells', () => {
  test('writes counts and sums, no cell below ten items, and no text of an item or an answer', () => {
    const text = readFileSync(join(folder, 'north.json'), 'utf8')
    const { cells: written, suppressed } = readSite('north.json')
    expect(written.length).toBeGreaterThan(6)
    expect(written.every(({ n }) => Number(n) >= 10)).toBe(true)
    expect(suppressed.length).toBeGreaterThan(0)
    const long = rows.map(({ answer }) => answer).filter((answer) => answer.length > 12)
    expect(long.length).toBeGreaterThan(100)
    expect(long.filter((answer) => text.includes(answer))).toEqual([])
    expect(rows.filter(({ item }) => text.includes(item))).toEqual([])
  })

  test('keeps more at the site where asked to, and never less than ten', async () => {
    expect((await run(cells('south', ' --smallest 90 --out few.json'))).code).toBe(0)
    expect(readSite('few.json').cells.every(({ n }) => Number(n) >= 90)).toBe(true)
    const fewer = await run(cells('south', ' --smallest 3'))
    expect([fewer.code, fewer.err]).toEqual([2, expect.stringContaining('expected a whole number from 10')])
  })

  test('that cannot be written says so in one line', async () => {
    const { code, err } = await run(cells('south', ' --out no/such/folder.json'))
    expect([code, err]).toEqual([
      2,
      expect.stringContaining('no/such/folder.json: cannot be written (ENOENT)'),
    ])
  })
})

describe('evidence pool', () => {
  const sites = '--site north.json --site south.json --site east.json'

  test('equals one comparison over the rows of all sites', async () => {
    const { pooled } = (await report(`evidence pool ${sites}`)) as { pooled: readonly Pooled[] }
    const { comparisons } = (await report(
      `compare --outcomes ${STARTER} --candidate s1 --reference l --margin 0.02`,
    )) as { comparisons: readonly (Pooled & { readonly n: number; readonly discordant: object })[] }
    const whole = pooled.filter(({ slice }) => slice === null)
    expect(whole.map(({ task }) => task)).toEqual(comparisons.map(({ task }) => task))
    for (const [place, { n, discordant, difference }] of comparisons.entries()) {
      const { mean, se } = difference as { mean: number; se: number }
      expect(whole[place]).toMatchObject({
        sites: 3,
        n,
        discordant,
        difference: { mean: expect.closeTo(mean, 9), se: expect.closeTo(se, 9) },
      })
    }
  })

  test('says whether the sites agree, what each changes, and which cells stayed away', async () => {
    const { out } = await run(`evidence pool ${sites}`)
    expect(out).toContain('s1 against l, 3 sites')
    expect(out).toMatch(/The sites vary by (more|no more) than their items explain/)
    expect(out).toMatch(/Cells too small to leave their site are in no figure: north \(\d+\)/)
    expect(out).not.toMatch(/NaN|undefined|null/)
  })

  test('of one site says that nothing is known about others', async () => {
    expect((await run('evidence pool --site north.json')).out).toContain('One site: nothing is known')
  })

  function edited(name: string, change: (site: Site) => object): string {
    writeFileSync(join(folder, name), JSON.stringify(change(readSite('south.json'))))
    return name
  }
  const firstCell = (more: object) => (site: Site) => ({
    ...site,
    cells: [{ ...site.cells[0], ...more }, ...site.cells.slice(1)],
  })

  test.each([
    ['n.json', firstCell({ n: 4 }), 'cells[0] (task "triage"): n is 4; expected 10 or more'],
    ['moved.json', firstCell({ n10: 900 }), 'n10 + n01 is'],
    ['sum.json', firstCell({ sum_d: 200 }), 'sum_d is 200; expected from −n01 to n10'],
    ['half.json', firstCell({ n10: 1.5 }), 'cells[0].n10: expected a whole number'],
    ['square.json', firstCell({ sum_d2: 0, sum_d: 1, n10: 1, n01: 0 }), 'expected at least sum_d²'],
    [
      'twice.json',
      (site: Site) => ({ ...site, cells: [...site.cells, site.cells[0]] }),
      'given before; expected one cell per task and slice',
    ],
    ['models.json', (site: Site) => ({ ...site, reference: 's2' }), 'compares "s1" with "s2"; expected'],
    ['later.json', (site: Site) => ({ ...site, version: 2 }), 'version: expected 1'],
    ['same.json', (site: Site) => ({ ...site, site: 'north' }), 'site "north" is in north.json too'],
  ])('%s is refused in one line', async (file, change, line) => {
    const { code, err } = await run(`evidence pool --site north.json --site ${edited(file, change)}`)
    expect([code, err]).toEqual([2, expect.stringContaining(`${file}: `)])
    expect(err).toContain(line)
    expect(err.trim().split('\n')).toHaveLength(1)
  })
})
