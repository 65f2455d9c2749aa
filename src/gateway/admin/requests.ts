import { z } from 'zod'
import { MusivumError } from '../../core/errors.ts'
import { isUuidV7 } from '../../core/ids.ts'
import type { Clock } from '../../core/ports.ts'
import type { Ledger } from '../../store/ledger/ledger.ts'
import type { RollupQuery, Store } from '../../store/store.ts'
import type { RequestCost } from './contract.ts'
import { endpoint, type Endpoint } from './endpoint.ts'
import { decision } from './decision-schema.ts'
import { named } from './named-schemas.ts'
import { count, nanoUsd, text, timeMs, wholeNumber } from './schemas.ts'

export type RequestParts = {
  readonly store: Pick<Store, 'pageRequests' | 'findRequest' | 'rollups'>
  readonly ledger: Pick<Ledger, 'linesOf' | 'settlementsOf'>
  readonly clock: Pick<Clock, 'now'>
}

/** The request log, and its sums by time. */
export function requestEndpoints({ store, ledger, clock }: RequestParts): readonly Endpoint[] {
  return [
    endpoint({
      method: 'GET',
      path: '/api/requests',
      access: 'auditor',
      name: 'listRequests',
      about: 'Requests, newest first, a page at a time; `next` is the `before` of the next page.',
      query: requestQuery,
      answer: { about: 'One page.', schema: requestPage },
      run: ({ query: { id, status, limit = DEFAULT_PAGE_ROWS, ...query } }) =>
        store.pageRequests({
          ...query,
          limit,
          ...(id === undefined ? {} : { idPrefix: id }),
          ...(status === undefined || status === 'all' ? {} : { status }),
        }),
    }),
    endpoint({
      method: 'GET',
      path: '/api/requests/{id}',
      access: 'auditor',
      name: 'getRequest',
      about: 'One request with its decision and attempts.',
      answer: { about: 'The request.', schema: request },
      run: ({ id }) => findRequest(store, id),
    }),
    endpoint({
      method: 'GET',
      path: '/api/requests/{id}/cost',
      access: 'auditor',
      name: 'getRequestCost',
      about:
        'What a request did cost, bucket by bucket of each call that it caused, and what was held for it.',
      answer: { about: 'The lines of the ledger.', schema: requestCost },
      run: ({ id }) => costOf(ledger, id),
    }),
    endpoint({
      method: 'GET',
      path: '/api/rollups',
      access: 'auditor',
      name: 'getRollups',
      about: 'Requests, tokens, cost and times by minute, hour or day and model, oldest first.',
      query: rollupQuery,
      answer: { about: 'The sums.', schema: rollupList },
      run: async ({ query }) => ({ rollups: await store.rollups(rollupRange(query, clock.now())) }),
    }),
  ]
}

async function findRequest(store: RequestParts['store'], id: string): Promise<unknown> {
  checkId(id)
  const row = await store.findRequest(id)
  if (row === undefined)
    throw new MusivumError('request.not_found', 'The log has no request with this id (any more).')
  return row
}

async function costOf(ledger: RequestParts['ledger'], id: string): Promise<RequestCost> {
  checkId(id)
  const [lines, settlements] = await Promise.all([ledger.linesOf(id), ledger.settlementsOf(id)])
  return { lines, settlements }
}

function checkId(id: string): void {
  if (!isUuidV7(id)) throw new MusivumError('request.invalid', 'id: expected the UUID of a request')
}

const UNIT_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const
// A chart has a few hundred points; a month of minutes would be 43,200 rows per model.
const MAX_ROLLUP_UNITS = 1_500

function rollupRange(query: z.output<typeof rollupQuery>, nowMs: number): RollupQuery {
  const { unit = 'minute', to: toMs = nowMs } = query
  const fromMs = query.from ?? toMs - 60 * UNIT_MS[unit]
  if (toMs < fromMs) throw wrongFrom('a time before `to`')
  if ((toMs - fromMs) / UNIT_MS[unit] > MAX_ROLLUP_UNITS)
    throw wrongFrom(`at most ${MAX_ROLLUP_UNITS} ${unit}s before \`to\``)
  return { unit, fromMs, toMs }
}

function wrongFrom(expected: string): MusivumError {
  return new MusivumError('request.invalid', `from: expected ${expected}`, { param: 'from' })
}

const DEFAULT_PAGE_ROWS = 50
const MAX_PAGE_ROWS = 200

const STATUS = '"ok", "error", "all" or a status from 100 to 599'

