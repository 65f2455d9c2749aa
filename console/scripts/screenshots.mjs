// node scripts/screenshots.mjs BASE_URL OUTDIR
//
// Takes the pictures of the README from a running gateway (or its double in test/console). Chromium is looked for in
// $CHROMIUM and where distributions put it.
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const [baseUrl, folder] = process.argv.slice(2)
if (baseUrl === undefined || folder === undefined) {
  console.error('usage: node scripts/screenshots.mjs BASE_URL OUTDIR')
  process.exit(2)
}

const executablePath = [process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
  (path) => path !== undefined && existsSync(path),
)
const browser = await chromium.launch({
  ...(executablePath !== undefined && { executablePath }),
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
})
await mkdir(folder, { recursive: true })

const WIDE = { width: 1280, height: 860 }
const NARROW = { width: 320, height: 720 }

/** One picture: a name, a path, what the browser prefers, and what to do before. */
const shots = [
  { name: 'live-light', path: '/' },
  { name: 'live-dark', path: '/', colorScheme: 'dark' },
  { name: 'live-arabic', path: '/', locale: 'ar' },
  { name: 'live-hindi-dark', path: '/', locale: 'hi', colorScheme: 'dark' },
  { name: 'live-narrow', path: '/', viewport: NARROW },
  { name: 'request-light', path: '/', steps: openFirst },
  { name: 'request-dark', path: '/', colorScheme: 'dark', steps: openFirst },
  { name: 'request-arabic-narrow', path: '/', locale: 'ar', viewport: NARROW, steps: openFirst },
  { name: 'request-error', path: '/?status=error', steps: openFirst },
  { name: 'playground-light', path: '/playground', steps: ask },
  { name: 'playground-dark', path: '/playground', colorScheme: 'dark', steps: ask },
  { name: 'playground-arabic', path: '/playground', locale: 'ar', colorScheme: 'dark', steps: ask },
  { name: 'playground-narrow', path: '/playground', viewport: NARROW, steps: ask },
  { name: 'models-light', path: '/models' },
  { name: 'models-dark', path: '/models', colorScheme: 'dark' },
  { name: 'models-marathi', path: '/models', locale: 'mr' },
  { name: 'models-narrow', path: '/models', viewport: NARROW, colorScheme: 'dark' },
  { name: 'keys-light', path: '/keys' },
  { name: 'keys-arabic-dark', path: '/keys', locale: 'ar', colorScheme: 'dark' },
  { name: 'keys-narrow', path: '/keys', viewport: NARROW },
  { name: 'key-light', path: '/keys', steps: openFirstKey },
  { name: 'key-hindi', path: '/keys', locale: 'hi', steps: openFirstKey },
  { name: 'key-new-dark', path: '/keys/new', colorScheme: 'dark' },
  { name: 'teams-light', path: '/keys/teams' },
  { name: 'budgets-light', path: '/budgets' },
  { name: 'budgets-dark', path: '/budgets', colorScheme: 'dark' },
  { name: 'budgets-arabic', path: '/budgets', locale: 'ar' },
  { name: 'budgets-narrow', path: '/budgets', viewport: NARROW },
  { name: 'spend-light', path: '/spend' },
  { name: 'spend-dark', path: '/spend?by=team', colorScheme: 'dark' },
  { name: 'spend-arabic', path: '/spend', locale: 'ar' },
  { name: 'spend-marathi-narrow', path: '/spend', locale: 'mr', viewport: NARROW },
  { name: 'approvals-light', path: '/approvals' },
  { name: 'approvals-hindi-dark', path: '/approvals', locale: 'hi', colorScheme: 'dark' },
  { name: 'approvals-narrow', path: '/approvals', viewport: NARROW },
  { name: 'shortcuts', path: '/models', steps: (page) => page.keyboard.press('?') },
]

for (const shot of shots) await take(shot)
await browser.close()

async function take({ name, path, colorScheme = 'light', locale = 'en', viewport = WIDE, steps }) {
  const context = await browser.newContext({
    baseURL: baseUrl,
    colorScheme,
    locale,
    viewport,
    deviceScaleFactor: 2,
    reducedMotion: 'reduce',
  })
  const page = await context.newPage()
  await page.goto(path)
  await page.locator('main h1').first().waitFor()
  await settled(page)
  await steps?.(page)
  await settled(page)
  await page.screenshot({ path: join(folder, `${name}.png`) })
  console.log(`${name}.png`)
  await context.close()
}

/** Nothing loads any more: no grey bars, no pending fonts, and the chart has drawn. */
async function settled(page) {
  await page.waitForFunction(
    () => document.querySelector('.skeleton') === null && document.fonts.status === 'loaded',
  )
  await page.evaluate(
    () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
  )
}

async function openFirstKey(page) {
  await page.locator('a[data-row]').nth(2).click()
  await page.locator('#budgets-of').waitFor()
}

async function openFirst(page) {
  await page.locator('a[data-row]').first().click()
  await page.locator('#decision').waitFor()
}

async function ask(page) {
  const prompt = page.locator('form textarea').first()
  await prompt.fill('Triage: where do I go for a urine test?')
  await prompt.press('Control+Enter')
  await page.locator('section a[href^="/requests/"]').nth(1).waitFor()
  await page.waitForTimeout(400) // the row of the log, for its cost: it has no mark on the page to wait for
}
