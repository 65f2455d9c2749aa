import type { Model } from '../catalog/model.ts'
import type { Engine, EngineState } from '../engines/engine.ts'

/**
 * One engine per model, made when the model is first used. A reload retires the engines whose model is gone or was
 * changed: requests under way finish on the engine they started on, then it closes.
 */
export type EnginePool = {
  readonly use: <T>(model: Model, work: (engine: Engine) => Promise<T>) => Promise<T>
  readonly engine: (model: Model) => Engine
  readonly keepOnly: (models: Iterable<Model>) => void
  readonly stateOf: (model: Model) => EngineState
  readonly close: () => Promise<void>
}

export type OpenEngine = (model: Model) => Engine

type Entry = { readonly fingerprint: string; readonly engine: Engine; uses: number; retired: boolean }

/** @param told what a failure is called here, where an engine knows less of its model than we do */
export function enginePool(
  open: OpenEngine,
  log: (line: string) => void,
  told: (model: Model, thrown: unknown) => unknown = (_, thrown) => thrown,
): EnginePool {
  const entries = new Map<string, Entry>()
  const closing = new Set<Promise<void>>()

  function entryOf(model: Model): Entry {
    const known = entries.get(model.name)
    // A request that began before a reload may bring a model of the old snapshot: it must not get the new weights.
    if (known !== undefined && known.fingerprint === fingerprintOf(model)) return known
    if (known !== undefined) retire(model.name, known)
    const made = { fingerprint: fingerprintOf(model), engine: open(model), uses: 0, retired: false }
    entries.set(model.name, made)
    return made
  }

  function retire(name: string, entry: Entry): void {
    entry.retired = true
    if (entries.get(name) === entry) entries.delete(name)
    if (entry.uses === 0) close(entry)
  }

  function close(entry: Entry): void {
    const done = entry.engine
      .close()
      .catch((error: unknown) => log(`an engine did not close well: ${String(error)}`))
      .finally(() => closing.delete(done))
    closing.add(done)
  }

  return {
    async use(model, work) {
      const entry = entryOf(model)
      entry.uses += 1
      try {
        return await work(entry.engine)
      } catch (thrown) {
        throw told(model, thrown)
      } finally {
        entry.uses -= 1
        if (entry.retired && entry.uses === 0) close(entry)
      }
    },
    engine: (model) => entryOf(model).engine,
    keepOnly(models) {
      const wanted = new Map([...models].map((model) => [model.name, fingerprintOf(model)] as const))
      for (const [name, entry] of entries) {
        if (wanted.get(name) !== entry.fingerprint) retire(name, entry)
      }
    },
    stateOf: (model) => entryOf(model).engine.state(),
    async close() {
      for (const entry of entries.values()) close(entry)
      entries.clear()
      await Promise.all(closing)
    },
  }
}

const fingerprints = new WeakMap<Model, string>()

/**
 * Two models are the same engine when all that an engine reads of them is equal: a new price or fallback must not unload
 * weights, nor forget which endpoint rests. Snapshots are immutable, so once per object is enough.
 */
export function fingerprintOf(model: Model): string {
  const known = fingerprints.get(model)
  if (known !== undefined) return known
  const { name, binding, unavailable } = model
  const made = JSON.stringify([name, binding, unavailable])
  fingerprints.set(model, made)
  return made
}
