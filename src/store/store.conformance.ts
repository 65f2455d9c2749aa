import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { uuidV7Ids } from '../core/ids.ts'
import type { Ids } from '../core/ports.ts'
import type { RequestQuery, RequestRow, Rollup, RollupQuery, Store } from './store.ts'

/** What every store promises. `open` gives an empty one; `close` is called on it, and on nothing else. */
export function describeStore(name: string, open: () => Promise<Store>): void {
  describe(name, () => {
    let store: Store
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close())

    describe('the request log', () => logKeepsItsPromises(() => store))
    describe('its pages', () => pagesKeepTheirPromises(() => store))
    describe('its rollups', () => rollupsKeepTheirPromises(() => store))

    test('takes nothing after it is closed, and counts what it did not take', async () => {
      append(store, [row()])
      await store.close()
      expect(store.appendRequest(row())).toBe(false)
      expect(store.health()).toMatchObject({ queuedRows: 0, droppedRows: 1 })
    })
  })
}

function logKeepsItsPromises(the: () => Store): void {
  test('a row comes back as it went in', async () => {
    const full = row({
      decision,
      usage,
      errorCode: 'upstream.cut',
      errorMessage: 'cut — “mid” answer',
      status: 502,
    })
    append(the(), [full])
    expect(await the().findRequest(full.id)).toEqual(full)
  })

  test('buckets that few vendors have, and the words of the vendor, come back and are in the sums', async () => {
    const raw = { prompt_tokens: 165, prompt_tokens_details: { audio_tokens: 8 } }
    const heard = row({ usage: { ...usage, inputAudioTokens: 8, serviceTier: 'flex', raw } })
    append(the(), [heard])
    expect((await the().findRequest(heard.id))?.usage).toEqual(heard.usage)
    const [sums] = await the().rollups({ unit: 'day', fromMs: heard.atMs, toMs: heard.atMs + 1 })
    expect(sums?.inputTokens).toBe(157 + 8)
  })

  test('a row without an answer comes back with its nulls, not with zeros', async () => {
    const bare = row({
      model: null,
      plan: null,
      usage: null,
      firstByteMs: null,
      decision: null,
      facts: null,
      attempts: [],
    })
    append(the(), [bare])
    expect(await the().findRequest(bare.id)).toEqual(bare)
  })

  test('an id nobody wrote is not found', async () => {
    append(the(), [row()])
    expect(await the().findRequest(ids.next())).toBeUndefined()
  })

  test('a row that is appended twice is there once and counts once', async () => {
    const once = row()
    append(the(), [once, once])
    await the().flush()
    append(the(), [once])
    expect((await the().pageRequests({ limit: 10 })).rows).toEqual([once])
    const [sums] = await the().rollups(dayOf(once))
    expect(sums).toMatchObject({ requests: 1, durationMsSum: once.durationMs })
  })

  test('after a flush nothing is queued, nothing is lost and nothing is wrong', async () => {
    append(the(), [row(), row(), row()])
    await the().flush()
    expect(the().health()).toEqual({ queuedRows: 0, droppedRows: 0, problem: null })
  })

  test('the largest sum of money that is exact comes back exactly', async () => {
    const dear = row({ cost: { kind: 'metered', nanoUsd: Number.MAX_SAFE_INTEGER } })
    append(the(), [dear])
    expect((await the().findRequest(dear.id))?.cost.nanoUsd).toBe(Number.MAX_SAFE_INTEGER)
    expect((await the().rollups(dayOf(dear)))[0]?.costNanoUsd).toBe(Number.MAX_SAFE_INTEGER)
  })
}

