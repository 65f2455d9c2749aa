import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type BrowserContext } from 'playwright-core'

/** Where a Chromium is, or null: the machine of a contributor need not have one. */
export function findChromium(): string | null {
  const places = [
    process.env['CHROMIUM'],
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    chromium.executablePath(),
  ]
  return places.find((path) => path !== undefined && path !== '' && existsSync(path)) ?? null
}

export type Locale = 'en' | 'ar' | 'hi' | 'mr'

export type Walk = { readonly context: BrowserContext; readonly close: () => Promise<void> }

/** A browser with a profile of its own, thrown away afterwards. */
export async function openChromium(executablePath: string, locale: Locale, baseURL: string): Promise<Walk> {
  const profile = mkdtempSync(join(tmpdir(), 'musivum-console-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    baseURL,
    locale,
    viewport: { width: 1280, height: 800 },
    reducedMotion: 'reduce',
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
  return {
    context,
    close: async () => {
      await context.close()
      rmSync(profile, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}
