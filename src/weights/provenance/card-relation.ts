import { open } from 'node:fs/promises'
import { parse } from 'yaml'
import { isJsonObject } from '../../core/json.ts'
import { blobPath, blobProblem } from '../blobs.ts'
import type { Manifest } from '../manifest.ts'
import type { Shelf } from '../shelf.ts'

const RELATIONS = ['finetune', 'quantized', 'adapter', 'merge'] as const

/** How a model was made from what it names, in the words of the hub. */
export type Relation = (typeof RELATIONS)[number]

/** Of the front matter; cards themselves are longer, and only their start is read. */
const MAX_FRONT_BYTES = 64 * 1024

/** What the card says of its `base_model_relation`; null where it says nothing, or nothing that the hub knows. */
export async function cardRelation(shelf: Shelf, { files }: Manifest): Promise<Relation | null> {
  const card = files.find(({ role }) => role === 'card')
  if (card === undefined || (await blobProblem(shelf, card)) !== null) return null
  await using file = await open(blobPath(shelf, card.sha256), 'r')
  const bytes = Buffer.alloc(Math.min(MAX_FRONT_BYTES, card.bytes))
  await file.read(bytes, 0, bytes.length, 0)
  return relationIn(bytes.toString('utf8'))
}

export function relationIn(card: string): Relation | null {
  const [, front] = /^---\r?\n([\s\S]*?)\r?\n---/.exec(card) ?? []
  if (front === undefined) return null
  try {
    const facts: unknown = parse(front)
    const said = isJsonObject(facts) ? facts['base_model_relation'] : undefined
    return RELATIONS.find((each) => each === said) ?? null
  } catch {
    // Cards are written by hand; one that is no YAML declares nothing.
    return null
  }
}
