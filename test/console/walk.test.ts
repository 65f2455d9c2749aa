import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startAdminDouble, type AdminDouble, type Scenario } from './admin-double.ts'
import { findChromium, openChromium, type Walk } from './chromium.ts'
import { seriousFindings, settled, sidewaysOverflow, smallTargets } from './in-page.js'
import { quietPage } from './quiet-page.ts'

// CONSOLE_URL=http://127.0.0.1:4000 walks a real gateway instead of the double.
const realUrl = process.env['CONSOLE_URL']
const dist = join(import.meta.dirname, '../../console/dist')
const chromium = findChromium()
const missing =
  chromium === null
    ? 'no Chromium was found (set CHROMIUM to one)'
    : realUrl === undefined && !existsSync(join(dist, 'index.html'))
      ? 'the console is not built (npm run build -w console)'
      : null
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const LOCALES = ['en', 'ar'] as const

/**
 * Each page is looked at two ways without loading it again: what depends on the look is CSS. The languages have the other two
 * each, because all four for both took a third of the time of all tests.
 */
const LOOKS = {
  en: [
    { colorScheme: 'light', width: 1280 },
    { colorScheme: 'dark', width: 320 },
  ],
  ar: [
    { colorScheme: 'dark', width: 1280 },
    { colorScheme: 'light', width: 320 },
  ],
} as const

/** A screen, and what to do on it until it shows what should be looked at. */
type Screen = { readonly name: string; readonly path: string; readonly act?: (page: Page) => Promise<void> }

const screens: readonly Screen[] = [
  { name: 'live', path: '/', act: (page) => page.locator('details summary').first().click() },
  { name: 'live, filtered to errors', path: '/?status=error' },
  { name: 'live, nothing matches', path: '/?id=ffffffff' },
  { name: 'request', path: '/', act: openFirstRequest },
  { name: 'request of a key', path: '/?key=mv-7tq3kx91bz', act: openFirstRequest },
  { name: 'request that failed', path: '/?status=error', act: openFirstRequest },
  { name: 'request that is not there', path: '/requests/00000000-0000-7000-8000-000000000000' },
  { name: 'playground', path: '/playground', act: askBoth },
  { name: 'models', path: '/models', act: (page) => page.locator('details summary').first().click() },
  { name: 'model, unload', path: '/models', act: (page) => page.locator('main li button').first().click() },
  { name: 'keys', path: '/keys' },
  { name: 'keys, nothing matches', path: '/keys?state=expired&search=zzz' },
  { name: 'teams', path: '/keys/teams' },
  { name: 'team, new', path: '/keys/teams', act: (page) => page.locator('main button').first().click() },
  { name: 'key', path: '/keys/mv-7tq3kx91bz' },
  { name: 'key that is not there', path: '/keys/mv-0000000000' },
  { name: 'key, change', path: '/keys/mv-7tq3kx91bz', act: (page) => openAction(page, 0) },
  { name: 'key, new secret', path: '/keys/mv-7tq3kx91bz', act: (page) => openAction(page, 1) },
  { name: 'key, revoke', path: '/keys/mv-7tq3kx91bz', act: (page) => openAction(page, 2) },
  { name: 'key, new', path: '/keys/new', act: (page) => page.locator('details summary').click() },
  { name: 'key, made', path: '/keys/new', act: makeKey },
  { name: 'budgets', path: '/budgets' },
  { name: 'budget, new', path: '/budgets', act: (page) => page.locator('main button').first().click() },
  {
    name: 'limits, new',
    path: '/budgets',
    act: (page) => page.locator('section[aria-labelledby=limits] button').first().click(),
  },
  { name: 'spend', path: '/spend', act: (page) => page.locator('details summary').first().click() },
  { name: 'spend of today by team', path: '/spend?range=today&by=team' },
  { name: 'requests of a key', path: '/?key=mv-7tq3kx91bz&team=legal' },
  { name: 'approvals', path: '/approvals', act: (page) => page.locator('main li button').first().click() },
  { name: 'shortcuts', path: '/models', act: (page) => page.keyboard.press('?') },
  { name: 'no such page', path: '/nowhere' },
]

