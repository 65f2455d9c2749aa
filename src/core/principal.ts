/** Who asks. `anonymous`: no key has been made and the gateway listens to this machine only, so it is open to it. */
export type Principal = { readonly kind: 'anonymous' } | KeyPrincipal

/** The holder of a key, as the key stood when the request arrived. Lists that are absent allow everything. */
export type KeyPrincipal = {
  readonly kind: 'key'
  /** The public part of the key: safe in logs, rows and messages. */
  readonly id: string
  readonly role: Role
  readonly team?: string
  readonly project?: string
  /** Names of models, or `prefix*`. */
  readonly models?: readonly string[]
  readonly tasks?: readonly string[]
  readonly plans?: readonly string[]
  /** What the holder may see, in the organisation's own words: rules of the policy read them. */
  readonly clearances: readonly string[]
  /** Whether exact answers may be kept and given again to this key. Absent: they may not. */
  readonly cache?: boolean
}

/** `member` asks models, `auditor` reads the admin API too, `admin` changes keys, teams and budgets. */
export type Role = 'member' | 'auditor' | 'admin'

export const anonymous: Principal = { kind: 'anonymous' }
