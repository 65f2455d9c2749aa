import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** A repository of the double, with what a real one has: a commit, a card, files by git's and by LFS's rules. */
export type HubRepository = {
  /** `OWNER/REPO` */
  readonly id: string
  readonly files: ReadonlyMap<string, Uint8Array>
  readonly card?: Readonly<Record<string, unknown>>
  readonly tags?: readonly string[]
  /** `auto` and `manual` as the hub writes them. */
  readonly gated?: 'auto' | 'manual'
  readonly private?: boolean
  /** Further entries of the listing, with nothing behind them. */
  readonly listedToo?: readonly string[]
}

export function commitOf({ id, files }: HubRepository): string {
  const hash = createHash('sha1').update(id)
  for (const [path, content] of files) hash.update(path).update(content)
  return hash.digest('hex')
}

export type LfsPointer = { readonly oid: string; readonly size: number; readonly pointerSize: number }

/** Git keeps weights as pointers; the hub's rule is .gitattributes, here the endings that are always in it. */
export function pointerOf(path: string, content: Uint8Array): LfsPointer | undefined {
  if (!/\.(?:gguf|safetensors|bin|model)$/.test(path)) return undefined
  const pointer = pointerText(sha256Of(content), content.length)
  return { oid: sha256Of(content), size: content.length, pointerSize: pointer.length }
}

function pointerText(oid: string, size: number): string {
  return `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${size}\n`
}

/** An entry of the tree, as `GET /api/models/…/tree/…` lists it. */
export function treeEntry(path: string, content: Uint8Array): Readonly<Record<string, unknown>> {
  const lfs = pointerOf(path, content)
  const inGit = lfs === undefined ? content : Buffer.from(pointerText(lfs.oid, lfs.size))
  const oid = createHash('sha1').update(`blob ${inGit.length}\0`).update(inGit).digest('hex')
  return { type: 'file', oid, size: content.length, path, ...(lfs && { lfs }) }
}

const hashes = new WeakMap<Uint8Array, string>()

/** Asked for at every request; the content of a file of the double never changes. */
export function sha256Of(content: Uint8Array): string {
  const known = hashes.get(content)
  if (known !== undefined) return known
  const found = createHash('sha256').update(content).digest('hex')
  hashes.set(content, found)
  return found
}

const starterFile = (name: string) => readFileSync(new URL(`../../models/starter/${name}`, import.meta.url))

/** The starter family as its maker would publish it: three small ones and a larger one, licence and card. */
export function starterRepository(id = 'musivum/starter-gguf'): HubRepository {
  const weights = ['starter-l-q8_0.gguf', 'starter-s1-q8_0.gguf', 'starter-s1-urgency-lora-f16.gguf']
  const files = new Map<string, Uint8Array>([
    ['.gitattributes', Buffer.from('*.gguf filter=lfs diff=lfs merge=lfs -text\n')],
    ['LICENSE', starterFile('LICENSE')],
    ['README.md', starterFile('README.md')],
    ['config.json', Buffer.from('{"model_type":"llama"}\n')],
    ['train.py', Buffer.from('print("never fetched")\n')],
    ...weights.map((name) => [name, starterFile(name)] as const),
  ])
  return {
    id,
    files,
    card: { license: 'apache-2.0', base_model: 'musivum/starter', base_model_relation: 'quantized' },
  }
}

/** One file of weights and a card: enough for what goes wrong on the way. */
export function smallRepository(id: string, content: Uint8Array, name = 'tiny-Q8_0.gguf'): HubRepository {
  const files = new Map<string, Uint8Array>([
    ['README.md', Buffer.from('# tiny\n')],
    [name, content],
  ])
  return { id, files, card: { license: 'mit' } }
}
