import type { Provenance } from '../../catalog/model-facts.ts'
import type { NanoUsd } from '../../core/money.ts'
import type { Principal, Role } from '../../core/principal.ts'
import type {
  Key,
  KeyChange,
  KeyPage,
  KeyQuery,
  NewKey,
  Period,
  Project,
  RateLimits,
  Scope,
  ScopeLimits,
  Team,
} from '../../store/accounts/accounts.ts'
import type { Approval } from '../../store/accounts/approvals.ts'
import type { LoggedContent } from '../../store/content-log/content-log.ts'
import type { LedgerLine, Settlement, SpendQuery, SpendSum } from '../../store/ledger/ledger.ts'
import type { RequestPage, RequestRow, Rollup, StoreHealth } from '../../store/store.ts'

/**
 * What the admin API says, for the console and for scripts. Types only: the console imports this file and nothing else
 * of the server. /api/openapi.json says the same for other languages.
 *
 *     GET /api/state                                    StateView
 *     GET /api/models                                   { models: ModelView[] }
 *     GET  /api/local-models                            LocalModelsView
 *     POST /api/local-models/warm     Warming           LocalModelView
 *     POST /api/local-models/unload   Unloading         LocalModelView
 *     GET /api/requests?model=&key=&team=&status=&id=&before=&limit=   RequestPage
 *     GET /api/requests/live                            server-sent events: `request` (RequestRow), `state` (StateView)
 *     GET /api/requests/{id}                            RequestRow
 *     GET /api/requests/{id}/cost                       RequestCost: line by line, as the ledger has it
 *     GET /api/requests/{id}/content                    RequestContent: for administrators, where a rule obliged to log it
 *     GET /api/approvals?state=&limit=                  { approvals: Approval[] }   (auditors read, administrators decide)
 *     POST /api/approvals/{id}/approve                  Approval
 *     POST /api/approvals/{id}/deny                     Approval
 *     GET /api/rollups?unit=minute|hour|day&from=&to=   { rollups: Rollup[] }   (from, to: epoch milliseconds)
 *
 *     GET    /api/me                                    Principal: whose key this is; anonymous while there are none
 *     GET    /api/keys?team=&project=&search=&state=&after=&limit=   KeyPage   (by id; `next` is the next `after`)
 *     POST   /api/keys                NewKey            201 KeyWithSecret: the one time that the secret is said
 *     GET    /api/keys/{id}                             Key
 *     PATCH  /api/keys/{id}           KeyChange         Key   (absent: as it is; null: taken away)
 *     DELETE /api/keys/{id}                             Key   (revoked: kept, for what it did is in the log)
 *     POST   /api/keys/{id}/rotate    Rotation          KeyWithSecret
 *     GET    /api/teams                                 { teams: Team[] }
 *     POST   /api/teams               NewTeam           201 Team
 *     DELETE /api/teams/{id}                            Removed
 *     GET    /api/projects                              { projects: Project[] }
 *     POST   /api/projects            NewProject        201 Project
 *     DELETE /api/projects/{id}                         Removed
 *     GET    /api/budgets                               { budgets: BudgetView[] }
 *     POST   /api/budgets             NewBudgetBody     BudgetView   (the same scope, period and hardness: a new cap)
 *     DELETE /api/budgets/{id}                          Removed
 *     GET    /api/limits                                { limits: ScopeLimits[] }
 *     PUT    /api/limits              LimitsBody        ScopeLimits  (replaces all limits of the scope)
 *     DELETE /api/limits?kind=&id=                      RemovedLimits   (kind=everyone has no id)
 *     GET    /api/spend?unit=hour|day&from=&to=&by=&top=   SpendView   (from, to: epoch milliseconds)
 *     GET    /api/openapi.json                          the OpenAPI 3.1 document of all of this
 *
 * What comes back is integers of nano-dollars (`…NanoUsd`, exact below 2⁵³). What is sent is dollars as people write
 * them (`…Usd`), as a number or, better, as text: "25.00". Writes want `content-type: application/json`.
 *
 * Errors have OpenAI's shape: { error: { message, type, code, param } }.
 */
export type { RequestPage, RequestRow, Rollup, StoreHealth }
export type {
  Approval,
  LedgerLine,
  Settlement,
  Key,
  KeyChange,
  KeyPage,
  KeyQuery,
  NewKey,
  Period,
  Principal,
  Project,
  RateLimits,
  Role,
  Scope,
  ScopeLimits,
  SpendSum,
  Team,
}

