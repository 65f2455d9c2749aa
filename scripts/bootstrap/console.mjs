import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { withLock } from './lock.mjs'
import { npm } from './npm.mjs'
import { root } from './root.mjs'

const consoleFolder = join(root, 'console')
const stampFile = join(consoleFolder, 'dist', '.built-from')

/**
 * Builds the console if its sources changed since the last build. Never throws for a failed build: the gateway answers
 * without its console, and the caller decides whether that is enough.
 *
 * @returns {Promise<boolean>} Whether an up-to-date console is there.
 */
export async function ensureConsoleBuilt() {
  if (isUpToDate()) return true
  return withLock(join(root, '.musivum-console.lock'), build, {
    onWait: () => process.stderr.write('Waiting for another process that builds the console ...\n'),
  })
}

async function build() {
  if (isUpToDate()) return true
  // Taken before the build: a file saved while it runs must lead to another build.
  const sources = hashOfSources()
  const startedMs = Date.now()
  process.stderr.write('Building the console, once ... ')
  const { ok, output } = await npm(['run', 'build', '--workspace=console'], root)
  const seconds = Math.round((Date.now() - startedMs) / 1000)
  process.stderr.write(ok ? `done in ${seconds} s\n` : `failed after ${seconds} s\n${output}`)
  if (ok) writeFileSync(stampFile, sources)
  return ok
}

function isUpToDate() {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === hashOfSources()
}

function hashOfSources() {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')))
  for (const file of sourceFiles(consoleFolder)) hash.update(`\0${file}\0`).update(readFileSync(file))
  return hash.digest('hex')
}

/**
 * @param {string} folder
 * @returns {string[]}
 */
function sourceFiles(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      if (!entry.isDirectory()) return isSource(entry.name) ? [path] : []
      return ['node_modules', 'dist'].includes(entry.name) ? [] : sourceFiles(path)
    })
}

/** @param {string} name */
function isSource(name) {
  return !name.includes('.test.') && !name.startsWith('.')
}
