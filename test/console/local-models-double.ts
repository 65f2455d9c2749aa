import type { LocalModelView, ModelView, Unloading } from '../../src/gateway/admin/contract.ts'
import type { Answer } from './accounts-double.ts'

export type LocalModelsDouble = { readonly answer: (url: URL, body: unknown) => Answer }

/** What the local ones of `models` hold and do; an order is carried out at once. */
export function localModelsDouble(models: readonly ModelView[], nowMs: number): LocalModelsDouble {
  let local = models
    .filter(({ engine }) => engine.startsWith('llama'))
    .map((model): LocalModelView => {
      const { name, state, stateReason, activeRequests, queuedRequests } = model
      const known = { name, state, stateReason, activeRequests, queuedRequests }
      return { ...NOTHING_LOADED, ...known, ...(state === 'ready' && loaded(model, nowMs)) }
    })

  function change(name: string, part: Partial<LocalModelView>): Answer {
    local = local.map((model) => (model.name === name ? { ...model, ...part } : model))
    return { status: 200, body: local.find((model) => model.name === name) }
  }

  return {
    answer(url, body) {
      if (!url.pathname.startsWith('/api/local-models')) return undefined
      const { model: name } = (body ?? { model: '' }) as Unloading
      if (url.pathname.endsWith('/warm')) return change(name, { ...READY, state: 'ready', loadedAtMs: nowMs })
      if (url.pathname.endsWith('/unload')) return change(name, { ...NOTHING_LOADED, state: 'idle' })
      const promisedBytes = local.reduce((sum, model) => sum + (model.promisedBytes ?? 0), 0)
      const memory = { limitBytes: 4_000_000_000, freeBytes: 4_000_000_000 - promisedBytes, promisedBytes }
      return { status: 200, body: { memory, models: local } }
    },
  }
}

const NOTHING_LOADED = {
  pinned: false,
  recycled: 0,
  pid: null,
  residentBytes: null,
  promisedBytes: null,
  slots: null,
  contextTokens: null,
  threads: null,
  activeRequests: 0,
  queuedRequests: 0,
  answerTokensPerSecond: null,
  promptTokensPerSecond: null,
  promptTokensEvaluated: null,
  promptTokensReused: null,
  loadedAtMs: null,
  idleSinceMs: null,
  unloadAtMs: null,
  leaving: false,
} as const

const READY = {
  pid: 48_213,
  promisedBytes: 140_200_000,
  slots: 4,
  contextTokens: 512,
  threads: 2,
} as const

/** One that is asked, or one that has had nothing to do for a while. */
function loaded({ activeRequests, residentBytes }: ModelView, nowMs: number): Partial<LocalModelView> {
  const idle = { idleSinceMs: nowMs - 4 * 60_000, unloadAtMs: nowMs + 26 * 60_000 + 13_000 }
  return {
    ...READY,
    residentBytes,
    answerTokensPerSecond: 61.4,
    promptTokensPerSecond: 812,
    promptTokensEvaluated: 4_210,
    promptTokensReused: 11_904,
    loadedAtMs: nowMs - 95 * 60_000,
    recycled: activeRequests > 0 ? 2 : 0,
    ...(activeRequests === 0 && idle),
  }
}
