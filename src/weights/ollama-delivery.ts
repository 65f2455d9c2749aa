import { createHash } from 'node:crypto'
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { invalid } from '../core/errors.ts'
import type { Delivery } from './delivery.ts'
import type { Around } from './file-delivery.ts'
import { localPart } from './local-part.ts'
import type { FileRole } from './remote-types.ts'
import type { Shelf } from './shelf.ts'
import type { OllamaSource } from './source.ts'

/**
 * A model out of the store of an Ollama on this machine. Its blobs are named by their SHA-256 as ours are, so a hard link is
 * all it costs; every one is hashed on the way, because that store is not ours.
 *
 * @throws MusivumError `request.invalid`: no such store, no such model (with the names there are), or none with weights
 */
export async function ollamaDelivery(
  shelf: Shelf,
  { name }: OllamaSource,
  around: Around,
): Promise<Delivery> {
  const store = storeFolder(around)
  const content = await readBounded(join(store, 'manifests', ...manifestPath(name)))
  if (content === undefined) throw await unknownModel(store, name)
  const layers = layersOf(content, name)
  if (!layers.some(({ role }) => role === 'weights'))
    throw invalid(
      `ollama:${name} has no GGUF weights in that store: it runs elsewhere, or is of another format`,
    )
  const parts = await Promise.all(
    layers.map(({ role, sha256, place }) => {
      const path = join(store, 'blobs', `sha256-${sha256}`)
      return localPart(shelf, { path, name: layerName(role, place), role, sha256, mayLink: true })
    }),
  )
  const revision = createHash('sha256').update(content).digest('hex')
  return { source: `ollama:${name}`, revision, licence: null, baseModels: [], parts }
}

function storeFolder({ env }: Around): string {
  const set = env['OLLAMA_MODELS']
  if (set !== undefined && set !== '') return set
  const home = env['HOME'] ?? env['USERPROFILE']
  if (home === undefined) throw invalid('no home folder is known; set OLLAMA_MODELS to the store of Ollama')
  return join(home, '.ollama', 'models')
}

const REGISTRY = 'registry.ollama.ai'

/** `llama3.2:3b` is `registry.ollama.ai/library/llama3.2/3b`; without a tag it is `latest`. */
function manifestPath(name: string): readonly string[] {
  const parts = name.split('/')
  const last = parts.at(-1) ?? ''
  const [model = '', tag = 'latest'] = last.split(':')
  const [owner = 'library', host = REGISTRY] = parts.slice(0, -1).toReversed()
  // A port in a host is written with the colon in it.
  return [host, owner, model, tag]
}

const manifest = z.object({
  layers: z
    .array(z.object({ mediaType: z.string(), digest: z.string().regex(/^sha256[:-][0-9a-f]{64}$/) }))
    .max(1000),
})

type Layer = { readonly role: FileRole; readonly sha256: string; readonly place: number }

function layersOf(content: string, name: string): readonly Layer[] {
  const parsed = manifest.safeParse(jsonOf(content))
  if (!parsed.success) throw invalid(`ollama:${name}: its manifest in that store is not one that we can read`)
  return parsed.data.layers.flatMap(({ mediaType, digest }, place) => {
    const role = LAYERS[mediaType.replace('application/vnd.ollama.image.', '')]
    return role === undefined ? [] : [{ role, sha256: digest.slice('sha256:'.length), place }]
  })
}

/** Messages and system prompts are left: they are somebody's settings, not the model. */
const LAYERS: Readonly<Record<string, FileRole>> = {
  model: 'weights',
  adapter: 'adapter',
  projector: 'projector',
  template: 'template',
  license: 'licence',
  params: 'config',
}

function layerName(role: FileRole, place: number): string {
  switch (role) {
    case 'weights':
      return place === 0 ? 'model.gguf' : `model-${place}.gguf`
    case 'adapter':
    case 'projector':
      return `${role}-${place}.gguf`
    case 'licence':
      return `LICENSE-${place}`
    case 'config':
      return `params-${place}.json`
    default:
      return `${role}-${place}`
  }
}

/** Manifests are some hundred bytes a layer. */
const MAX_MANIFEST_BYTES = 1024 * 1024

async function readBounded(path: string): Promise<string | undefined> {
  const file = await open(path, 'r').catch(() => undefined)
  if (file === undefined) return undefined
  try {
    const stats = await file.stat()
    if (!stats.isFile() || stats.size > MAX_MANIFEST_BYTES) return ''
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

function jsonOf(content: string): unknown {
  try {
    return JSON.parse(content)
  } catch {
    // Said by the caller in one line.
    return undefined
  }
}

async function unknownModel(store: string, name: string): Promise<Error> {
  const library = join(store, 'manifests', REGISTRY, 'library')
  const models = await readdir(library).catch(() => undefined)
  if (models === undefined)
    return invalid('there is no store of Ollama for this user; set OLLAMA_MODELS to where its models are')
  const names = await Promise.all(
    models.slice(0, SHOWN_NAMES).map(async (model) => {
      const tags = await readdir(join(library, model)).catch(() => [])
      return tags.map((tag) => `${model}:${tag}`)
    }),
  )
  const known = names.flat().slice(0, SHOWN_NAMES).join(', ')
  return invalid(`there is no ollama:${name} in that store; there is ${known === '' ? 'nothing' : known}`)
}

const SHOWN_NAMES = 12
