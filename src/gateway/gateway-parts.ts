import type { AuditLog } from '../audit/audit-log.ts'
import type { Model } from '../catalog/model.ts'
import type { Clock, Ids } from '../core/ports.ts'
import type { Guard } from '../guards/guard.ts'
import type { Policy } from '../policy/permit.ts'
import type { ResponseStore } from '../store/responses/response-store.ts'
import type { Store } from '../store/store.ts'
import type { RunningRequests } from './access/running-requests.ts'
import type { ExactCache } from './cache/exact-cache.ts'
import type { Duties } from './duties/duties.ts'
import type { EnginePool } from './engine-pool.ts'
import type { KnownNames } from './names/known-names.ts'
import type { NamesTier } from './names/names-tier.ts'
import type { LiveFeed } from './live-feed.ts'
import type { Treasury } from './spending/treasury.ts'

/** What was true when a request arrived. Immutable: a reload makes a new one and running requests keep theirs. */
export type Snapshot = {
  readonly version: string
  readonly models: ReadonlyMap<string, Model>
  readonly policy: Policy
  readonly guards: readonly Guard[]
  /** Who looks for names; absent: nobody does. */
  readonly names?: NamesTier
}

/** Everything a request needs, wired once at start. */
export type Gateway = {
  readonly snapshot: () => Snapshot
  readonly engines: EnginePool
  readonly store: Store
  readonly treasury: Treasury
  readonly duties: Duties
  readonly knownNames: KnownNames
  readonly running: RunningRequests
  /** Survives reloads: what a reload changes is part of the keys. */
  readonly cache: ExactCache
  /** Opened when first asked for: most gateways never keep a response. Throws `store.unavailable`. */
  readonly responses: () => ResponseStore
  readonly audit: AuditLog
  readonly live: LiveFeed
  readonly clock: Clock
  readonly ids: Ids
  /** One line for the operator. */
  readonly log: (line: string) => void
}
