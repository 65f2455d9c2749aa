import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { invalid } from '../core/errors.ts'
import type { Delivery, Part } from './delivery.ts'
import { checkSplits, fileRole, isHeavy, isSafeFileName, splitName, splitOf } from './file-roles.ts'
import { localPart } from './local-part.ts'
import type { Shelf } from './shelf.ts'
import { SIGNATURE_NAME } from './signing/signature-bundle.ts'
import type { FileSource } from './source.ts'

/**
 * A weights file of this machine, from wherever another program put it. Any part of a split model stands for all of them,
 * which lie beside it.
 */
export async function fileDelivery(shelf: Shelf, source: FileSource, around: Around): Promise<Delivery> {
  const path = pathOf(source, around)
  const name = basename(path)
  if ((await stat(path).catch(() => null))?.isDirectory()) throw await aFolder(path)
  const role = fileRole(name)
  if (role === undefined || !isHeavy(role) || !isSafeFileName(name))
    throw invalid(
      `"${name.slice(0, 80)}" is no weights file; expected a name that ends in .gguf or .safetensors`,
    )
  const names = await partNames(path)
  const parts = await Promise.all(
    names.map((each) =>
      localPart(shelf, { path: join(dirname(path), each), name: each, role, sha256: null, mayLink: false }),
    ),
  )
  const signature = await signatureBeside(shelf, path)
  // The folder says how somebody's machine is laid out, and a manifest may be shown to anyone.
  const shown = `file:${name}`
  return { source: shown, revision: null, licence: null, baseModels: [], parts: [...parts, ...signature] }
}

/** Who signed a folder left its signature there. */
async function signatureBeside(shelf: Shelf, weights: string): Promise<readonly Part[]> {
  const path = join(dirname(weights), SIGNATURE_NAME)
  if ((await stat(path).catch(() => null))?.isFile() !== true) return []
  return [
    await localPart(shelf, { path, name: SIGNATURE_NAME, role: 'signature', sha256: null, mayLink: false }),
  ]
}

export type Around = { readonly cwd: string; readonly env: Readonly<Record<string, string | undefined>> }

function pathOf({ path }: FileSource, { cwd, env }: Around): string {
  const home = env['HOME'] ?? env['USERPROFILE']
  if (path.startsWith('~/') && home !== undefined) return join(home, path.slice(2))
  return resolve(cwd, path)
}

async function partNames(path: string): Promise<readonly string[]> {
  const split = splitOf(basename(path))
  if (split === undefined) return [basename(path)]
  const there = new Set(await readdir(dirname(path)).catch(() => []))
  const all = Array.from({ length: Math.min(split.of, 999) }, (_, index) => splitName(split, index + 1))
  const found = all.filter((name) => there.has(name))
  checkSplits(found.length === 0 ? [basename(path)] : found)
  return found
}

async function aFolder(path: string): Promise<Error> {
  const names = (await readdir(path)).filter((name) => fileRole(name) === 'weights').toSorted()
  const shown = basename(path)
  if (names.length === 0) return invalid(`${shown} is a folder without weights; name a .gguf file`)
  const some = names.slice(0, SHOWN_NAMES).join(', ')
  const more = names.length > SHOWN_NAMES ? ` and ${names.length - SHOWN_NAMES} more` : ''
  return invalid(`${shown} is a folder; name one of its files: ${some}${more}`)
}

const SHOWN_NAMES = 12
