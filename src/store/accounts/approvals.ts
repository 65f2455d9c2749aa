import type { Labels } from '../../privacy/label.ts'

/**
 * What waits for a person: requests that rules let no model answer before somebody has agreed. Kept in main.db, so that an
 * approval that was used is used for every process with the same home folder. Content of a request is never in here.
 *
 * All methods throw MusivumError: `store.unavailable`, `request.not_found`, `request.invalid` for what is decided already.
 */
export type Approvals = {
  /** The newest that still counts for a request with this digest. */
  find(digest: string): Approval | undefined
  /**
   * Makes one that waits, or returns the one that still counts: the same request asked twice waits once.
   *
   * @throws MusivumError `limit.reached` when too many of this principal wait
   */
  ask(wanted: NewApproval): Approval
  /** `by` is who says so. One that waits no longer stays as it is. */
  decide(id: string, verdict: 'approved' | 'denied', by: string): Approval
  /** True for the one request that may use it: approved, in time, and used by no other. */
  use(id: string, requestId: string): boolean
  get(id: string): Approval | undefined
  /** Newest first, `limit` 1..200. */
  list(query: ApprovalQuery): readonly Approval[]
}

export type Approval = NewApproval & {
  /** `ap-` and ten characters. */
  readonly id: string
  readonly atMs: number
  readonly state: ApprovalState
  /** What waits or is denied is forgotten then, and what is approved can be used until then. */
  readonly expiresMs: number
  readonly decidedMs: number | null
  readonly decidedBy: string | null
  /** The request that used it. */
  readonly usedBy: string | null
}

/** `expired`: nobody decided, or nobody used it, in time. */
export type ApprovalState = 'pending' | 'approved' | 'denied' | 'used' | 'expired'

export type NewApproval = {
  /** The request that had to wait. */
  readonly requestId: string
  /** The public part of the key that asked; null without one. */
  readonly key: string | null
  readonly team: string | null
  readonly project: string | null
  readonly operation: string
  readonly model: string
  readonly rule: string
  readonly reason: string
  /** `rules.yaml:12` */
  readonly at: string
  readonly labels: Labels
  /** Keyed, over who asks, operation, content and model: nobody without the key can try out what was asked. */
  readonly digest: string
  /** Whether the request can be read in the content log, because the same rules oblige to log it in full. */
  readonly contentLogged: boolean
}

export type ApprovalQuery = { readonly state?: ApprovalState; readonly limit: number }

/** A person has a day to decide. */
export const PENDING_MS = 24 * 3_600_000
/** What was approved is good for one request within an hour. */
export const APPROVED_MS = 3_600_000
/** What was denied stays so for a day: asking again does not ask the person again. */
export const DENIED_MS = 24 * 3_600_000
