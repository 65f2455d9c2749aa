import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { invalid } from '../../core/errors.ts'
import { hashFile, type HashOptions } from '../blobs.ts'
import { isSafeFileName } from '../file-roles.ts'
import type { FileAtHand } from './signed-files.ts'

/** A repository has hundreds of files; one that lists more is no model. */
const MAX_FILES = 10_000
const MAX_DEPTH = 32

/** Never part of a model: how its repository was kept. */
const NEVER = new Set(['.git', '.gitattributes', '.github', '.gitignore'])

/**
 * Every file of a folder with its hash, by its name relative to the folder. Links are refused, not followed: what is
 * signed or checked must be what lies in this folder, whatever a link points at later.
 *
 * @param leftOut names relative to the folder
 * @throws MusivumError `request.invalid`: a link, a device, a name that is none everywhere, too many files
 */
export async function filesOfFolder(
  folder: string,
  leftOut: readonly string[],
  options: HashOptions,
): Promise<readonly FileAtHand[]> {
  const names = (await namesIn(folder, '')).filter((name) => !leftOut.includes(name))
  const files: FileAtHand[] = []
  for (const name of names) {
    const { sha256 } = await hashFile(join(folder, name), options)
    files.push({ name, sha256 })
  }
  return files
}

async function namesIn(root: string, under: string): Promise<readonly string[]> {
  if (under.split('/').length > MAX_DEPTH) throw invalid(`the folder has more than ${MAX_DEPTH} levels`)
  const names: string[] = []
  for (const entry of (await readdir(join(root, under))).toSorted()) {
    const name = under === '' ? entry : `${under}/${entry}`
    if (under === '' && NEVER.has(entry)) continue
    names.push(...(await namesAt(root, name)))
    if (names.length > MAX_FILES) throw invalid(`the folder has more than ${MAX_FILES} files`)
  }
  return names
}

async function namesAt(root: string, name: string): Promise<readonly string[]> {
  const stats = await lstat(join(root, name))
  if (!isSafeFileName(name))
    throw invalid(
      `"${name.replace(/\p{Cc}+/gu, '?').slice(0, 80)}" is no name that a file of a model may have`,
    )
  if (stats.isDirectory()) return namesIn(root, name)
  if (stats.isFile()) return [name]
  const what = stats.isSymbolicLink() ? 'a link' : 'no file'
  throw invalid(`${name.slice(0, 120)} is ${what}; a signature speaks of files that lie in the folder itself`)
}
