import type { Principal } from '../../core/principal.ts'
import type { Random } from '../../core/ports.ts'
import type { Engine } from '../../engines/engine.ts'
import type { Permit, Policy } from '../../policy/permit.ts'
import { createRecognise, type Recognise } from '../../privacy/recognise/recognise.ts'
import { openScopeKey, type ScopeHash } from '../../store/scope-key.ts'
import type { Decision } from '../../routing/decide.ts'
import { maskedEngine } from './masked-engine.ts'

/** What rules may oblige to, done: made once, and only what is asked for. */
export type Duties = {
  /** Who looks for personal data; undefined where no rule would read what was found. */
  readonly recogniser: (policy: Policy) => Recognise | undefined
  /** The engine as the permit lets it be used. Throws `store.unavailable` when the key of the stand-ins cannot be had. */
  readonly bind: (engine: Engine, permit: Permit, record: Bound) => Engine
}

/** Whose request it is, and where it is said what was done. */
export type Bound = { readonly principal: Principal; decision: Decision | null }

export type DutiesOptions = {
  readonly home: string
  readonly env: NodeJS.ProcessEnv
  readonly random: Random
}

export function openDuties({ home, env, random }: DutiesOptions): Duties {
  let recognise: Recognise | undefined
  let scopeKey: ((scope: string) => ScopeHash) | undefined
  const recogniser = (): Recognise => (recognise ??= createRecognise())
  return {
    recogniser: (policy) => (policy.kind === 'allow-all' ? undefined : recogniser()),
    bind(engine, permit, record) {
      if (!permit.obligations.includes('mask')) return engine
      const hashOf = (scopeKey ??= openScopeKey({ home, env, random }))
      return maskedEngine(engine, {
        recognise: recogniser(),
        hmac: hashOf(scopeOf(record.principal)),
        onMasked(masked) {
          if (record.decision !== null) record.decision = { ...record.decision, masked }
        },
      })
    },
  }
}

/** Whose requests share stand-ins: a project, else a team, else one key. Nobody else can tell that two speak of one person. */
function scopeOf(principal: Principal): string {
  if (principal.kind === 'anonymous') return 'anonymous'
  const { id, team, project } = principal
  if (project !== undefined) return `project ${project}`
  return team === undefined ? `key ${id}` : `team ${team}`
}
