import { runsHere, type Model } from '../catalog/model.ts'
import { MusivumError } from '../core/errors.ts'
import type { Engine, EngineState } from '../engines/engine.ts'
import type { Manifest } from '../weights/manifest.ts'
import { readShelf } from '../weights/read-shelf.ts'
import type { Shelf } from '../weights/shelf.ts'

/** What engines say of pulled files, by the names that people know: `qwen3-8b-q4_k_m.gguf of qwen3-8b-q4_k_m`. */
export type NamedBlobs = {
  readonly text: (line: string) => string
  /** The same engine, whose state speaks so. */
  readonly engine: (engine: Engine) => Engine
  /** What an engine threw, with the command that says more where a file is not what it was. */
  readonly error: (model: Model, thrown: unknown) => unknown
}

/** Engines know a blob by its hash alone. The shelf is read only when they speak of one. */
export function namedBlobs(shelf: Shelf): NamedBlobs {
  function text(said: string, asked?: string): string {
    if (!BLOB.test(said)) return said
    const files = filesOf(shelf)
    return said.replace(BLOBS, (blob, sha256: string) => named(files.get(sha256), asked)?.shown ?? blob)
  }

  function stateOf(engine: Engine): EngineState {
    const now = engine.state()
    return 'reason' in now ? { ...now, reason: text(now.reason, engine.model.name) } : now
  }

  function naming(engine: Engine): Engine {
    return {
      ...engine,
      // Asked each time, as of the engine: what weights can do is known once their header was read.
      get capabilities() {
        return engine.capabilities
      },
      state: () => stateOf(engine),
    }
  }

  return {
    text: (line) => text(line),
    engine: (engine) => (runsHere(engine.model.binding) ? naming(engine) : engine),
    error(model, thrown) {
      if (!(thrown instanceof MusivumError) || !runsHere(model.binding)) return thrown
      const [, sha256] = BLOB.exec(thrown.message) ?? []
      if (sha256 === undefined) return thrown
      const { code, message, facts } = thrown
      const file = named(filesOf(shelf).get(sha256), model.name)
      const next = file === undefined || !DAMAGE.has(code) ? '' : ` ${verifyLine(file.model)}`
      return new MusivumError(code, `${text(message, model.name)}${next}`, facts, { cause: thrown })
    },
  }
}

const BLOB = /\bsha256-([0-9a-f]{64})\b/
const BLOBS = new RegExp(BLOB, 'g')
const DAMAGE: ReadonlySet<string> = new Set(['engine.weights_missing', 'engine.weights_damaged'])

function verifyLine(model: string): string {
  return `\`musivum models verify ${model}\` says whether it is whole, and how to pull it again.`
}

type ShelfFile = { readonly model: string; readonly shown: string }

/** By hash; several models may have the same file. */
function filesOf(shelf: Shelf): ReadonlyMap<string, readonly ShelfFile[]> {
  const files = manifestsOf(shelf).flatMap(({ name: model, files: all }) =>
    all.map(({ name, sha256 }) => ({ model, sha256, shown: `${name} of ${model}` })),
  )
  return Map.groupBy(files, ({ sha256 }) => sha256)
}

function manifestsOf(shelf: Shelf): readonly Manifest[] {
  try {
    return readShelf(shelf).manifests
  } catch {
    // A shelf that cannot be read must not take the place of the failure that is being told.
    return []
  }
}

function named(files: readonly ShelfFile[] = [], asked: string | undefined): ShelfFile | undefined {
  return files.find(({ model }) => model === asked) ?? files[0]
}
