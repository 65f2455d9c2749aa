import type { AnswerContent, EvidenceStore } from '../../store/evidence/evidence-store.ts'
import type { Call } from '../ask.ts'
import { callHash, sourceOf } from './call-hash.ts'
import type { PatientAsk } from './patient-ask.ts'
import type { RunModel } from './run-model.ts'

export type KeptReply = AnswerContent & {
  /** Nothing was asked and nothing paid for it now. */
  readonly cached: boolean
}

export type KeptAsk = (question: Question, signal: AbortSignal) => Promise<KeptReply>

export type Question = {
  readonly model: RunModel
  readonly call: Call
  /** Numbers from 1 the answers to the same question. */
  readonly sample: number
  /** When it is known already. */
  readonly hash?: string
}

/**
 * Asks what was not asked before, and keeps each answer before anybody sees it, so that nothing is paid for twice:
 * not after Ctrl-C or kill -9, and not by two items with the same prompt.
 */
export function keptAsk(
  store: Pick<EvidenceStore, 'findAnswer' | 'keepAnswer'>,
  ask: PatientAsk,
  { fresh }: { readonly fresh: boolean },
): KeptAsk {
  // As many as there are calls under way.
  const underWay = new Map<string, Promise<KeptReply>>()
  // For a run that takes nothing from earlier ones: 64 bytes for each of its calls.
  const askedNow = new Set<string>()
  return async ({ model, call, sample, hash = callHash(model, call, sample) }, signal) => {
    const known = fresh && !askedNow.has(hash) ? undefined : store.findAnswer(hash)
    if (known !== undefined) return { ...known, cached: true }
    const twin = underWay.get(hash)
    if (twin !== undefined) return { ...(await twin), cached: true }
    const asking = askAndKeep()
    underWay.set(hash, asking)
    try {
      return await asking
    } finally {
      underWay.delete(hash)
    }

    async function askAndKeep(): Promise<KeptReply> {
      const reply = await ask(model, call, signal)
      const promptChars = call.messages.reduce((sum, { content }) => sum + content.length, 0)
      store.keepAnswer({ ...reply, hash, source: sourceOf(model), promptChars })
      if (fresh) askedNow.add(hash)
      return { ...reply, cached: false }
    }
  }
}
