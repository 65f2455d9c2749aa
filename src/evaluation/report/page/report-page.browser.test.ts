import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findChromium, openChromium, type Walk } from '../../../../test/console/chromium.ts'
import { seriousFindings, sidewaysOverflow, smallTargets } from '../../../../test/console/in-page.js'
import { seededRandom } from '../../../evidence/seeded-random.ts'
import { buildReport } from '../build-report.ts'
import { taskOf, type Did } from '../report.fixture.ts'
import { reportPage } from './report-page.ts'

const chromium = findChromium()
const skipped = chromium === null ? ' (skipped: no Chromium was found; set CHROMIUM to one)' : ''
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const MODELS = [
  ['gpt-4o-2024-08-06', 0.96, 2.4],
  ['Meta-Llama-3.1-405B-Instruct-Turbo-with-a-name-that-never-ends-q4_k_m.gguf', 0.95, 1.1],
  ['<script>alert(1)</script>', 0.94, 0.9],
  ['نموذج-عربي-7b', 0.93, 0.05],
  ['qwen2.5-7b-instruct', 0.92, 0],
  ['llama-3.1-8b-instruct', 0.91, 0],
  ['gemma-2-9b-it', 0.9, 0.04],
  ['tiny', 0.3, 0.01],
] as const

/** Every picture, names from three scripts, costs from nothing to much, one model far below all others. */
function wholePage(): string {
  const random = seededRandom(5)
  const deeds = Object.fromEntries(
    MODELS.map(([model, quality, cost]) => [
      model,
      (item: number): Did => {
        const right = random.unit() < quality
        return {
          score: Number(right),
          answer: right ? 'yes' : `no-${Math.floor(3 * random.unit())}`,
          costUsd: (cost / 1000) * (0.5 + random.unit()),
          latencyMs: 200 + 800 * cost * random.unit(),
          category: ['billing', 'العربية', 'a category with quite a long name'][item % 3] ?? '',
        }
      },
    ]),
  )
  const views = ['triage', 'claims & refunds'].map((task) => taskOf(400, deeds, task))
  const members = ['qwen2.5-7b-instruct', 'llama-3.1-8b-instruct', 'gemma-2-9b-it']
  return reportPage(
    buildReport(views, { reference: MODELS[0][0], members, by: 'category', date: '2026-11-23' }),
  )
}

const WIDTHS = [1280, 720, 320]
const LOOKS = WIDTHS.flatMap((width) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ width, colorScheme })),
)

describe.skipIf(chromium === null)(`the report in a browser${skipped}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'musivum-page-'))
  const file = join(folder, 'report.html')
  let walk: Walk
  beforeAll(async () => {
    writeFileSync(file, wholePage())
    walk = await openChromium(chromium ?? '', 'en', 'http://127.0.0.1')
  })
  afterAll(async () => {
    await walk.close()
    rmSync(folder, { recursive: true, force: true })
  })

  test.each(LOOKS)(
    '$width px, $colorScheme: nothing serious to axe, nothing clipped, covered or out of the page, no complaint',
    async ({ width, colorScheme }) => {
      const { page, complaints } = await open(walk, file)
      await page.setViewportSize({ width, height: 900 })
      await page.emulateMedia({ colorScheme })
      expect(await page.evaluate(sidewaysOverflow)).toBe(0)
      expect(await page.evaluate(coveredLabels)).toEqual([])
      expect(await page.evaluate(escapedText)).toEqual([])
      await page.evaluate(`for (const each of document.querySelectorAll('details')) each.open = true`)
      expect(await page.evaluate(smallTargets)).toEqual([])
      await page.evaluate(axe)
      expect(await page.evaluate(seriousFindings)).toEqual([])
      expect(complaints).toEqual([])
      await page.close()
    },
  )
})

/** The page, and everything it should not have done. */
async function open(walk: Walk, file: string): Promise<{ page: Page; complaints: readonly string[] }> {
  const page = await walk.context.newPage()
  const complaints: string[] = []
  const url = pathToFileURL(file).href
  page.on('console', (message) => complaints.push(`console: ${message.text()}`))
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`))
  page.on('dialog', (dialog) => complaints.push(`dialog: ${dialog.message()}`))
  page.on('request', (request) => {
    if (request.url() !== url) complaints.push(`request: ${request.url()}`)
  })
  await page.goto(url)
  return { page, complaints }
}

/** Labels of one picture that lie over each other. */
const coveredLabels = `(() => {
  const covered = []
  for (const picture of document.querySelectorAll('figure')) {
    const kinds = ['.dot-label', '.rows .name', '.rows .value', '.rows .word', '.map .name', 'text.tick', 'text.line-label']
    const boxes = kinds.flatMap((kind) => [...picture.querySelectorAll(kind)]).map((element) => ({
      text: element.textContent, box: element.getBoundingClientRect() }))
    for (const [place, a] of boxes.entries()) for (const b of boxes.slice(place + 1)) {
      const across = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left)
      const down = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top)
      if (across > 1 && down > 4) covered.push(picture.id + ': ' + a.text + ' | ' + b.text)
    }
  }
  return covered
})()`

/** Text of pictures that runs out of the page. */
const escapedText = `[...document.querySelectorAll('figure svg text, .dot-label, .rows span')]
  .filter((element) => element.checkVisibility())
  .filter((element) => {
    const { left, right } = element.getBoundingClientRect()
    return left < 0 || right > document.documentElement.clientWidth
  })
  .map((element) => element.closest('figure').id + ': ' + element.textContent)`