const requestQuery = z.strictObject({
  model: z.string().exactOptional(),
  key: z.string().meta({ description: 'Only requests of this key, by its id.' }).exactOptional(),
  team: z.string().meta({ description: 'Only requests of this team.' }).exactOptional(),
  status: z
    .union([z.enum(['ok', 'error', 'all']), z.coerce.number().int().min(100).max(599)], { error: STATUS })
    .meta({ description: '`ok` is below 400, `error` from 400.' })
    .exactOptional(),
  id: text(/^[0-9a-f-]{0,36}$/, 'the start of a request id').exactOptional(),
  before: z
    .string()
    .refine(isUuidV7, { error: 'the id of a request' })
    .meta({ description: 'The `next` of the page before.' })
    .exactOptional(),
  limit: wholeNumber(1, MAX_PAGE_ROWS)
    .meta({ description: `${DEFAULT_PAGE_ROWS} unless given.` })
    .exactOptional(),
})

const rollupQuery = z.strictObject({
  unit: z
    .enum(['minute', 'hour', 'day'], { error: '"minute", "hour" or "day"' })
    .meta({ description: '`minute` unless given.' })
    .exactOptional(),
  from: wholeNumber(0, Number.MAX_SAFE_INTEGER)
    .meta({ description: 'Milliseconds since the Unix epoch; 60 units before `to` unless given.' })
    .exactOptional(),
  to: wholeNumber(0, Number.MAX_SAFE_INTEGER)
    .meta({ description: 'Milliseconds since the Unix epoch; now unless given.' })
    .exactOptional(),
})

const request = named(
  'Request',
  z.object({
    id: z.string().meta({ description: 'UUIDv7; its time is the arrival.' }),
    atMs: timeMs,
    key: z.string().nullable().meta({ description: 'The id of the key that asked; null without one.' }),
    team: z.string().nullable(),
    project: z.string().nullable(),
    operation: z.string(),
    stream: z.boolean(),
    askedModel: z.string(),
    model: z.string().nullable().meta({ description: 'Null when no model was chosen.' }),
    plan: z.string().nullable(),
    status: z.number().int(),
    errorCode: z.string().nullable(),
    errorMessage: z.string().nullable(),
    usage: z
      .record(z.string(), z.unknown())
      .nullable()
      .meta({ description: 'Tokens in disjoint buckets, and where the counts are from.' }),
    cost: z.object({
      kind: z.enum(['metered', 'owned', 'unpriced', 'none']),
      nanoUsd: nanoUsd.nullable().meta({ description: 'Only for metered models.' }),
    }),
    durationMs: z.number(),
    firstByteMs: z.number().nullable(),
    overheadMs: z.number().meta({ description: 'The part of the duration that was not the model.' }),
    toy: z.boolean(),
    configVersion: z.string(),
    decision: decision
      .nullable()
      .meta({ description: 'Which plan answered and why: what the decision card shows.' }),
    facts: z
      .object({ request: z.record(z.string(), z.unknown()), principal: z.record(z.string(), z.unknown()) })
      .nullable()
      .meta({
        description: 'What rules could read of the request and its caller, by the names of docs/policy.md.',
      }),
    attempts: z.array(z.record(z.string(), z.unknown())),
  }),
)

const requestCost = named(
  'RequestCost',
  z.object({
    lines: z.array(
      z.object({
        requestId: z.string(),
        atMs: timeMs,
        model: z.string(),
        seller: z.string().nullable(),
        purpose: z.string().meta({
          description:
            'What the call was for: failed attempts, judges and shadows are paid by whoever caused them.',
        }),
        bucket: z.string(),
        tokens: count,
        priceRow: z
          .string()
          .nullable()
          .meta({ description: 'The row of the price book; null when unpriced.' }),
        nanoUsd,
        status: z.enum(['priced', 'owned', 'unpriced', 'disputed', 'stale']),
        source: z.enum(['counted', 'estimated']),
      }),
    ),
    settlements: z.array(
      z.object({
        hold: z.string(),
        requestId: z.string(),
        bookedMs: timeMs,
        held: nanoUsd,
        nanoUsd,
        outcome: z
          .enum(['settled', 'expired', 'late'])
          .meta({ description: '`expired`: nobody said what it did cost; `late`: said after that.' }),
      }),
    ),
  }),
)

const requestPage = named('RequestPage', z.object({ rows: z.array(request), next: z.string().nullable() }))

const rollup = named(
  'Rollup',
  z.object({
    startMs: timeMs,
    model: z.string().meta({ description: "'' for requests that no model took." }),
    requests: count,
    errors: count,
    inputTokens: count,
    outputTokens: count,
    costNanoUsd: nanoUsd,
    unpricedRequests: count,
    durationMsSum: z.number(),
    overheadMsSum: z.number(),
    firstByteMsSum: z.number(),
    firstByteCount: count,
  }),
)

const rollupList = named('RollupList', z.object({ rollups: z.array(rollup) }))
