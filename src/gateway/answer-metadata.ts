import type { JsonObject } from '../core/json.ts'
import type { RequestRecord } from './request-record.ts'

export const TOY_NOTICE =
  'Toy model: a few million parameters, trained on seven narrow tasks to show the machinery. Do not rely on its answers.'

/** The `musivum` member of the answers we render: who answered and why it can be traced; and for a toy, that it is one. */
export function answerMetadata(record: RequestRecord): JsonObject {
  const { model, decision, exchange } = record
  return {
    request_id: exchange.requestId,
    decision_id: decision?.id ?? null,
    model: model?.name ?? null,
    plan: decision?.plan?.kind ?? null,
    ...(model?.toy === true ? { toy: true, notice: TOY_NOTICE } : {}),
  }
}
