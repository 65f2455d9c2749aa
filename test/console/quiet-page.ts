import type { BrowserContext, ConsoleMessage, Page } from 'playwright-core'

export type QuietPage = { readonly page: Page; readonly complaints: readonly string[] }

/**
 * A page that remembers everything it should not have done: errors on its console (refused by the security policy
 * included), exceptions, requests to other machines.
 */
export async function quietPage(context: BrowserContext, baseUrl: string): Promise<QuietPage> {
  const page = await context.newPage()
  const complaints: string[] = []
  const { origin } = new URL(baseUrl)
  page.on('console', (message) => {
    if (message.type() === 'error' && !isExpected(message)) complaints.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`))
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== origin) complaints.push(`outside request: ${request.url()}`)
  })
  await page.addInitScript(`addEventListener('securitypolicyviolation', (event) => {
    console.error('refused by the policy: ' + event.violatedDirective + ' ' + event.blockedURI)
  })`)
  return { page, complaints }
}

// Chromium itself notes every answer from 400 on; the screens for those answers are what is being tested.
function isExpected(message: ConsoleMessage): boolean {
  return message.text().startsWith('Failed to load resource')
}
