import type { Model } from '../catalog/model.ts'
import type { Conversation, EmbeddingRequest } from '../core/conversation.ts'
import { MusivumError, toMusivumError } from '../core/errors.ts'
import { anonymous, type Principal } from '../core/principal.ts'
import { permit, type Permit } from '../policy/permit.ts'
import { label } from '../privacy/label.ts'
import { decide, type Decision } from '../routing/decide.ts'
import { replyWithError } from './reply-with-error.ts'
import type { Exchange } from './exchange.ts'
import { findModel } from './find-model.ts'
import type { Gateway, Snapshot } from './gateway-parts.ts'
import type { Chosen, Operation } from './operation.ts'
import { costOfRecord, openRecord, toRow, type RequestRecord } from './request-record.ts'

/**
 * The way of a request, step by step as ARCHITECTURE.md lists it. Nothing reaches an engine except through step 4:
 * what runs in step 7 takes the permit made there. Never rejects: a failure is a reply and a row like any other.
 */
export async function answer<Content extends Conversation | EmbeddingRequest>(
  gateway: Gateway,
  operation: Operation<Content>,
  exchange: Exchange,
): Promise<void> {
  const snapshot = gateway.snapshot()
  const record = openRecord(exchange, operation.kind)
  try {
    const principal = authenticate(exchange) //                                             1 authenticate
    const request = operation.parse(await exchange.body()) //                               2 parse
    record.askedModel = request.model
    record.stream = request.stream
    const labels = label(request.content) //                                                3 label
    const candidates = findCandidates(snapshot, request.model)
    const verdicts = permit(snapshot.policy, principal, labels, candidates, exchange.requestId) // 4 permit
    const decisionId = gateway.ids.next()
    const decision = decide({ decisionId, asked: request.model, candidates, labels, verdicts }) // 5 decide
    record.decision = decision
    const chosen = chosenModel(decision, candidates, verdicts.permits)
    record.model = chosen.model
    const reservation = gateway.ledger.reserve(principal) //                                6 reserve
    try {
      await gateway.engines.use(
        chosen.model,
        (engine) =>
          //                                7 answer
          operation.deliver({ gateway, snapshot, request, chosen, engine, record }), //       8 check, 9 render
      )
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

/** Every model that could answer under the name the client used. */
function findCandidates(snapshot: Snapshot, asked: string): readonly Model[] {
  return [findModel(snapshot, asked)]
}

function chosenModel(
  decision: Decision,
  candidates: readonly Model[],
  permits: ReadonlyMap<string, Permit>,
): Chosen {
  const name = decision.plan?.model
  const model = candidates.find((candidate) => candidate.name === name)
  const permitted = name === undefined ? undefined : permits.get(name)
  if (model === undefined || permitted === undefined) {
    const rules = decision.removed.map((removed) => removed.rule)
    throw new MusivumError('policy.forbidden', decision.because, { rules })
  }
  return { model, permit: permitted }
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
