import { stat } from 'node:fs/promises'
import type { LlamaBinding } from '../../catalog/model.ts'
import { MAX_PARTS, splitName, splitOf } from '../../weights/file-roles.ts'

/** Changes whenever one of the files that a process loads does: every part of the weights, and every adapter on them. */
export async function fingerprint(binding: LlamaBinding): Promise<string> {
  const identities = await Promise.all(
    filesOf(binding).map(async (path) => (await fileIdentity(path)) ?? 'missing'),
  )
  return identities.join(' ')
}

function filesOf({ weights, adapter, family }: LlamaBinding): readonly string[] {
  const shared = family?.adapters.map(({ path }) => path) ?? []
  const own = adapter === undefined || shared.includes(adapter) ? [] : [adapter]
  return [...(partsOf(weights) ?? [weights]), ...own, ...shared]
}

/** `x-00001-of-00003.gguf` -> it, and the two that the engine finds by its name; undefined for the name of a whole file. */
export function partsOf(first: string): readonly string[] | undefined {
  const split = splitOf(first)
  if (split?.no !== 1 || split.of > MAX_PARTS) return undefined
  return Array.from({ length: split.of }, (_, index) => splitName(split, index + 1))
}

/** Which bytes lie there, by what the file system says without reading them; undefined when it is not there. */
export async function fileIdentity(path: string): Promise<string | undefined> {
  try {
    const { size, mtimeNs, ino } = await stat(path, { bigint: true })
    return `${path} ${size} ${mtimeNs} ${ino}`
  } catch {
    // Whatever the reason, the file cannot be used; opening it says which.
    return undefined
  }
}
