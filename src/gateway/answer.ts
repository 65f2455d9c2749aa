import { strict as assert } from 'node:assert'
import type { FallbackReason, Model } from '../catalog/model.ts'
import { MusivumError, toMusivumError } from '../core/errors.ts'
import { anonymous, type Principal } from '../core/principal.ts'
import { permit, type Permit } from '../policy/permit.ts'
import { label } from '../privacy/label.ts'
import { decide, type Decision } from '../routing/decide.ts'
import { fallbackReason } from '../routing/fallback-reason.ts'
import { replyWithError } from './reply-with-error.ts'
import type { Exchange } from './exchange.ts'
import { findModel } from './find-model.ts'
import type { Gateway, Snapshot } from './gateway-parts.ts'
import type { Chosen, Delivery, Operation, Past, RequestContent } from './operation.ts'
import {
  costOfRecord,
  isLate,
  noteFailedModel,
  openRecord,
  toRow,
  type RequestRecord,
} from './request-record.ts'

/**
 * The way of a request, step by step as ARCHITECTURE.md lists it. Nothing reaches an engine except through step 4:
 * what runs in step 7 takes the permit made there. Never rejects: a failure is a reply and a row like any other.
 */
export async function answer<Content extends RequestContent>(
  gateway: Gateway,
  operation: Operation<Content>,
  exchange: Exchange,
): Promise<void> {
  const snapshot = gateway.snapshot()
  const record = openRecord(exchange, operation.kind)
  try {
    const principal = authenticate(exchange) //                                             1 authenticate
    const request = operation.parse(await exchange.body(), past(gateway, principal)) //                               2 parse
    record.askedModel = request.model
    record.stream = request.stream
    const labels = label(request.content) //                                                3 label
    const candidates = findCandidates(snapshot, request.model)
    const verdicts = permit(snapshot.policy, principal, labels, candidates, exchange.requestId) // 4 permit
    const decisionId = gateway.ids.next()
    const decision = decide({ decisionId, asked: request.model, candidates, labels, verdicts }) // 5 decide
    record.decision = decision
    const chosen = chosenModels(decision, candidates, verdicts.permits)
    record.deadlineMs = deadlineOf(chosen[0].model, exchange)
    const reservation = gateway.ledger.reserve(principal) //                                6 reserve
    try {
      await deliverFirst(gateway, operation, { gateway, snapshot, request, record }, chosen) // 7 answer, 8 check, 9 render
    } finally {
      gateway.ledger.settle(reservation, costOfRecord(record)) //                           10 settle
    }
  } catch (thrown) {
    record.error = failure(thrown, exchange)
    replyWithError(gateway, operation.errors, record, record.error)
  } finally {
    settle(gateway, snapshot, record)
  }
}

/** Step 1. Keys are not part of this version; the listening address is the fence, and it is loopback unless told otherwise. */
function authenticate(_exchange: Exchange): Principal {
  return anonymous
}

/** What a caller had kept is theirs alone. */
export function past({ responses }: Gateway, principal: Principal): Past {
  return { owner: principal.kind === 'key' ? `key:${principal.id}` : 'anonymous', responses }
}

/** The model that the client named, and those that may answer in its place. */
function findCandidates(snapshot: Snapshot, asked: string): readonly Model[] {
  const named = findModel(snapshot, asked)
  const others = (named.fallbacks ?? []).flatMap(({ model }) => snapshot.models.get(model) ?? [])
  return [named, ...others]
}

/** The patience that the configuration grants the model that was asked for; its fallbacks share it. */
function deadlineOf({ binding }: Model, exchange: Exchange): number | null {
  const totalMs = binding.engine === 'llama' ? undefined : binding.timeouts?.totalMs
  return totalMs === undefined ? null : exchange.arrivedMonotonicMs + totalMs
}

type Choice = Chosen & { readonly on: readonly FallbackReason[] }

/** The models of the plan in their order, each with its permit. */
function chosenModels(
  decision: Decision,
  candidates: readonly Model[],
  permits: ReadonlyMap<string, Permit>,
): readonly [Choice, ...Choice[]] {
  const { plan } = decision
  const chosen = (name: string, on: readonly FallbackReason[] = []): Choice => {
    const model = candidates.find((candidate) => candidate.name === name)
    const permitted = permits.get(name)
    assert(model !== undefined && permitted !== undefined, 'a plan holds candidates with a permit')
    return { model, permit: permitted, on }
  }
  if (plan === null) {
    const rules = decision.removed.map((removed) => removed.rule)
    throw new MusivumError('policy.forbidden', decision.because, { rules })
  }
  return [chosen(plan.model), ...(plan.otherwise ?? []).map(({ model, on }) => chosen(model, on))]
}

/**
 * Step 7 to 9 with the first model of the plan, and with the next one where it could not answer for a reason that the next
 * one is there for. Only until the reply has begun: what the client has seen must not be said again by somebody else.
 */
async function deliverFirst<Content extends RequestContent>(
  gateway: Gateway,
  operation: Operation<Content>,
  delivery: Omit<Delivery<Content>, 'chosen' | 'engine'>,
  [chosen, ...otherwise]: readonly [Choice, ...Choice[]],
): Promise<void> {
  const { record } = delivery
  record.model = chosen.model
  try {
    await gateway.engines.use(chosen.model, (engine) => operation.deliver({ ...delivery, chosen, engine }))
  } catch (thrown) {
    const { reply, signal } = record.exchange
    const error = toMusivumError(thrown)
    const reason = fallbackReason(error)
    const next = otherwise.findIndex(({ on }) => reason !== undefined && on.includes(reason))
    const [first, ...rest] = next === -1 ? [] : otherwise.slice(next)
    if (first === undefined || reply.begun || signal.aborted || isLate(gateway, record)) throw thrown
    noteFailedModel(gateway, record, error)
    await deliverFirst(gateway, operation, delivery, [first, ...rest])
  }
}

/** An abort of ours may surface as any error of an engine; to the log it is what it was: the client went away. */
function failure(thrown: unknown, exchange: Exchange): MusivumError {
  if (!exchange.signal.aborted) return toMusivumError(thrown)
  return new MusivumError(
    'request.cancelled',
    'The client went away before the answer was whole.',
    {},
    { cause: thrown },
  )
}

/** Step 10, the part that must happen whatever went before: decision to the audit log, row to the request log and the live list. */
function settle(gateway: Gateway, snapshot: Snapshot, record: RequestRecord): void {
  if (record.decision !== null) gateway.audit.append(record.decision)
  const row = toRow(record, gateway.clock, snapshot.version)
  gateway.store.appendRequest(row)
  gateway.live.publish(row)
  if (record.error?.code === 'internal') gateway.log(internalLine(record))
}

function internalLine(record: RequestRecord): string {
  const cause = record.error?.cause
  const detail = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
  return `request ${record.exchange.requestId} failed by a mistake of ours: ${detail}`
}