function pagesKeepTheirPromises(the: () => Store): void {
  test('a page shows rows that were queued a moment ago, newest first', async () => {
    // A first question, so that whatever answers it is awake: one that starts slowly would find the rows written anyway.
    await the().pageRequests({ limit: 10 })
    const [first, second, third] = [row(), row(), row()]
    append(the(), [first, second, third])
    expect((await the().pageRequests({ limit: 10 })).rows).toEqual([third, second, first])
    const fourth = row()
    append(the(), [fourth])
    expect(await the().findRequest(fourth.id)).toEqual(fourth)
    append(the(), [row()])
    expect((await the().rollups(dayOf(fourth)))[0]?.requests).toBe(5)
  })

  test('rows are ordered by arrival, not by when they were written', async () => {
    const [slow, fast] = [row(), row()]
    append(the(), [fast])
    await the().flush()
    append(the(), [slow])
    expect((await the().pageRequests({ limit: 10 })).rows).toEqual([fast, slow])
  })

  test('following next shows each row once and ends with null', async () => {
    const rows = Array.from({ length: 25 }, () => row())
    append(the(), rows)
    const seen: RequestRow[] = []
    let page = await the().pageRequests({ limit: 10 })
    seen.push(...page.rows)
    while (page.next !== null) {
      page = await the().pageRequests({ limit: 10, before: page.next })
      seen.push(...page.rows)
    }
    expect(seen).toEqual(rows.toReversed())
  })

  test('a page that ends with the last row has no next', async () => {
    append(the(), [row(), row()])
    expect((await the().pageRequests({ limit: 2 })).next).toBeNull()
  })

  test('an empty log has one empty page', async () => {
    expect(await the().pageRequests({ limit: 10 })).toEqual({ rows: [], next: null })
  })

  test('every combination of filters finds what a person would by reading all rows', async () => {
    const rows = manyRows(120)
    append(the(), rows)
    await fc.assert(
      fc.asyncProperty(anyQuery(rows), async (query) => {
        const page = await the().pageRequests(query)
        const wanted = rows.filter((one) => matches(one, query)).toReversed()
        expect(page.rows.map(({ id }) => id)).toEqual(wanted.slice(0, query.limit).map(({ id }) => id))
        expect(page.next).toBe(wanted.length > query.limit ? (page.rows.at(-1)?.id ?? 'a row') : null)
      }),
      { numRuns: 150 },
    )
  })

  test('the start of an id may be written in capitals', async () => {
    const wanted = row()
    append(the(), [row(), wanted])
    const { rows } = await the().pageRequests({ limit: 10, idPrefix: wanted.id.toUpperCase() })
    expect(rows).toEqual([wanted])
  })

  test.for([0, 201, 1.5, Number.NaN])('a page of %d rows is refused', async (limit) => {
    await expect(the().pageRequests({ limit })).rejects.toMatchObject({ code: 'request.invalid' })
  })
}

function rollupsKeepTheirPromises(the: () => Store): void {
  test.for(['minute', 'hour', 'day'] as const)('sums by %s equal the sums of the rows', async (unit) => {
    const rows = manyRows(150)
    // In several batches, so that sums are added to sums that are there already.
    append(the(), rows.slice(0, 70))
    await the().flush()
    append(the(), rows.slice(70))
    const query = { unit, fromMs: rows[0]?.atMs ?? 0, toMs: (rows.at(-1)?.atMs ?? 0) + 1 }
    expectRollups(await the().rollups(query), addedUp(rows, unit))
  })

  test('the unit that the beginning falls into is included, the one that begins at the end is not', async () => {
    append(the(), [row({ atMs: HOUR + 10 }), row({ atMs: 2 * HOUR })])
    const sums = await the().rollups({ unit: 'hour', fromMs: HOUR + 20, toMs: 2 * HOUR })
    expect(sums.map(({ startMs }) => startMs)).toEqual([HOUR])
  })

  test('a cost that nobody knows is counted as unknown and not as zero dollars', async () => {
    const unpriced = row({ cost: { kind: 'unpriced', nanoUsd: null } })
    append(the(), [unpriced])
    expect((await the().rollups(dayOf(unpriced)))[0]).toMatchObject({ unpricedRequests: 1, costNanoUsd: 0 })
  })

  test('a question about too many units is refused', async () => {
    const asked = the().rollups({ unit: 'minute', fromMs: 0, toMs: 365 * 24 * HOUR })
    await expect(asked).rejects.toMatchObject({ code: 'request.invalid' })
  })
}

