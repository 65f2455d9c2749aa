import { strict as assert } from 'node:assert'
import { runsHere, type FallbackReason, type Model } from '../catalog/model.ts'
import { MusivumError, toMusivumError } from '../core/errors.ts'
import type { Principal } from '../core/principal.ts'
import { permit, type Permit } from '../policy/permit.ts'
import { decide, type Decision } from '../routing/decide.ts'
import { fallbackReason } from '../routing/fallback-reason.ts'
import { circumstances } from './access/circumstances.ts'
import { eligible, keyAllows } from './access/allowed-models.ts'
import { nobodyLeft, refusePlan, refuseTask } from './access/refusals.ts'
import { readNarrowing, refuseMisspelt, type Narrowing } from './access/narrowing.ts'
import { replyWithError } from './reply-with-error.ts'
import { unapprovedFirst } from './duties/approval-gate.ts'
import { approvedModels } from './duties/approved-models.ts'
import { stoppedBy, type Exchange } from './exchange.ts'
import { findModel } from './find-model.ts'
import type { Gateway, Snapshot } from './gateway-parts.ts'
import { guardInput } from './guards/guard-input.ts'
import { labelRequest } from './names/label-request.ts'
import type { Chosen, Delivery, Operation, ParsedRequest, Past } from './operation.ts'
import type { RequestContent } from './request-content.ts'
import {
  closeBill,
  isLate,
  noteFailedModel,
  openRecord,
  toRow,
  type RequestRecord,
} from './request-record.ts'
import { openSpending, orderOf } from './spending/open-spending.ts'
import { withinHold } from './spending/within-hold.ts'
import { worstCase } from './spending/worst-case.ts'

/**
 * The way of a request, step by step as ARCHITECTURE.md lists it. Nothing reaches an engine except through step 4:
 * what runs in step 7 takes the permit made there. Never rejects: a failure is a reply and a row like any other.
 */
export async function answer<Content extends RequestContent>(
  gateway: Gateway,
  operation: Operation<Content>,
  exchange: Exchange,
  principal: Principal,
): Promise<void> {
  const snapshot = gateway.snapshot()
  const record = openRecord(exchange, operation.kind, principal)
  gateway.running.add(principal, exchange) //                                               1 authenticated at the door
  try {
    const { request, narrowing } = await readRequest(gateway, operation, record) //         2 parse
    const order = orderOf(request)
    const labels = await labelRequest(gateway, snapshot, record, request.content) //         3 label
    refuseTask(principal, labels)
    const candidates = findCandidates(snapshot, principal, request.model)
    const asking = { principal, narrowing, worstCase: (model: Model) => worstCase(model, order, 1).whole }
    const { allowed, removed } = eligible(candidates, asking)
    const facts = circumstances(gateway.treasury, snapshot.policy, record, request.content)
    const permitted = permit(snapshot.policy, principal, labels, allowed, exchange.requestId, facts) // 4 permit
    const verdicts = unapprovedFirst(
      removed.length === 0 ? permitted : { ...permitted, removed: [...removed, ...permitted.removed] },
    )
    const decisionId = gateway.ids.next()
    const decision = decide({ decisionId, asked: request.model, candidates, labels, verdicts }) // 5 decide
    record.decision = decision
    record.circumstances = facts
    const planned = chosenModels(decision, principal, candidates, verdicts.permits)
    const asked = { verdicts, content: request.content }
    const chosen =
      verdicts.approvals === undefined ? planned : await approvedModels(gateway, record, asked, planned)
    record.deadlineMs = deadlineOf(chosen[0].model, exchange)
    record.spending = openSpending(gateway, record, order, chosen[0].model) //              6 reserve
    record.names?.chargeOwed()
    const delivery = { gateway, snapshot, request, record }
    const guarded = snapshot.guards.length === 0 ? request : await guardInput(delivery, chosen) // before 7: input guards
    await deliverFirst(gateway, operation, { ...delivery, request: guarded }, chosen) //    7 answer, 8 check, 9 render
    await exchange.reply.released()
  } catch (thrown) {
    await fail(gateway, operation, record, thrown)
  } finally {
    gateway.running.remove(principal, exchange)
    settle(gateway, snapshot, record) //                                                    10 settle
  }
}

type ReadRequest<Content> = {
  readonly request: ParsedRequest<Content>
  readonly narrowing: Narrowing | undefined
}

