import { join } from 'node:path'
import type { Provenance } from '../../catalog/model-facts.ts'
import type { LlamaBinding, Model } from '../../catalog/model.ts'
import type { Manifest } from '../../weights/manifest.ts'
import { adapterFile, mainFile, weightsPath } from '../../weights/place-parts.ts'
import { blobPath } from '../../weights/blobs.ts'
import { readShelf, type ShelfProblem } from '../../weights/read-shelf.ts'
import { shelfOf, type Shelf } from '../../weights/shelf.ts'

/** What is on the shelf of this home folder, as models and for those that name it as their weights. */
export type PulledWeights = {
  /** Models that can be asked, by the names they were pulled under. */
  readonly models: readonly Model[]
  /** By its name, or by the source as it was asked for or recorded. */
  readonly find: (nameOrSource: string) => PulledFile | undefined
  /** The same for an adapter. */
  readonly findAdapter: (nameOrSource: string) => PulledFile | undefined
  /** Why what was pulled under this name cannot be used; undefined where nothing was, or it can. */
  readonly problemOf: (name: string) => string | undefined
  /** One line for each manifest that cannot be used. */
  readonly warnings: readonly string[]
}

export type PulledFile = {
  /** Absolute. */
  readonly path: string
  readonly sha256: string
  /** Only of weights. */
  readonly model?: Model
  /** Only of adapters: the strictest licence on the way from its first ancestor, as far as declared. */
  readonly licence?: string
  /** Only of adapters. */
  readonly provenance?: Provenance
}

/** Weights that were pulled are models without a line in any file, as those that ship with us are. */
export function pulledModels(home: string, starters: readonly Model[]): PulledWeights {
  const shelf = shelfOf(home)
  const { manifests, problems } = readShelf(shelf)
  const toys = new Set(
    starters.flatMap(({ binding }) => (binding.engine === 'llama' ? [binding.sha256] : [])),
  )
  // What is said of the starters must be true of what is asked under their names.
  const taken = new Set(starters.map(({ name }) => name))
  const hidden = manifests.filter(({ name }) => taken.has(name))
  const models = new Map(
    manifests.flatMap((manifest) => {
      const model = taken.has(manifest.name) ? undefined : modelOf(shelf, manifest, toys)
      return model === undefined ? [] : [[manifest.name, model] as const]
    }),
  )
  const named = (text: string): Manifest | undefined =>
    manifests.find(({ name }) => name === text) ??
    manifests.find(({ source, asked }) => source === text || asked === text)
  const unusable = new Map(
    problems.filter(({ name }) => !taken.has(name)).map((problem) => [problem.name, toldProblem(problem)]),
  )
  return {
    models: [
      ...models.values(),
      ...Array.from(unusable, ([name, problem]) => unusableModel(shelf, name, problem)),
    ],
    problemOf: (name) => unusable.get(name),
    find(text) {
      const manifest = named(text)
      const model = manifest === undefined ? undefined : models.get(manifest.name)
      if (model?.binding.engine !== 'llama' || model.binding.sha256 === undefined) return undefined
      return { path: model.binding.weights, sha256: model.binding.sha256, model }
    },
    findAdapter(text) {
      const manifest = named(text)
      const file = manifest === undefined ? undefined : adapterFile(manifest)
      if (manifest === undefined || file === undefined) return undefined
      const licence = licenceOf(manifest)
      const licensed = licence === null ? {} : { licence }
      const { level: provenance } = manifest.provenance
      return { path: blobPath(shelf, file.sha256), sha256: file.sha256, provenance, ...licensed }
    },
    warnings: [
      ...problems.map(({ line }) => line),
      ...hidden.map(
        ({ name }) => `${name} was pulled under the name of a model that ships with us and cannot be asked`,
      ),
    ],
  }
}

/** For whoever asks it, or names it in a configuration: what mends it is more than fits into an answer. */
function toldProblem({ name, why }: ShelfProblem): string {
  return `${why}; \`musivum models verify ${name}\` says what mends it`
}

/** Listed, so that who asks for it is told what is wrong and not that there is no such model. */
function unusableModel({ models }: Shelf, name: string, unavailable: string): Model {
  return {
    name,
    binding: { engine: 'llama', weights: join(models, `${name}.json`) },
    price: { kind: 'owned' },
    unavailable,
    toy: false,
    origin: 'pulled',
  }
}

/** Undefined for what no engine of ours runs by itself: an adapter, or weights of another format. */
function modelOf(shelf: Shelf, manifest: Manifest, toys: ReadonlySet<string | undefined>): Model | undefined {
  const [path, main] = [weightsPath(shelf, manifest), mainFile(manifest)]
  if (path === undefined || main === undefined) return undefined
  const licence = licenceOf(manifest)
  return {
    name: manifest.name,
    binding: { ...bindingOf(path, main.sha256), ...adapterOf(shelf, manifest) },
    price: { kind: 'owned' },
    ...(licence === null ? {} : { licence }),
    facts: { provenance: manifest.provenance.level },
    source: manifest.source,
    // The starter weights under another name are toys all the same.
    toy: toys.has(main.sha256),
    origin: 'pulled',
  }
}

function licenceOf({ licence: { effective, record, declared } }: Manifest): string | null {
  return effective ?? record ?? declared
}

function bindingOf(weights: string, sha256: string): LlamaBinding {
  return { engine: 'llama', weights, sha256 }
}

function adapterOf(shelf: Shelf, manifest: Manifest): Partial<LlamaBinding> {
  const file = adapterFile(manifest)
  return file === undefined ? {} : { adapter: blobPath(shelf, file.sha256), adapterSha256: file.sha256 }
}