// ---- rows

const HOUR = 3_600_000
const STARTED_MS = Date.UTC(2026, 10, 22, 23, 58)

const usage = {
  inputTokens: 120,
  cacheReadTokens: 30,
  cacheWriteTokens: 7,
  outputTokens: 45,
  reasoningTokens: 5,
  source: 'estimated',
} as const

const decision: RequestRow['decision'] = {
  id: '0199a000-0000-7000-8000-000000000001',
  asked: 'mock',
  candidates: ['mock', 'other'],
  removed: [{ model: 'other', rule: 'patients.yaml:12', reason: 'not in the EU' }],
  policy: 'policy open 7e328a0c38d2 is in force, because none is configured',
  labels: { examined: false },
  plan: { kind: 'single', model: 'mock' },
  because: 'The client asked for mock by name — “and policy open is in force”.',
}

const facts: RequestRow['facts'] = {
  request: { operation: 'chat', kinds: ['contact'], sensitivity: 2, names_covered: false, tokens: 150 },
  principal: { kind: 'key', key: 'mv-0000000001', role: 'member', clearances: ['phi', 'रोज़'] },
}

let nowMs = STARTED_MS
let made = 0
export const ids: Ids = uuidV7Ids(
  { now: () => nowMs, monotonic: () => nowMs },
  { bytes: (length) => new Uint8Array(length).map((_, index) => (made * 131 + index * 17) % 256) },
)

/** A plain good answer that arrives 7 ms after the row made before it. */
export function row(different: Partial<RequestRow> = {}): RequestRow {
  made += 1
  nowMs += 7
  return {
    id: ids.next(),
    atMs: nowMs,
    key: null,
    team: null,
    project: null,
    operation: 'chat',
    stream: true,
    askedModel: 'mock',
    model: 'mock',
    plan: 'single',
    status: 200,
    errorCode: null,
    errorMessage: null,
    usage,
    cost: { kind: 'metered', nanoUsd: 1_234_567 },
    durationMs: 12.345678,
    firstByteMs: 3.25,
    overheadMs: 0.125,
    toy: false,
    configVersion: 'c1',
    decision,
    facts,
    attempts: [{ model: 'mock', startedMs: 0.5, durationMs: 11.5, outcome: 'answered', errorCode: null }],
    ...different,
  }
}

/** Three models and none, six statuses, over some hours and past midnight. */
function manyRows(count: number): readonly RequestRow[] {
  const models = ['mock', 'starter-l', 'रोज़', null]
  const statuses = [200, 200, 200, 429, 502, 200, 499]
  const payers = [
    { key: null, team: null },
    { key: 'mv-0000000001', team: 'blue' },
    { key: 'mv-0000000002', team: 'blue' },
    { key: 'mv-0000000003', team: null },
  ]
  return Array.from({ length: count }, (_, index) => {
    nowMs += 61_000
    return row({
      model: models[index % models.length] ?? null,
      ...payers[(index >> 2) % payers.length],
      status: statuses[index % statuses.length] ?? 200,
      firstByteMs: index % 5 === 0 ? null : index / 4,
      cost:
        index % 3 === 0 ? { kind: 'unpriced', nanoUsd: null } : { kind: 'metered', nanoUsd: index * 1_000 },
      usage: index % 4 === 0 ? null : usage,
    })
  })
}

function append(store: Store, rows: readonly RequestRow[]): void {
  for (const one of rows) expect(store.appendRequest(one)).toBe(true)
}

// ---- the same questions, answered by reading all rows