async function readRequest<Content extends RequestContent>(
  gateway: Gateway,
  operation: Operation<Content>,
  record: RequestRecord,
): Promise<ReadRequest<Content>> {
  const { exchange, principal } = record
  const { narrowing, body } = readNarrowing(exchange, await exchange.body())
  const request = operation.parse(body, past(gateway, principal))
  refuseMisspelt(request.content.extra)
  record.askedModel = request.model
  record.stream = request.stream
  return { request, narrowing }
}

/** What a caller had kept is theirs alone. */
export function past({ responses }: Gateway, principal: Principal): Past {
  return { owner: principal.kind === 'key' ? `key:${principal.id}` : 'anonymous', responses }
}

/** The model that the client named, and those that may answer in its place. */
function findCandidates(snapshot: Snapshot, principal: Principal, asked: string): readonly Model[] {
  const named = findModel(snapshot, asked, (name) => keyAllows(principal, name))
  const others = (named.fallbacks ?? []).flatMap(({ model }) => snapshot.models.get(model) ?? [])
  return [named, ...others]
}

/** The patience that the configuration grants the model that was asked for; its fallbacks share it. */
function deadlineOf({ binding }: Model, exchange: Exchange): number | null {
  const totalMs = runsHere(binding) ? undefined : binding.timeouts?.totalMs
  return totalMs === undefined ? null : exchange.arrivedMonotonicMs + totalMs
}

type Choice = Chosen & { readonly on: readonly FallbackReason[] }

/** The models of the plan in their order, each with its permit. */
function chosenModels(
  decision: Decision,
  principal: Principal,
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
  if (plan === null) throw nobodyLeft(decision)
  refusePlan(principal, plan.kind)
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
    const request = withinHold(delivery.request, record)
    await gateway.engines.use(chosen.model, (engine) =>
      operation.deliver({
        ...delivery,
        request,
        chosen,
        engine: gateway.duties.bind(engine, chosen.permit, record),
      }),
    )
  } catch (thrown) {
    const { reply, signal } = record.exchange
    const error = toMusivumError(thrown)
    const reason = fallbackReason(error)
    const next = otherwise.findIndex(({ on }) => reason !== undefined && on.includes(reason))
    const [first, ...rest] = next === -1 ? [] : otherwise.slice(next)
    if (first === undefined || reply.begun || signal.aborted || isLate(gateway, record)) throw thrown
    noteFailedModel(gateway, record, error)
    record.spending?.turnTo(first.model)
    await deliverFirst(gateway, operation, delivery, [first, ...rest])
  }
}

/** A failure as a reply. What was held back is given up when it cannot be kept, and that is told instead. */
async function fail(
  gateway: Gateway,
  operation: Pick<Operation, 'errors'>,
  record: RequestRecord,
  thrown: unknown,
): Promise<void> {
  const { exchange } = record
  record.error = failure(thrown, exchange)
  replyWithError(gateway, operation.errors, record, record.error)
  try {
    await exchange.reply.released()
  } catch (lost) {
    record.error = toMusivumError(lost)
    replyWithError(gateway, operation.errors, record, record.error)
  }
}

/** An abort may surface as any error of an engine; to the log it is what it was: stopped by us, or the client went away. */
function failure(thrown: unknown, exchange: Exchange): MusivumError {
  if (!exchange.signal.aborted) return toMusivumError(thrown)
  const words = 'The client went away before the answer was whole.'
  return stoppedBy(exchange) ?? new MusivumError('request.cancelled', words, {}, { cause: thrown })
}

/** Step 10, what must happen whatever went before: lines to the ledger, decision to the audit log, row to the request log and the live list. */
function settle(gateway: Gateway, snapshot: Snapshot, record: RequestRecord): void {
  settleMoney(gateway, record)
  if (record.decision !== null && record.names !== null)
    record.decision = { ...record.decision, names: record.names.told() }
  if (record.decision !== null) gateway.audit.append(record.decision)
  const row = toRow(record, gateway.clock, snapshot.version)
  gateway.store.appendRequest(row)
  gateway.live.publish(row)
  if (record.error?.code === 'internal') gateway.log(internalLine(record))
}

/** A mistake of ours here must not take the row and the answer with it. */
function settleMoney(gateway: Gateway, record: RequestRecord): void {
  try {
    closeBill(record)
    record.spending?.settle()
  } catch (thrown) {
    const { message } = thrown instanceof Error ? thrown : new Error(String(thrown))
    gateway.log(`request ${record.exchange.requestId} was not charged by a mistake of ours: ${message}`)
  }
}

function internalLine(record: RequestRecord): string {
  const cause = record.error?.cause
  const detail = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
  return `request ${record.exchange.requestId} failed by a mistake of ours: ${detail}`
}
