import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ADMIN_SECRET, AUDITOR_SECRET } from './accounts-double.ts'
import { startAdminDouble, type AdminDouble, type Scenario } from './admin-double.ts'
import { findChromium, openChromium, type Walk } from './chromium.ts'
import { quietPage } from './quiet-page.ts'
import { LEGAL_ID } from './sample-accounts.ts'

const dist = join(import.meta.dirname, '../../console/dist')
const chromium = findChromium()
const ready = chromium !== null && existsSync(join(dist, 'index.html'))

describe.skipIf(!ready)('the console with keys', () => {
  let double: AdminDouble
  let walk: Walk
  let page: Page

  async function open(scenario: Scenario, path: string): Promise<void> {
    double = await startAdminDouble(dist, scenario)
    walk = await openChromium(chromium ?? '', 'en', double.url)
    page = (await quietPage(walk.context, double.url)).page
    await page.goto(path)
  }

  async function signIn(secret: string): Promise<void> {
    await page.getByLabel('Key', { exact: true }).fill(secret)
    await page.keyboard.press('Enter')
  }

  afterEach(async () => {
    await walk.close()
    await double.close()
  })

  describe('that asks for one', () => {
    beforeEach(() => open('locked', '/keys'))

    test('says which keys do not do, lets an admin in where they wanted to go, and follows the live list with the key', async () => {
      await signIn('mv-nobody-knows-this')
      await page.getByText('The key was not accepted').waitFor()
      await signIn(`${LEGAL_ID}-secret`)
      await page.getByText('This is a member’s key').waitFor()
      await signIn(ADMIN_SECRET)
      await page.getByRole('link', { name: 'contract search' }).waitFor()
      await page.getByText('Connected', { exact: true }).waitFor()
      expect(await page.getByRole('link', { name: 'New key' }).count()).toBe(1)
    })

    test('keeps the key for the tab only, and forgets it at the way out', async () => {
      await signIn(ADMIN_SECRET)
      const out = page.getByRole('button', { name: 'Sign out' })
      await out.waitFor()
      await page.reload()
      await out.waitFor()
      const kept = `JSON.stringify([Object.values(localStorage), document.cookie, location.href])`
      expect(String(await page.evaluate(kept))).not.toContain(ADMIN_SECRET)
      await out.click()
      await page.getByText('This gateway asks for a key').waitFor()
      expect(await page.evaluate('Object.values(sessionStorage).join()')).not.toContain('mv-')
    })

    test('shows an auditor everything and no way to change it', async () => {
      await signIn(AUDITOR_SECRET)
      await page.getByText('You see this as an auditor').waitFor()
      await page.getByRole('link', { name: 'contract search' }).click()
      await page.getByText('Secret changed').waitFor()
      expect(await page.getByRole('button', { name: /Revoke|Change|New/ }).count()).toBe(0)
      await page.goto('/budgets')
      await page.getByText('begins again').first().waitFor()
      expect(await page.getByRole('button', { name: /Remove|Change|New|Set/ }).count()).toBe(0)
      await page.goto('/keys/new')
      await page.getByText('Only an admin makes keys').waitFor()
    })

    test('says why when a key that was good is refused', async () => {
      await signIn(ADMIN_SECRET)
      await page.getByRole('link', { name: /^admin/ }).click()
      await page.getByRole('button', { name: 'Revoke…' }).click()
      await page.getByRole('button', { name: 'Revoke the key' }).click()
      await page.getByText('No key begins like this one').waitFor()
    })
  })

  test('the first key is an admin’s, its secret is shown, and the tab goes on with it', async () => {
    await open('empty', '/keys/new')
    await page.getByLabel('Name').fill('first')
    await page.getByRole('button', { name: 'Make the key' }).click()
    await page.getByText('This is the only time it is shown').waitFor()
    expect(await page.getByLabel('Copy the key').first().textContent()).toBe('mv-n000000000-secret')
    await page.getByRole('link', { name: 'See the key' }).click()
    await page.getByRole('heading', { name: 'first' }).waitFor()
    await page.getByRole('button', { name: 'Sign out' }).waitFor()
  })

  test('a budget is set with the digits of any script, and what the gateway refuses is said in its words', async () => {
    await open('ordinary', '/budgets')
    await page.getByRole('button', { name: 'New budget' }).click()
    await page.getByLabel('Team', { exact: true }).selectOption('care')
    await page.getByLabel('Cap in US dollars').fill('many')
    await page.keyboard.press('Enter')
    await page.getByText('capUsd: expected US dollars').waitFor()
    await page.getByLabel('Cap in US dollars').fill('١٢٫٥٠')
    await page.keyboard.press('Enter')
    await page.locator('dialog[open]').waitFor({ state: 'detached' })
    await page.getByText('$12.50').first().waitFor()
  })

  test('a key that is revoked is asked about first, and Escape leaves it as it is', async () => {
    await open('ordinary', `/keys/${LEGAL_ID}`)
    const revoke = page.getByRole('button', { name: 'Revoke…' })
    await revoke.click()
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Cancel')
    await page.keyboard.press('Escape')
    await page.locator('dialog[open]').waitFor({ state: 'detached' })
    expect(await page.getByText('active', { exact: true }).count()).toBe(1)
    await revoke.click()
    await page.getByRole('button', { name: 'Revoke the key' }).click()
    await page.getByText('revoked', { exact: true }).waitFor()
    expect(await revoke.count()).toBe(0)
  })

  test('the spend comes as a file that the browser makes', async () => {
    await open('ordinary', '/spend?by=team&range=last-month')
    const saved = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download CSV' }).click()
    expect((await saved).suggestedFilename()).toMatch(
      /^musivum-spend-by-team-\d{4}-\d\d-01-to-\d{4}-\d\d-\d\d\.csv$/,
    )
  })
})
