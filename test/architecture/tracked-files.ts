import { spawnSync } from 'node:child_process'
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../scripts/bootstrap.mjs'

const NEVER_TRACKED = new Set(['node_modules', 'dist', 'coverage', '.git'])

/** Paths of this repository's files, from its root, with forward slashes: what git tracks or would. */
export function trackedFiles(): string[] {
  const git = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  })
  const files = git.status === 0 ? git.stdout.split('\0').filter((path) => path !== '') : walk('')
  return files.filter((path) => statSync(join(root, path), { throwIfNoEntry: false })?.isFile())
}

/** For a copy without git, such as an unpacked archive. */
function walk(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (!entry.isDirectory()) return [path]
    return NEVER_TRACKED.has(entry.name) ? [] : walk(path)
  })
}

export function contentOf(path: string): Buffer {
  return readFileSync(join(root, path))
}

export function sourceOf(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}