/** `secret` is the whole key, as its holder sends it. Nothing can say it a second time. */
export type KeyWithSecret = { readonly key: Key; readonly secret: string }

export type NewTeam = { readonly id: string; readonly name?: string }
export type NewProject = NewTeam & { readonly team: string }

/** Dollars as a person writes them: "25.00" or 25. At most nine decimals, no currency sign, never negative. */
export type UsdText = string | number

export type NewBudgetBody = {
  readonly scope: Scope
  readonly period: Period
  readonly capUsd: UsdText
  /** True unless given: refuses what would go over it. A soft budget is only said. */
  readonly hard?: boolean
}

export type BudgetView = {
  readonly id: string
  readonly scope: Scope
  readonly period: Period
  readonly hard: boolean
  readonly capNanoUsd: NanoUsd
  readonly spentNanoUsd: NanoUsd
  /** Set aside for requests that are being answered now. */
  readonly heldNanoUsd: NanoUsd
  /** Cap less spent and held; 0 when a soft budget, or a cap that was lowered, is gone over. */
  readonly leftNanoUsd: NanoUsd
  /** When the day or month ends and counting begins again; null for `total`. */
  readonly endsMs: number | null
  readonly createdMs: number
}

/** At least one limit. */
export type LimitsBody = {
  readonly scope: Scope
  readonly requestsPerMinute?: number
  readonly tokensPerMinute?: number
  readonly usdPerMinute?: UsdText
  readonly parallel?: number
}

export type Removed = { readonly id: string; readonly removed: true }
export type RemovedLimits = { readonly scope: Scope; readonly removed: true }

export type RequestContent = LoggedContent & { readonly id: string }

/** `settlements`: what was held, and how the holds ended. Both empty where the ledger has nothing (any more). */
export type RequestCost = {
  readonly lines: readonly LedgerLine[]
  readonly settlements: readonly Settlement[]
}

export type SpendView = Required<Pick<SpendQuery, 'unit' | 'fromMs' | 'toMs' | 'by'>> & {
  /** By unit, ascending; within a unit the dearest first, then the sum of the others (`rest`). No row where nothing was asked. */
  readonly sums: readonly SpendSum[]
}

export type StateView = {
  readonly version: string
  readonly startedAtMs: number
  readonly listening: string
  /** `open-to-this-machine`: no key has been made, so anybody on this machine may ask anything, and no other can. */
  readonly access: 'open-to-this-machine' | 'keys'
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
  readonly engine: 'llama' | 'llama-server' | 'openai' | 'anthropic' | 'ai-sdk'
  readonly origin: 'config' | 'pulled' | 'starter' | 'discovered'
  readonly toy: boolean
  readonly licence: string | null
  readonly price: 'metered' | 'owned' | 'unpriced'
  /** File name for weights, host and upstream name for servers. Never a key, never a full path. */
  readonly source: string
  /** How sure it is what the weights are; absent where nobody has looked or said. */
  readonly provenance?: Provenance
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
    /** Weights that we run and whose header says so; of a server nobody knows. */
    readonly rerank: boolean
  }
}

/** Null where nothing is loaded, or nobody knows yet. Times are epoch milliseconds. */
export type LocalModelView = {
  readonly name: string
  readonly state: ModelView['state']
  readonly stateReason: string | null
  readonly pinned: boolean
  /** Processes that were replaced because they had grown. */
  readonly recycled: number
  readonly pid: number | null
  readonly residentBytes: number | null
  /** What its process may come to hold, by the estimate that let it in. */
  readonly promisedBytes: number | null
  readonly slots: number | null
  readonly contextTokens: number | null
  readonly threads: number | null
  readonly activeRequests: number
  readonly queuedRequests: number
  readonly answerTokensPerSecond: number | null
  readonly promptTokensPerSecond: number | null
  readonly promptTokensEvaluated: number | null
  readonly promptTokensReused: number | null
  readonly loadedAtMs: number | null
  readonly idleSinceMs: number | null
  readonly unloadAtMs: number | null
  readonly leaving: boolean
}

export type LocalModelsView = {
  readonly memory: {
    readonly limitBytes: number | null
    readonly freeBytes: number
    readonly promisedBytes: number
  }
  readonly models: readonly LocalModelView[]
}

export type Warming = { readonly model: string }
export type Unloading = Warming & { readonly now?: boolean }