function anyQuery(rows: readonly RequestRow[]): fc.Arbitrary<RequestQuery> {
  const anyId = fc.constantFrom(...rows.map(({ id }) => id), 'ffff', '')
  const optional = { requiredKeys: ['limit'] } as { requiredKeys: ['limit'] }
  return fc.record(
    {
      limit: fc.integer({ min: 1, max: 200 }),
      model: fc.constantFrom('mock', 'starter-l', 'रोज़', 'unknown'),
      key: fc.constantFrom('mv-0000000001', 'mv-0000000003', 'mv-9999999999'),
      team: fc.constantFrom('blue', 'red'),
      status: fc.constantFrom<number | 'ok' | 'error'>('ok', 'error', 200, 204, 429, 502, 503),
      idPrefix: fc.tuple(anyId, fc.integer({ min: 0, max: 36 })).map(([id, length]) => id.slice(0, length)),
      before: anyId,
    },
    optional,
  )
}

function matches(one: RequestRow, query: RequestQuery): boolean {
  const { model, key, team, status, idPrefix = '', before } = query
  const statusMatches =
    status === undefined ||
    (status === 'ok' ? one.status < 400 : status === 'error' ? one.status >= 400 : one.status === status)
  return (
    statusMatches &&
    (model === undefined || one.model === model) &&
    (key === undefined || one.key === key) &&
    (team === undefined || one.team === team) &&
    one.id.startsWith(idPrefix) &&
    (before === undefined || one.id < before)
  )
}

const unitLengths = { minute: 60_000, hour: HOUR, day: 24 * HOUR }

function addedUp(rows: readonly RequestRow[], unit: RollupQuery['unit']): readonly Rollup[] {
  const startOf = (one: RequestRow): number => one.atMs - (one.atMs % unitLengths[unit])
  const groups = Map.groupBy(rows, (one) => `${startOf(one)}|${one.model ?? ''}`)
  const sum = (group: readonly RequestRow[], value: (one: RequestRow) => number): number =>
    group.reduce((total, one) => total + value(one), 0)
  return [...groups.values()].map((group) => ({
    startMs: group[0] === undefined ? 0 : startOf(group[0]),
    model: group[0]?.model ?? '',
    requests: group.length,
    errors: group.filter(({ status }) => status >= 400).length,
    inputTokens: sum(group, (one) => (one.usage === null ? 0 : 157)),
    outputTokens: sum(group, (one) => (one.usage === null ? 0 : 50)),
    costNanoUsd: sum(group, (one) => one.cost.nanoUsd ?? 0),
    unpricedRequests: group.filter(({ cost }) => cost.kind === 'unpriced').length,
    durationMsSum: sum(group, (one) => one.durationMs),
    overheadMsSum: sum(group, (one) => one.overheadMs),
    firstByteMsSum: sum(group, (one) => one.firstByteMs ?? 0),
    firstByteCount: group.filter(({ firstByteMs }) => firstByteMs !== null).length,
  }))
}

/** Equal but for the order within one start, and for the last digits of sums of fractions. */
function expectRollups(actual: readonly Rollup[], expected: readonly Rollup[]): void {
  const order = (sums: readonly Rollup[]): Rollup[] =>
    sums.toSorted((a, b) => a.startMs - b.startMs || a.model.localeCompare(b.model))
  expect(actual.map(({ startMs }) => startMs)).toEqual(order(expected).map(({ startMs }) => startMs))
  order(actual).forEach((sums, index) => {
    const wanted = order(expected)[index]
    expect(sums).toEqual({ ...wanted, durationMsSum: sums.durationMsSum })
    expect(sums.durationMsSum).toBeCloseTo(wanted?.durationMsSum ?? Number.NaN, 6)
  })
}

function dayOf(one: RequestRow): RollupQuery {
  return { unit: 'day', fromMs: one.atMs, toMs: one.atMs + 1 }
}
