import { textOf } from '../../catalog/gguf/header.ts'
import type { Manifest } from '../manifest.ts'
import { readShelf } from '../read-shelf.ts'
import type { Shelf } from '../shelf.ts'
import { shelvedAs } from './compare-with-base.ts'
import { modelHeader } from './model-header.ts'
import { templateDiff, type TemplateDiff } from './template-diff.ts'

export type TemplateAgainstBase = {
  readonly base: string
  readonly on_shelf: string
  /** `unknown`: one of them has no template. */
  readonly verdict: 'same' | 'differs' | 'unknown'
  /** Null where nothing differs, or one of them is longer than templates are. */
  readonly diff: TemplateDiff | null
}

/** The template beside that of the nearest declared base that is on the shelf; null where none is. */
export async function templateAgainstBase(
  shelf: Shelf,
  manifest: Manifest,
): Promise<TemplateAgainstBase | null> {
  const others = readShelf(shelf).manifests.filter(({ name }) => name !== manifest.name)
  for (const { model: base } of manifest.lineage) {
    const shelved = shelvedAs(base, manifest, others)
    if (shelved === undefined) continue
    const [own, theirs] = [await templateOf(shelf, manifest), await templateOf(shelf, shelved)]
    const found = { base, on_shelf: shelved.name }
    if (own === null || theirs === null) return { ...found, verdict: 'unknown', diff: null }
    if (own === theirs) return { ...found, verdict: 'same', diff: null }
    return { ...found, verdict: 'differs', diff: templateDiff(theirs, own) }
  }
  return null
}

async function templateOf(shelf: Shelf, manifest: Manifest): Promise<string | null> {
  const header = await modelHeader(shelf, manifest)
  return header === undefined ? null : textOf(header, 'tokenizer.chat_template')
}
