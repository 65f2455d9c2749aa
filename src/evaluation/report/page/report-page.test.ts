import { describe, expect, test } from 'vitest'
import type { TaskView } from '../../../evidence/outcome-table.ts'
import { seededRandom } from '../../../evidence/seeded-random.ts'
import { buildReport } from '../build-report.ts'
import { reportJson } from '../report-json.ts'
import { said, taskOf, twoSmallOnesAndAReference, type Did } from '../report.fixture.ts'
import type { ReportOptions } from '../report.ts'
import { reportPage } from './report-page.ts'

const yes = (): Did => 1

type Trouble = {
  readonly name: string
  readonly view: TaskView
  /** What the page must say about it. */
  readonly says: RegExp
  readonly options?: Partial<ReportOptions>
}

const none = (): Did => undefined
const wrong = (): Did => 0
const failed = (): Did => ({ score: 0, error: 'timeout', answer: '' })
const priced = (costUsd: number) => (): Did => ({ score: 1, costUsd, latencyMs: costUsd })
const equal = taskOf(40, { r: yes, c: yes })

const troubles: readonly Trouble[] = [
  { name: 'one column only', view: taskOf(9, { r: yes }), says: /outcomes of the reference only/ },
  { name: 'no reference', view: taskOf(9, { c: yes }), says: /no outcomes of the reference/ },
  {
    name: 'no item in common',
    view: taskOf(9, { r: (i) => (i < 4 ? 1 : undefined), c: (i) => (i < 4 ? undefined : 1) }),
    says: /so nothing can be said/,
  },
  {
    name: 'one item',
    view: taskOf(1, { r: yes, c: yes, d: wrong }),
    says: /Not proven/,
    options: { members: ['c', 'd'] },
  },
  {
    name: 'all ties at 1',
    view: taskOf(40, { r: yes, c: yes, d: yes }),
    says: /Not proven/,
    options: { members: ['c', 'd'] },
  },
  { name: 'all ties at 0', view: taskOf(40, { r: wrong, c: wrong }), says: /0\.0/ },
  {
    name: 'no variance between 0 and 1',
    view: taskOf(40, { r: () => 0.4, c: () => 0.4 }),
    says: /Not proven/,
  },
  {
    name: 'no answers',
    view: taskOf(40, { r: yes, c: yes, d: yes, e: yes }),
    says: /carry no &quot;answer&quot;/,
    options: { members: ['c', 'd', 'e'] },
  },
  { name: 'no costs', view: equal, says: /No frontier of cost was drawn/ },
  { name: 'no latencies', view: equal, says: /No frontier of latency was drawn/ },
  { name: 'costs of 0', view: taskOf(40, { r: priced(0), c: priced(0) }), says: /own weights/ },
  { name: 'one cost for all', view: taskOf(40, { r: priced(1), c: priced(1) }), says: /\$1,000/ },
  { name: 'failed calls only', view: taskOf(40, { r: yes, c: failed }), says: /<td>40<\/td>/ },
  {
    name: 'slices that nobody names',
    view: equal,
    says: /no item says its &quot;lang&quot;/,
    options: { by: 'lang' },
  },
  {
    name: 'a member that was never run',
    view: taskOf(9, { r: yes, c: yes, d: none }),
    says: /no outcomes of &quot;d&quot;/,
    options: { members: ['c', 'd'] },
  },
  { name: 'a margin of all', view: equal, says: /100\u00a0points/, options: { margin: 1, epsilon: 0.9999 } },
  { name: 'a margin of nothing', view: equal, says: /no number of items/, options: { margin: 0 } },
]

describe('outcomes that say little', () => {
  test.each(troubles)('$name: said in words, and no figure is made up', ({ view, says, options = {} }) => {
    const report = buildReport([view], { reference: 'r', ...options })
    const page = reportPage(report)
    expect(page).toMatch(says)
    expect(withoutStyle(page)).not.toMatch(/NaN|Infinity|undefined|\[object/)
    const document = reportJson(report)
    expect(unsayable(document)).toEqual([])
    expect(JSON.parse(JSON.stringify(document))).toEqual(document)
  })
})

function withoutStyle(page: string): string {
  return page.replace(/<style>.*<\/style>/s, '')
}

/** Paths to values that JSON cannot say and would turn into null, or leave out, without a word. */
function unsayable(value: unknown, path = '$'): readonly string[] {
  if (typeof value === 'number') return Number.isFinite(value) ? [] : [path]
  if (value === undefined) return [path]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => unsayable(inner, `${path}.${name}`))
}

describe('a page that is passed on', () => {
  const hostile = '<script>alert(1)</script><img src=x onerror=alert(1)>"\'--></style>'
  const deeds = { ...twoSmallOnesAndAReference, [hostile]: (item: number) => said(item % 3 > 0, hostile) }
  const options: ReportOptions = { reference: 'r', members: ['a', 'b', hostile], by: 'category' }
  const page = reportPage(buildReport([taskOf(200, deeds, hostile)], options))

  test('has no script, and reaches for nothing outside itself', () => {
    expect(page).toContain(
      `content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"`,
    )
    expect(page).not.toMatch(/<script|<img|<link|<iframe|<object|@import|url\(|https?:/i)
    const attributes = [...page.matchAll(/<[a-z][^>]*>/gi)].map(([tag]) => tag.replace(/"[^"]*"/g, ''))
    expect(attributes.filter((tag) => /\son\w+=|\ssrc=/i.test(tag))).toEqual([])
  })

  test('gives every picture a role, a title and a description of its own, and its figures below', () => {
    const pictures = [...page.matchAll(/<svg role="img" aria-labelledby="(\S+) (\S+)">/g)]
    expect(pictures).toHaveLength(3)
    for (const [, title, description] of pictures) {
      expect(page).toContain(`<title id="${title}">`)
      expect(page).toContain(`<desc id="${description}">`)
    }
    expect(page.match(/<figure/g)).toHaveLength(3)
    expect(page.match(/<figure.*?<table>.*?<\/figure>/gs)).toHaveLength(3)
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('says the verdict before anything else', () => {
    expect(page.indexOf('class="headline')).toBeLessThan(page.indexOf('<figure'))
  })
})

test('thirty models with long names on many tasks still make a page below a megabyte, and what is left out is said', () => {
  const random = seededRandom(11)
  const names = Array.from(
    { length: 30 },
    (_, model) => `organisation/${'very-long-name-'.repeat(8)}${model}`,
  )
  const deeds = Object.fromEntries(
    names.map((name) => [
      name,
      (item: number): Did => ({
        score: Number(random.unit() < 0.8),
        answer: String(item % 4),
        category: `category-${item % 3}`,
        costUsd: 0.001 * random.unit(),
        latencyMs: 1000 * random.unit(),
      }),
    ]),
  )
  const views = Array.from({ length: 13 }, (_, task) => taskOf(40, deeds, `task-${task}`))
  const [reference = '', ...members] = names
  const page = reportPage(buildReport(views, { reference, members: members.slice(0, 3), by: 'category' }))
  expect(Buffer.byteLength(page)).toBeLessThan(1_000_000)
  expect(page).toMatch(/The figures of \d+ more tasks are in the JSON\./)
})
