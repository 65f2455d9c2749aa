import type { RequestPage, RequestRow, Rollup, StoreHealth } from '../../store/store.ts'

/**
 * What the admin API says, for the console and for scripts. Types only: the console imports this file and nothing else
 * of the server.
 *
 *     GET /api/state                                    StateView
 *     GET /api/models                                   { models: ModelView[] }
 *     GET /api/requests?model=&status=&id=&before=&limit=   RequestPage
 *     GET /api/requests/live                            server-sent events: `request` (RequestRow), `state` (StateView)
 *     GET /api/requests/{id}                            RequestRow
 *     GET /api/rollups?unit=minute|hour|day&from=&to=   { rollups: Rollup[] }   (from, to: epoch milliseconds)
 *
 * Errors have OpenAI's shape: { error: { message, type, code, param } }.
 */
export type { RequestPage, RequestRow, Rollup, StoreHealth }

export type StateView = {
  readonly version: string
  readonly startedAtMs: number
  readonly listening: string
  readonly config: ConfigView
  readonly store: StoreHealth
  readonly residentBytes: number
}

export type ConfigView = {
  /** Null when no file is used. */
  readonly file: string | null
  readonly version: string
  readonly loadedAtMs: number
  /** Set when the file on disk is wrong and the last good snapshot is still in force: one line with file:line. */
  readonly problem: string | null
}

export type ModelView = {
  readonly name: string
  readonly engine: 'llama' | 'openai' | 'anthropic' | 'ai-sdk'
  readonly origin: 'config' | 'starter' | 'discovered'
  readonly toy: boolean
  readonly licence: string | null
  readonly price: 'metered' | 'owned' | 'unpriced'
  /** File name for weights, host and upstream name for servers. Never a key, never a full path. */
  readonly source: string
  readonly state: 'idle' | 'starting' | 'ready' | 'restarting' | 'unavailable'
  readonly stateReason: string | null
  readonly activeRequests: number
  readonly queuedRequests: number
  readonly residentBytes: number | null
  readonly capabilities: {
    readonly tools: boolean
    readonly images: boolean
    readonly jsonSchema: boolean
    readonly logprobs: boolean
    readonly embeddings: boolean
  }
}
