// node scripts/check-size.mjs: fails when the console has grown over what a first visit may cost.
//
// Reads Vite's manifest, so a new import that drags a library into the first screen shows here and not in a complaint.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

const dist = join(import.meta.dirname, '../dist')
const KB = 1000
const BUDGET = { firstScreen: 160 * KB, route: 60 * KB, css: 20 * KB }

const manifest = JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8'))
const sizes = new Map()

/** Gzipped bytes of one built file, by its path under dist. */
function size(file) {
  if (!sizes.has(file)) sizes.set(file, gzipSync(readFileSync(join(dist, file)), { level: 9 }).length)
  return sizes.get(file)
}

/** The keys of everything the browser fetches to run `key`, itself included. */
function needed(key, seen = new Set()) {
  if (seen.has(key)) return seen
  seen.add(key)
  for (const imported of manifest[key].imports ?? []) needed(imported, seen)
  return seen
}

function total(keys) {
  return [...keys].reduce((sum, key) => sum + size(manifest[key].file), 0)
}

const entry = Object.keys(manifest).find((key) => manifest[key].isEntry)
const base = needed(entry)
// The first screen is the live list in English: the entry, its catalog, its route, without the chart that comes later.
const firstScreen = new Set([...base, ...needed('src/locales/en.po'), ...needed('src/live/live-screen.tsx')])
const css = [...new Set(Object.values(manifest).flatMap((chunk) => chunk.css ?? []))]

const lines = [
  { what: 'first screen, JavaScript', bytes: total(firstScreen), limit: BUDGET.firstScreen },
  { what: 'all CSS', bytes: css.reduce((sum, file) => sum + size(file), 0), limit: BUDGET.css },
  ...Object.keys(manifest)
    .filter((key) => manifest[key].isDynamicEntry)
    .map((key) => ({
      what: key,
      bytes: total([...needed(key)].filter((part) => !base.has(part))),
      limit: BUDGET.route,
    })),
]

for (const { what, bytes, limit } of lines) {
  const verdict = bytes <= limit ? 'ok' : 'OVER'
  console.log(
    `${what.padEnd(44)} ${(bytes / KB).toFixed(1).padStart(6)} KB gzip of ${limit / KB}  ${verdict}`,
  )
}
if (lines.some(({ bytes, limit }) => bytes > limit)) process.exitCode = 1
