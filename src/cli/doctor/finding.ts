/** What one check found. `warn`: works, but something is less than it could be. `problem`: something needed is broken. */
export type Finding = {
  readonly check: string
  readonly status: 'ok' | 'warn' | 'problem'
  readonly says: string
  /** What to do about it. */
  readonly next?: string
}

export function ok(check: string, says: string): Finding {
  return { check, status: 'ok', says }
}

export function warn(check: string, says: string, next: string): Finding {
  return { check, status: 'warn', says, next }
}

export function problem(check: string, says: string, next: string): Finding {
  return { check, status: 'problem', says, next }
}
