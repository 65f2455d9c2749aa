import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { withLock } from './lock.mjs'
import { bundledNode, ownNodeIsEnough } from './node24.mjs'
import { npm } from './npm.mjs'
import { root } from './root.mjs'
import { Stop } from './stop.mjs'
import { trim } from './trim.mjs'

/** Installs this checkout if its lock file or the platform changed since the last time. */
export async function ensureInstalled() {
  await ensureFolderInstalled(root, 'Installing the dependencies, once')
  if (!ownNodeIsEnough() && bundledNode() === undefined) {
    throw new Stop(
      'Node 24 did not arrive with the dependencies: npm is probably set to skip install scripts. ' +
        'Run `npm rebuild node --ignore-scripts=false`, or install Node 24, then run the same command again.',
    )
  }
}

/**
 * Installs the folder's own lock file into its own node_modules, if that is not what is there already.
 *
 * @param {string} folder
 * @param {string} doing What to say while it takes its time.
 * @param {(text: string) => void} [say]
 */
export async function ensureFolderInstalled(folder, doing, say = (text) => process.stderr.write(text)) {
  if (isStamped(folder)) return
  await withLock(join(folder, '.musivum-install.lock'), () => install(folder, doing, say), {
    onWait: () => say('Waiting for another process that installs the dependencies ...\n'),
  })
}

/**
 * @param {string} folder
 * @param {string} doing
 * @param {(text: string) => void} say
 */
async function install(folder, doing, say) {
  // Whoever held the lock before us has usually done the work.
  if (isStamped(folder)) return
  if (!isInstalledByHand(folder)) await clean(folder, doing, say)
  trim(join(folder, 'node_modules'))
  mkdirSync(join(folder, 'node_modules'), { recursive: true })
  writeFileSync(stampFile(folder), stamp(folder))
}

/**
 * @param {string} folder
 * @param {string} doing
 * @param {(text: string) => void} say
 */
async function clean(folder, doing, say) {
  const startedMs = Date.now()
  say(`${doing} ... `)
  const { ok, output } = await npm(CLEAN_INSTALL, folder)
  const seconds = Math.round((Date.now() - startedMs) / 1000)
  say(ok ? `done in ${seconds} s\n` : `failed after ${seconds} s\n${output}`)
  if (!ok) {
    throw new Stop(
      'The dependencies could not be installed; npm says why above. ' +
        'Check the network, the registry npm is set to and the free disk space, then run the same command again.',
    )
  }
}

const CLEAN_INSTALL = [
  'ci',
  '--no-audit',
  '--no-fund',
  '--no-progress',
  // NODE_ENV=production or `omit` in a user's npm settings would leave out Node 24 and the embedded engine.
  '--include=dev',
  '--include=optional',
  // The Node that counts is the one that comes with the dependencies.
  '--engine-strict=false',
]

/** @param {string} folder */
function isStamped(folder) {
  return existsSync(stampFile(folder)) && readFileSync(stampFile(folder), 'utf8') === stamp(folder)
}

/** @param {string} folder */
function stampFile(folder) {
  return join(folder, 'node_modules', '.musivum-install')
}

/**
 * Not the version of Node: npm puts the bundled one first on the path, so the same checkout is started now by the
 * machine's own Node and now by ours, and would be installed again each time.
 *
 * @param {string} folder
 */
function stamp(folder) {
  const lock = createHash('sha256').update(readFileSync(join(folder, 'package-lock.json')))
  return `${lock.digest('hex')} ${process.platform}-${process.arch}\n`
}

/**
 * Somebody ran `npm install` themselves. npm keeps a list of what it put into node_modules; when that has all that
 * the lock file wants, installing again would only cost a minute.
 *
 * @param {string} folder
 */
function isInstalledByHand(folder) {
  const listFile = join(folder, 'node_modules', '.package-lock.json')
  if (!existsSync(listFile)) return false
  const present = readPackages(listFile)
  return [...readPackages(join(folder, 'package-lock.json'))]
    .filter(([path, wanted]) => path.startsWith('node_modules/') && !wanted.link)
    .every(([path, wanted]) => {
      const found = present.get(path)
      return found === undefined ? wanted.optional === true : found.version === wanted.version
    })
}

/**
 * @param {string} file
 * @returns {Map<string, { version?: string, optional?: boolean, link?: boolean }>}
 */
function readPackages(file) {
  return new Map(Object.entries(JSON.parse(readFileSync(file, 'utf8')).packages ?? {}))
}
