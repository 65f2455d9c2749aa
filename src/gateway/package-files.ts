import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of package.json, from `src/gateway/` in a checkout and from `dist/gateway/` in an installed package alike. */
export const packageRoot: string = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

export const packageVersion: string = readVersion()

/** The built console: inside dist/ when installed, in its own workspace in a checkout. */
export function consoleDirectory(): string {
  const installed = join(packageRoot, 'dist', 'console')
  const ownBuild = join(packageRoot, 'console', 'dist')
  return existsSync(ownBuild) ? ownBuild : installed
}

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8'))
  const version =
    typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : ''
  return String(version)
}
