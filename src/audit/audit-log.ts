import type { Decision } from '../routing/decide.ts'

/** Where a decision went, so that it can be proven later. `not-kept` until the tamper-evident log exists: nothing pretends to be one. */
export type AuditEntry = { readonly kind: 'not-kept' }

export type AuditLog = { readonly append: (decision: Decision) => AuditEntry }

export const noAuditLog: AuditLog = { append: () => ({ kind: 'not-kept' }) }
