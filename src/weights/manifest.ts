import { createHash } from 'node:crypto'
import { z } from 'zod'
import { MusivumError } from '../core/errors.ts'
import { isJsonArray, isJsonObject, type Json } from '../core/json.ts'
import { isSafeFileName } from './file-roles.ts'
import { isShelfName } from './shelf.ts'

const hex = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`))
const text = z.string().max(4096)
const size = z.int().min(0)
const time = z.iso.datetime()

const file = z.strictObject({
  /** As its source calls it. */
  name: text.refine(isSafeFileName),
  role: z.enum([
    'weights',
    'adapter',
    'projector',
    'template',
    'tokenizer',
    'config',
    'licence',
    'card',
    'signature',
  ]),
  sha256: hex(64),
  bytes: size,
})

const licence = z.strictObject({
  /** As the repository or the header declares it, in its own word. */
  declared: text.nullable(),
  /** The id of our record of it: by its text where that is known, else by its label. */
  record: text.nullable(),
  /** Of the text beside the weights, as `licenceTextSha256` counts it. */
  text_sha256: hex(64).nullable(),
  /** The strictest record on the way from the first ancestor, as far as declared. */
  effective: text.nullable(),
  accepted: z.strictObject({ at: time, by: text }).nullable(),
})

const header = z.strictObject({
  architecture: text.nullable(),
  kind: text,
  name: text.nullable(),
  parameters: size,
  quantisation: text.nullable(),
  context_tokens: z.number().nullable(),
  tensors: size,
})

const template = z.strictObject({
  sha256: hex(64),
  chars: size,
  flags: z.array(z.strictObject({ kind: text, line: size, why: text })).max(50),
})

const found = {
  level: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3), z.literal(4)]),
  why: text,
}

const later = z.record(z.string(), z.json()).nullable()

/** Split models have up to some hundred parts; a repository that lists 10,000 files is no model. */
export const MAX_FILES = 1000

const schema = z.strictObject({
  format: z.literal('musivum-weights-1'),
  name: z.string().refine(isShelfName),
  /** Canonical, with the commit that a moving revision meant. */
  source: text,
  /** As it was asked for. */
  asked: text,
  revision: text.nullable(),
  files: z.array(file).min(1).max(MAX_FILES),
  licence,
  /** What it was made from, as declared, nearest first; with our record of the licence of that family. */
  lineage: z.array(z.strictObject({ model: text, licence: text.nullable() })).max(64),
  header: header.nullable(),
  template: template.nullable(),
  provenance: z.strictObject({
    ...found,
    /** What was found when it came, where a signature or a fingerprint has said more or less since. */
    pulled: z.strictObject(found).exactOptional(),
  }),
  /** What was found when the signature was last checked: a SignatureFinding. */
  signature: later,
  /** As `keptFingerprint` reads it. */
  fingerprint: later,
  pulled: z.strictObject({ at: time, by: text }),
  seal: hex(64),
})

/** What is known about a model on the shelf; a file of JSON per model. */
export type Manifest = Omit<z.infer<typeof schema>, 'seal'>
export type ManifestFile = Manifest['files'][number]

/** As it is written. The seal is a digest of the rest: it finds an edit, and proves nothing against who can make one. */
export function manifestText(manifest: Manifest): string {
  const { seal: _, ...content } = schema.parse({ ...manifest, seal: '0'.repeat(64) })
  return `${JSON.stringify({ ...content, seal: sealOf(content as Json) }, null, 2)}\n`
}

/**
 * @param shown the file name, for the message
 * @throws MusivumError `engine.weights_damaged` when it is no manifest, of another version, or edited
 */
export function parseManifest(content: string, shown: string): Manifest {
  const parsed = schema.safeParse(jsonOf(content, shown))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw wrong(
      shown,
      `${issue?.path.join('.') || 'it'} is not what a manifest says there (${issue?.message})`,
    )
  }
  const { seal, ...manifest } = parsed.data
  if (seal !== sealOf(manifest as Json))
    throw wrong(shown, 'it does not fit its own hash, so it was edited after it was written')
  return manifest
}

function jsonOf(content: string, shown: string): unknown {
  try {
    return JSON.parse(content)
  } catch {
    // The parser's own message quotes the file.
    throw wrong(shown, 'it is not JSON')
  }
}

function wrong(shown: string, what: string): MusivumError {
  const name = shown.replace(/\.json$/, '')
  const next = `pull it again as ${name}, which fetches nothing that is whole, or remove it: \`musivum models rm ${name}\``
  const why = `the manifest ${shown}: ${what}`
  return new MusivumError('engine.weights_damaged', `${why}; ${next}`, { model: name, why })
}

function sealOf(content: Json): string {
  return createHash('sha256').update(canonical(content)).digest('hex')
}

/** Keys in order, so that a file that was only formatted again says the same. */
function canonical(value: Json): string {
  if (isJsonArray(value)) return `[${value.map(canonical).join(',')}]`
  if (!isJsonObject(value)) return JSON.stringify(value)
  const keys = Object.keys(value).toSorted()
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key] ?? null)}`).join(',')}}`
}
