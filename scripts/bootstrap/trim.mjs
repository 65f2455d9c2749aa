import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Removes what npm brings and nothing here ever reads, about 120 of 550 MB: Node's C headers and manual, the embedded
 * engine built for another processor, and llama.cpp's source, which is only read where no prebuilt engine fits.
 *
 * @param {string} modules
 */
export function trim(modules) {
  for (const path of [...nodeExtras(modules), ...enginesForOthers(modules)]) {
    rmSync(path, { recursive: true, force: true })
  }
}

/** @param {string} modules */
function nodeExtras(modules) {
  // npm nests the platform's package under `node`, or hoists it beside.
  return [join(modules, 'node', 'node_modules'), modules].flatMap((folder) =>
    list(folder)
      .filter((name) => /^node-(bin-)?(linux|darwin|win)-/.test(name))
      .flatMap((name) => ['include', 'share', 'lib', 'CHANGELOG.md'].map((part) => join(folder, name, part))),
  )
}

/** @param {string} modules */
function enginesForOthers(modules) {
  const scope = join(modules, '@node-llama-cpp')
  const platform =
    process.platform === 'darwin' ? 'mac' : process.platform === 'win32' ? 'win' : process.platform
  const mine = `${platform}-${process.arch}`
  // Without a prebuilt engine for this machine (musl, for one) the source is the only way to one: keep all of it.
  if (!existsSync(join(scope, mine))) return []
  const others = list(scope).filter((name) => name !== mine && !name.startsWith(`${mine}-`))
  return [
    ...others.map((name) => join(scope, name)),
    join(modules, 'node-llama-cpp', 'llama', 'gitRelease.bundle'),
  ]
}

/** @param {string} folder */
function list(folder) {
  return existsSync(folder) ? readdirSync(folder) : []
}
