import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { invalid, MusivumError } from '../core/errors.ts'
import { collectGarbage } from './collect-garbage.ts'
import { dropSignature } from './own-signature.ts'
import { tryLock } from './shelf-lock.ts'
import { cannotWrite, checkedName, openShelf } from './shelf.ts'

export type Removed = {
  readonly name: string
  readonly freedBytes: number
  /** What only this model used is still there, because pulls are running: `models gc` removes it afterwards. */
  readonly later: boolean
}

export type RemoveOptions = { readonly home: string; readonly nowMs: number }

/**
 * Takes a model off the shelf. Blobs that other models need stay. A manifest that cannot be read is removed too: its
 * blobs are found by what the others need.
 */
export async function removeModel(asked: string, { home, nowMs }: RemoveOptions): Promise<Removed> {
  const name = checkedName(asked)
  const shelf = openShelf(home)
  const release = tryLock(shelf, name)
  if (release === undefined)
    throw new MusivumError('store.unavailable', `${name} is being pulled right now; stop that first`)
  try {
    const manifest = join(shelf.models, `${name}.json`)
    if (!existsSync(manifest))
      throw invalid(`there is no ${name} on the shelf; \`musivum models list\` says what is`)
    await rm(manifest)
    await dropSignature(shelf, name)
    await rm(join(shelf.parts, name), { recursive: true, force: true })
    const collected = await collectGarbage({ home, nowMs, dryRun: false, only: 'blobs' })
    return { name, freedBytes: collected.freedBytes, later: collected.busy }
  } catch (cause) {
    throw cannotWrite(cause)
  } finally {
    release()
  }
}
