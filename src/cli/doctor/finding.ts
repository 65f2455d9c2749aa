import type { JsonObject } from '../../core/json.ts'

/** What one check found. `warn`: works, but something is less than it could be. `problem`: something needed is broken. */
export type Finding = {
  readonly check: string
  readonly status: 'ok' | 'warn' | 'problem'
  readonly says: string
  /** What to do about it. */
  readonly next?: string
  /** The numbers in `says`, for a script. */
  readonly facts?: JsonObject
}

export function ok(check: string, says: string, facts?: JsonObject): Finding {
  return { check, status: 'ok', says, ...(facts !== undefined && { facts }) }
}

export function warn(check: string, says: string, next: string, facts?: JsonObject): Finding {
  return { check, status: 'warn', says, next, ...(facts !== undefined && { facts }) }
}

export function problem(check: string, says: string, next: string): Finding {
  return { check, status: 'problem', says, next }
}
