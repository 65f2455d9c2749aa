import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { ensureFolderInstalled, root } from '../../scripts/bootstrap.mjs'
import { foundSuite, unpackedSuite } from '../schema-suite/find-suite.ts'
import { findProgram } from './find-program.ts'

/**
 * Finds or brings what the tests of the whole product need from outside, and says once what will be skipped for the
 * lack of it. Tests read the same variables: `CHROMIUM` is the path of a Chromium, `MUSIVUM_TEST_CLIENTS` the folder
 * with the official clients, `MUSIVUM_SCHEMA_SUITE` the one with the JSON Schema Test Suite; unset means that the tests which
 * need it skip with a reason.
 */
export async function setup(): Promise<void> {
  provideChromium()
  provideSchemaSuite()
  await provideClients()
}

const CHROMIUM_NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome']

function provideChromium(): void {
  const found = process.env['CHROMIUM'] ?? findProgram(CHROMIUM_NAMES) ?? installedChromium()
  if (found === undefined) {
    say(
      'no Chromium on this machine, so the walk through the console is skipped (CHROMIUM=/path/to/it helps)',
    )
    return
  }
  process.env['CHROMIUM'] = found
}

/** Only on a build machine that is thrown away afterwards: nobody's own machine gets a browser by running tests. */
function installedChromium(): string | undefined {
  if (!isBuildMachine()) return undefined
  const { status } = spawnSync('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'chromium'], {
    stdio: 'ignore',
    timeout: 180_000,
  })
  return status === 0 ? findProgram(CHROMIUM_NAMES) : undefined
}

function isBuildMachine(): boolean {
  return process.env['CI'] === 'true' && process.getuid?.() === 0
}

function provideSchemaSuite(): void {
  const cached = join(root, 'node_modules', '.cache', 'musivum-schema-suite')
  const found = foundSuite() ?? (isBuildMachine() ? unpackedSuite(cached) : undefined)
  if (found !== undefined) process.env['MUSIVUM_SCHEMA_SUITE'] = found
  else say('no JSON Schema Test Suite on this machine (MUSIVUM_SCHEMA_SUITE=/path/to/its/tests helps)')
}

async function provideClients(): Promise<void> {
  const folder = join(root, 'test', 'clients')
  try {
    await ensureFolderInstalled(folder, 'Installing the official clients for the tests, once')
    process.env['MUSIVUM_TEST_CLIENTS'] = folder
  } catch (error) {
    say(`the official clients could not be installed, so their tests are skipped (${messageOf(error)})`)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function say(line: string): void {
  process.stderr.write(`note: ${line}\n`)
}
