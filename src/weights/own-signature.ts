import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cannotWrite, type Shelf } from './shelf.ts'
import { MAX_SIGNATURE_BYTES } from './signing/signature-bundle.ts'

/** The signature that somebody here made of a pulled model: `NAME.sig` beside its manifest. */
export async function ownSignature(shelf: Shelf, name: string): Promise<string | undefined> {
  const place = placeOf(shelf, name)
  const stats = await stat(place).catch(() => null)
  if (stats?.isFile() !== true || stats.size > MAX_SIGNATURE_BYTES) return undefined
  return readFile(place, 'utf8')
}

/** In the place of the one before, whole or not at all. @throws MusivumError `store.unavailable` */
export async function keepSignature(shelf: Shelf, name: string, text: string): Promise<void> {
  const draft = `${placeOf(shelf, name)}.${process.pid}.partial`
  try {
    await writeFile(draft, text, { mode: 0o600 })
    await rename(draft, placeOf(shelf, name))
  } catch (cause) {
    await rm(draft, { force: true })
    throw cannotWrite(cause)
  }
}

/** Whether there was one. */
export async function dropSignature(shelf: Shelf, name: string): Promise<boolean> {
  const there = (await stat(placeOf(shelf, name)).catch(() => null)) !== null
  await rm(placeOf(shelf, name), { force: true })
  return there
}

/** Manifests end in `.json`. */
function placeOf({ models }: Shelf, name: string): string {
  return join(models, `${name}.sig`)
}
