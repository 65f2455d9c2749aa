import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LlamaBinding, Model } from '../../catalog/model.ts'

const STARTER_LICENCE = 'apache-2.0'

/**
 * The open weights that ship with us, by the names of their files: `starter-l-q8_0.gguf` is `starter-l`, and
 * `starter-s1-urgency-lora-f16.gguf` makes `starter-s1-urgency` out of `starter-s1`. Empty where they were left out.
 */
export function starterModels(packageRoot: string): readonly Model[] {
  const folder = join(packageRoot, 'models', 'starter')
  const files = filesIn(folder)
  const hashes = knownHashes(folder)
  const bindings = new Map<string, LlamaBinding>()
  for (const file of files) {
    const name = /^(starter-[a-z0-9]+)-q8_0\.gguf$/.exec(file)?.[1]
    if (name !== undefined) bindings.set(name, weightsOf(folder, file, hashes))
  }
  for (const file of files) {
    const [, base, skill] = /^(starter-[a-z0-9]+)-([a-z0-9]+)-lora-f16\.gguf$/.exec(file) ?? []
    const binding = base === undefined ? undefined : bindings.get(base)
    if (binding === undefined) continue
    bindings.set(`${base}-${skill}`, { ...binding, ...adapterOf(folder, file, hashes) })
  }
  return Array.from(bindings, ([name, binding]) => starter(name, binding))
}

function starter(name: string, binding: LlamaBinding): Model {
  return { name, binding, price: { kind: 'owned' }, licence: STARTER_LICENCE, toy: true, origin: 'starter' }
}

function weightsOf(folder: string, file: string, hashes: ReadonlyMap<string, string>): LlamaBinding {
  const sha256 = hashes.get(file)
  return { engine: 'llama', weights: join(folder, file), ...(sha256 === undefined ? {} : { sha256 }) }
}

function adapterOf(folder: string, file: string, hashes: ReadonlyMap<string, string>) {
  const adapterSha256 = hashes.get(file)
  return { adapter: join(folder, file), ...(adapterSha256 === undefined ? {} : { adapterSha256 }) }
}

function filesIn(folder: string): readonly string[] {
  return readOr([], () => readdirSync(folder).toSorted())
}

/** `sha256sum` format: 64 hex digits, two spaces, file name. */
function knownHashes(folder: string): ReadonlyMap<string, string> {
  const text = readOr('', () => readFileSync(join(folder, 'SHA256SUMS'), 'utf8'))
  return new Map(
    Array.from(text.matchAll(/^([0-9a-f]{64}) [ *](.+)$/gm), ([, hash = '', file = '']) => [file, hash]),
  )
}

/** A package without the starter models is a smaller package, not a broken one. */
function readOr<T>(absent: T, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR') return absent
    throw cause
  }
}
