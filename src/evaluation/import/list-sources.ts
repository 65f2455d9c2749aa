import { stat } from 'node:fs/promises'
import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { invalid } from '../../core/errors.ts'
import type { World } from '../world.ts'

/** What the user named: a file, or a folder with all the files below it. */
export type Place =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'folder'; readonly path: string; readonly files: readonly string[] }

/**
 * Files of a folder are sorted, so that two machines import in the same order; hidden ones are left out.
 *
 * @throws MusivumError `request.invalid`: it is not there, or the folder holds too much
 */
export async function placeAt(path: string, world: Pick<World, 'cwd'>): Promise<Place> {
  const absolute = resolve(world.cwd, path)
  const stats = await stat(absolute).catch(() => undefined)
  if (stats === undefined) throw invalid(`${path}: there is no such file or folder`)
  if (!stats.isDirectory()) return { kind: 'file', path }
  const found = await readdir(absolute, { recursive: true, withFileTypes: true })
  const files = found
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(absolute.length + 1))
    .filter((file) => !file.split(/[\\/]/).some((name) => name.startsWith('.')))
  if (files.length > MAX_FILES)
    throw invalid(`${path}: the folder holds ${files.length} files; expected ${MAX_FILES} at most`)
  return { kind: 'folder', path, files: files.toSorted().map((file) => join(path, file)) }
}

/** MIRAGE, with one file per answer, has 30,000; a home folder named by mistake has millions. */
const MAX_FILES = 1_000_000
