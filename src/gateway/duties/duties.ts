import type { Clock, Random } from '../../core/ports.ts'
import type { Principal } from '../../core/principal.ts'
import type { Engine } from '../../engines/engine.ts'
import { watermarkKeyId } from '../../engines/llama/watermark/key-id.ts'
import type { Obligation, Permit, Policy } from '../../policy/permit.ts'
import { createRecognise, type Recognise } from '../../privacy/recognise/recognise.ts'
import type { Decision } from '../../routing/decide.ts'
import type { Approvals } from '../../store/accounts/approvals.ts'
import type { ContentLog } from '../../store/content-log/content-log.ts'
import { openScopeKey, SCOPE_KEY_MADE, type ScopeHash } from '../../store/scope-key.ts'
import type { NameReading } from '../names/names-tier.ts'
import { approvalGate, type ApprovalGate, type ApprovalQuestion } from './approval-gate.ts'
import { loggedEngine, promptEntry } from './logged-engine.ts'
import { markedEngine } from './marked-engine.ts'
import { maskedEngine } from './masked-engine.ts'

/** What rules may oblige to, done: made once, and only what is asked for. */
export type Duties = {
  /** Who looks for personal data; undefined where no rule would read what was found. */
  readonly recogniser: (policy: Policy) => Recognise | undefined
  /** Asks a person before the plan begins. */
  readonly requireApproval: ApprovalGate['require']
  /**
   * The engine as the permit lets it be used, right before it is. Throws `store.unavailable` when a key of the duties cannot be
   * had, `policy.approval_needed` where the permit has no approval (any more).
   */
  readonly bind: (engine: Engine, permit: Permit, record: Bound) => Engine
}

/** Whose request it is, and where it is said what was done. */
export type Bound = {
  readonly principal: Principal
  decision: Decision | null
  /** Who looks for names; absent or null: nobody does, and patterns alone say what is masked. */
  readonly names?: NameReading | null
}

export type DutiesOptions = {
  readonly home: string
  readonly env: NodeJS.ProcessEnv
  readonly random: Random
  readonly clock: Clock
  readonly approvals: Approvals
  readonly contentLog: ContentLog
  /** Keys by what they are for, as `openPurposeKeys` gives them. */
  readonly keyFor: (purpose: string) => Uint8Array
  readonly log: (line: string) => void
}

export function openDuties(options: DutiesOptions): Duties {
  const { home, env, random, clock, approvals, contentLog, keyFor, log } = options
  const nowMs = (): number => clock.now()
  let recognise: Recognise | undefined
  let scopeKey: ((scope: string) => ScopeHash) | undefined
  const recogniser = (): Recognise => (recognise ??= createRecognise())

  async function keepContent({ permit, model, operation, content }: ApprovalQuestion): Promise<boolean> {
    if (!logsInFull(permit.obligations)) return false
    const entry = promptEntry(content, { atMs: nowMs(), model: model.name, operation })
    await contentLog.write(permit.requestId, entry)
    return true
  }
  const gate = approvalGate({ approvals, key: () => keyFor('approvals'), keepContent, log })

  function masked(engine: Engine, record: Bound): Engine {
    const hashOf = (scopeKey ??= openScopeKey({ home, env, random, onMade: () => log(SCOPE_KEY_MADE) }))
    return maskedEngine(engine, {
      recognise: recogniser(),
      names: record.names ?? undefined,
      hmac: hashOf(scopeOf(record.principal)),
      onMasked: (masked) => note(record, { masked }),
    })
  }

  function marked(engine: Engine, record: Bound): Engine {
    const key = keyFor('watermark')
    return markedEngine(engine, key, () => note(record, { watermark: { key: watermarkKeyId(key) } }))
  }

  return {
    recogniser: (policy) => (policy.kind === 'allow-all' ? undefined : recogniser()),
    requireApproval: gate.require,
    bind(engine, permit, record) {
      const { obligations } = permit
      if (obligations.length === 0) return engine
      if (obligations.includes('human-approval')) gate.use(permit)
      let bound = engine
      if (obligations.includes('watermark')) bound = marked(bound, record)
      if (obligations.includes('mask')) bound = masked(bound, record)
      // Outermost, so that what is logged is what the client said and got, and not stand-ins for it.
      if (logsInFull(obligations)) bound = loggedEngine(bound, { contentLog, nowMs, log })
      return bound
    },
  }
}

/** Two rules may want the opposite of each other: then nothing is written. */
function logsInFull(obligations: readonly Obligation[]): boolean {
  return obligations.includes('log-full') && !obligations.includes('no-log-content')
}

function note(record: Bound, done: Pick<Decision, 'masked' | 'watermark'>): void {
  if (record.decision !== null) record.decision = { ...record.decision, ...done }
}

/** Whose requests share stand-ins: a project, else a team, else one key. Nobody else can tell that two speak of one person. */
function scopeOf(principal: Principal): string {
  if (principal.kind === 'anonymous') return 'anonymous'
  const { id, team, project } = principal
  if (project !== undefined) return `project ${project}`
  return team === undefined ? `key ${id}` : `team ${team}`
}