describe.skipIf(missing !== null)(`the console${missing === null ? '' : ` (skipped: ${missing})`}`, () => {
  let double: AdminDouble | undefined
  let baseUrl = ''
  beforeAll(async () => {
    if (realUrl === undefined) double = await startAdminDouble(dist)
    baseUrl = realUrl ?? double?.url ?? ''
  })
  afterAll(() => double?.close())

  describe.each(LOCALES)('in %s, light and dark, at 1280 or 320 px', (locale) => {
    let walk: Walk
    beforeAll(async () => {
      walk = await openChromium(chromium ?? '', locale, baseUrl)
    })
    afterAll(() => walk.close())

    test.each(screens)(
      '$name: nothing serious to axe, no small target, no sideways scroll, no complaint',
      async ({ path, act }) => {
        await expectGood({ walk, baseUrl, locale }, path, act)
      },
    )
  })

  describe('when the gateway is not well', () => {
    const scenarios: readonly (readonly [Scenario, string, RegExp])[] = [
      ['empty', '/', /No request yet/],
      ['empty', '/keys', /No key yet/],
      ['empty', '/keys/new', /The first key/],
      ['empty', '/keys/teams', /No team yet/],
      ['empty', '/budgets', /No budget is set/],
      ['empty', '/approvals', /Nothing waits for approval/],
      ['empty', '/spend', /Nothing was asked in this time/],
      ['open', '/', /Open to this machine/],
      ['locked', '/', /This gateway asks for a key/],
      ['locked', '/spend', /musivum keys create admin --role admin/],
      ['broken', '/', /could not be read/],
      ['broken', '/keys', /The keys could not be read/],
      ['broken', '/keys/mv-7tq3kx91bz', /The key could not be read/],
      ['broken', '/keys/teams', /The teams could not be read/],
      ['broken', '/budgets', /The budgets could not be read/],
      ['broken', '/spend', /The spend could not be read/],
      ['hanging', '/', /Still waiting/],
      ['hanging', '/keys', /Still waiting/],
      ['hanging', '/budgets', /Still waiting/],
      ['hanging', '/spend', /Still waiting/],
      ['troubled', '/', /last good one is still in force/],
    ]
    // Each gateway has a port, and so an origin, of its own: nothing that one has stored is met by the next.
    let walk: Walk
    beforeAll(async () => {
      walk = await openChromium(chromium ?? '', 'en', baseUrl)
    })
    afterAll(() => walk.close())

    test.skipIf(realUrl !== undefined).each(scenarios)('%s at %s: says so', async (scenario, path, words) => {
      const unwell = await startAdminDouble(dist, scenario)
      try {
        const at = { walk, baseUrl: unwell.url, locale: 'en' } as const
        await expectGood(at, path, (page) => page.getByText(words).first().waitFor(), false)
      } finally {
        await unwell.close()
      }
    })
  })
})

type At = { readonly walk: Walk; readonly baseUrl: string; readonly locale: keyof typeof LOOKS }

async function expectGood(
  { walk, baseUrl, locale }: At,
  path: string,
  act: ((page: Page) => Promise<void>) | undefined,
  waitUntilSettled = true,
): Promise<void> {
  const { page, complaints } = await quietPage(walk.context, baseUrl)
  try {
    await page.goto(new URL(path, baseUrl).href)
    if (waitUntilSettled) await untilSettled(page)
    await act?.(page)
    await page.evaluate(axe)
    for (const look of LOOKS[locale]) {
      await page.emulateMedia({ colorScheme: look.colorScheme })
      await page.setViewportSize({ width: look.width, height: 720 })
      if (waitUntilSettled) await untilSettled(page)
      expect({
        ...look,
        findings: await page.evaluate(seriousFindings),
        smallTargets: await page.evaluate(smallTargets),
        sidewaysOverflow: await page.evaluate(sidewaysOverflow),
      }).toEqual({ ...look, findings: [], smallTargets: [], sidewaysOverflow: 0 })
    }
    expect(complaints).toEqual([])
  } finally {
    await page.close()
  }
}

// The security policy of the page forbids `eval`, by which Playwright would wait for an expression inside it.
async function untilSettled(page: Page): Promise<void> {
  await expect.poll(() => page.evaluate(settled), { timeout: 15_000 }).toBe(true)
}

/** One of the buttons beside the name of a key: change, new secret, revoke. */
async function openAction(page: Page, index: number): Promise<void> {
  await page.locator('main header > div > button').nth(index).click()
}

async function makeKey(page: Page): Promise<void> {
  await page.locator('main form input').first().fill('walked')
  await page.locator('main form button[type=submit]').click()
  await page.locator('#secret').waitFor()
}

async function openFirstRequest(page: Page): Promise<void> {
  await page.locator('a[data-row]').first().click()
  await page.locator('#decision').waitFor()
}

async function askBoth(page: Page): Promise<void> {
  await page.locator('form details summary').click()
  await page.locator('textarea[data-prompt]').fill('chest pain since this morning')
  await page.locator('textarea[data-prompt]').press('Control+Enter')
  await page.locator('section a[href^="/requests/"]').nth(1).waitFor()
}
