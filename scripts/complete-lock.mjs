import { readFileSync, writeFileSync } from 'node:fs'

/**
 * A registry mirror may lack the builds of other platforms, and npm then leaves them out of the lock file; `npm ci`
 * refuses such a lock on every machine. This adds them back by version, operating system and processor, without a hash,
 * which npm fills in on the platform that has them. Run it after `npm install` behind such a mirror:
 *
 *     node scripts/complete-lock.mjs package-lock.json
 *
 * @typedef {{ version?: string, dev?: boolean, optionalDependencies?: Record<string, string> }} Entry
 */
const file = process.argv[2] ?? 'package-lock.json'
/** @type {{ packages: Record<string, Entry> }} */
const lock = JSON.parse(readFileSync(file, 'utf8'))

/** @type {Record<string, Entry>} */
const added = {}
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
    if (!isLocked(path, name)) added[`node_modules/${name}`] = platformEntry(name, range, entry)
  }
}
const entries = Object.entries({ ...lock.packages, ...added })
const ours = entries.filter(([path]) => !path.startsWith('node_modules/'))
const theirs = entries.filter(([path]) => path.startsWith('node_modules/'))
theirs.sort(([a], [b]) => a.localeCompare(b, 'en'))
lock.packages = Object.fromEntries([...ours, ...theirs])
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
console.log(`${Object.keys(added).length} platform packages added to ${file}`)

/**
 * Looks where Node would: beside the package, then outwards.
 * @param {string} path
 * @param {string} name
 */
function isLocked(path, name) {
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf('node_modules/') - 1))) {
    if (`${at === '' ? '' : `${at}/`}node_modules/${name}` in lock.packages) return true
    if (at === '') return false
  }
}

/**
 * @param {string} name such as `@scope/binding-linux-x64-gnu`
 * @param {string} range
 * @param {Entry} parent
 */
function platformEntry(name, range, parent) {
  const words = (name.split('/').at(-1) ?? '').split('-')
  const os = firstOf(words, {
    darwin: 'darwin',
    mac: 'darwin',
    win32: 'win32',
    win: 'win32',
    linux: 'linux',
    android: 'android',
    freebsd: 'freebsd',
    openharmony: 'openharmony',
  })
  const cpu = firstOf(words, {
    arm64: 'arm64',
    x64: 'x64',
    ia32: 'ia32',
    arm: 'arm',
    riscv64: 'riscv64',
    ppc64: 'ppc64',
    s390x: 's390x',
    wasm32: 'wasm32',
  })
  const libc = firstOf(words, { musl: 'musl', musleabihf: 'musl', gnu: 'glibc', gnueabihf: 'glibc' })
  return {
    version: range.replace(/^[\^~]/, ''),
    ...(cpu === undefined ? {} : { cpu: [cpu] }),
    ...(parent.dev === true ? { dev: true } : {}),
    ...(libc === undefined ? {} : { libc: [libc] }),
    optional: true,
    ...(os === undefined ? {} : { os: [os] }),
  }
}

/**
 * @param {readonly string[]} words
 * @param {Readonly<Record<string, string>>} names
 */
function firstOf(words, names) {
  const word = words.find((candidate) => candidate in names)
  return word === undefined ? undefined : names[word]
}
