import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startAdminDouble, type AdminDouble } from './admin-double.ts'
import { findChromium, openChromium, type Walk } from './chromium.ts'
import { focused } from './in-page.js'
import { quietPage, type QuietPage } from './quiet-page.ts'
import { sampleRows } from './sample-rows.ts'

const dist = join(import.meta.dirname, '../../console/dist')
const chromium = findChromium()
const ready = chromium !== null && existsSync(join(dist, 'index.html'))

type Focus = { name: string; tag: string; id: string; outline: boolean; hidden: boolean }

describe.skipIf(!ready)('the console by keyboard alone', () => {
  let double: AdminDouble
  let walk: Walk
  let quiet: QuietPage
  let page: Page
  beforeAll(async () => {
    double = await startAdminDouble(dist)
    walk = await openChromium(chromium ?? '', 'en', double.url)
    quiet = await quietPage(walk.context, double.url)
    page = quiet.page
    await page.goto('/')
    await page.locator('a[data-row]').first().waitFor()
  })
  afterAll(async () => {
    await walk.close()
    await double.close()
  })

  async function focus(): Promise<Focus> {
    return (await page.evaluate(focused)) as Focus
  }

  test('the first stop is a link that jumps over the header', async () => {
    await page.keyboard.press('Tab')
    expect((await focus()).name).toBe('Skip to content')
    await page.keyboard.press('Enter')
    expect((await focus()).id).toBe('main')
  })

  test('every stop on the way through the page can be seen', async () => {
    for (let stop = 0; stop < 14; stop += 1) {
      await page.keyboard.press('Tab')
      expect(await focus()).toMatchObject({ hidden: false })
    }
  })

  test('j opens the way into the list, k goes back, Enter opens a request, and the focus follows', async () => {
    await page.evaluate('document.activeElement.blur(); scrollTo(0, 0)')
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    const second = await page.locator('a[data-row]').nth(1).getAttribute('href')
    expect(await page.locator('a[data-row]:focus').getAttribute('href')).toBe(second)
    await page.keyboard.press('k')
    await page.keyboard.press('Enter')
    await page.locator('#decision').waitFor()
    expect(await page.locator('main:focus').count()).toBe(1)
  })

  test('/ finds a request by its id, asking the gateway', async () => {
    await page.keyboard.press('g')
    await page.keyboard.press('l')
    await page.locator('a[data-row]').first().waitFor()
    await page.keyboard.press('/')
    const wanted = double.rows.at(-1)
    await page.keyboard.type(wanted?.id ?? '')
    await expect.poll(() => page.locator('a[data-row]').count()).toBe(1)
    expect(await page.locator('a[data-row]').getAttribute('href')).toBe(`/requests/${wanted?.id}`)
  })

  test('? lists the keys, Escape closes the list and gives the focus back', async () => {
    await page.goto('/models')
    await page.getByRole('button', { name: 'Keyboard shortcuts' }).focus()
    await page.keyboard.press('?')
    await page.locator('dialog[open]').waitFor()
    await page.keyboard.press('Escape')
    await page.locator('dialog[open]').waitFor({ state: 'detached' })
    expect((await focus()).name).toBe('Keyboard shortcuts')
  })

  test('the playground sends with Ctrl and Enter and stops with Escape, keeping what has come', async () => {
    await page.goto('/playground?model=legal-7b')
    const prompt = page.locator('textarea[data-prompt]')
    await prompt.focus()
    await page.keyboard.type('tell me more')
    await page.keyboard.press('Control+Enter')
    await page.getByText('A long answer').waitFor()
    await page.keyboard.press('Escape')
    await page.getByText('Stopped by you.').waitFor()
    expect(await page.getByText('A long answer').count()).toBe(1)
    expect(double.chatRequests.at(-1)).toMatchObject({ model: 'legal-7b', stream: true })
  })

  test('nothing complained on the way', () => {
    expect(quiet.complaints).toEqual([])
  })
})

describe.skipIf(!ready)('the live list', () => {
  let double: AdminDouble
  let walk: Walk
  let page: Page
  const [newest] = sampleRows(1, Date.now() + 60_000)
  beforeAll(async () => {
    double = await startAdminDouble(dist)
    walk = await openChromium(chromium ?? '', 'en', double.url)
    page = (await quietPage(walk.context, double.url)).page
    await page.goto('/')
    await page.getByText('Connected').waitFor()
    await page.locator('a[data-row]').first().waitFor()
  })
  afterAll(async () => {
    await walk.close()
    await double.close()
  })

  test('holds new rows back while it is paused, and shows them when it goes on', async () => {
    if (newest === undefined) throw new Error('the sample has no row')
    await page.keyboard.press('p')
    await page.getByRole('button', { name: 'Resume' }).waitFor()
    double.publish(newest)
    await page.getByRole('button', { name: '1 new request' }).waitFor()
    expect(await page.locator(`a[href="/requests/${newest.id}"]`).count()).toBe(0)
    await page.keyboard.press('p')
    await page.locator(`a[href="/requests/${newest.id}"]`).waitFor()
  })

  test('draws only the rows on screen, loads older pages on the way down, and ends at the first request', async () => {
    const oldest = page.locator(`a[href="/requests/${double.rows.at(-1)?.id}"]`)
    await expect
      .poll(
        async () => {
          await page.keyboard.press('End')
          return oldest.count()
        },
        { timeout: 15_000 },
      )
      .toBe(1)
    await page.getByText('This is the first request in the log.').waitFor()
    expect(await page.locator('a[data-row]').count()).toBeLessThan(60)
  })

  test('says when the connection is lost, and finds it again', async () => {
    double.dropConnections()
    await page.getByText('Connection lost').waitFor()
    await page.getByText('Connected', { exact: true }).waitFor()
  })
})
