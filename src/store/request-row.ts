import type { SQLOutputValue } from 'node:sqlite'
import { totalInputTokens, totalOutputTokens, type Usage } from '../core/usage.ts'
import type { AskedFacts } from '../policy/facts/asked-facts.ts'
import type { Attempt, RequestRow } from './store.ts'
import type { Sample } from './tally.ts'

/** The columns of table `request`, in the order in which a row travels to the writer and is bound to its statement. */
export const columns = [
  'id',
  'at_ms',
  'operation',
  'stream',
  'asked_model',
  'model',
  'plan',
  'status',
  'error_code',
  'error_message',
  'input_tokens',
  'cache_read_tokens',
  'cache_write_tokens',
  'output_tokens',
  'reasoning_tokens',
  'usage_source',
  'cost_kind',
  'cost_nano_usd',
  'duration_ms',
  'first_byte_ms',
  'overhead_ms',
  'toy',
  'config_version',
  'decision',
  'attempts',
  'usage_more',
  'key',
  'team',
  'project',
  'facts',
] as const

/** One row as a flat list: cloned to another thread at half the price of the nested object, and bound as it is. */
export type RowValues = (string | number | null)[]

export function toValues(row: RequestRow): RowValues {
  const { usage } = row
  return [
    row.id,
    row.atMs,
    row.operation,
    row.stream ? 1 : 0,
    row.askedModel,
    row.model ?? NO_MODEL,
    row.plan,
    row.status,
    row.errorCode,
    row.errorMessage,
    usage === null ? null : usage.inputTokens,
    usage === null ? null : usage.cacheReadTokens,
    usage === null ? null : usage.cacheWriteTokens,
    usage === null ? null : usage.outputTokens,
    usage === null ? null : usage.reasoningTokens,
    usage === null ? null : usage.source,
    row.cost.kind,
    row.cost.nanoUsd,
    row.durationMs,
    row.firstByteMs,
    row.overheadMs,
    row.toy ? 1 : 0,
    row.configVersion,
    row.decision === null ? null : JSON.stringify(row.decision),
    JSON.stringify(row.attempts),
    usage === null ? null : moreOf(usage),
    row.key,
    row.team,
    row.project,
    row.facts === null ? null : factsText(row.facts),
  ]
}

/** A key may have 200 clearances of 200 characters; what does not fit is not kept at all, because half of it would be judged wrongly. */
function factsText(facts: AskedFacts): string | null {
  const text = JSON.stringify(facts)
  return text.length > MAX_FACTS_CHARS ? null : text
}

// About 250 for a plain request, 2,000 where every entity there is was found.
const MAX_FACTS_CHARS = 8_192

/**
 * What a usage holds beyond its columns, as JSON: buckets that few vendors have, and the vendor's own object. That is a
 * stranger's: a page of it is kept, and nothing of a longer one.
 */
function moreOf(usage: Usage): string | null {
  const text = JSON.stringify({ ...usage, ...IN_COLUMNS })
  if (text.length > MAX_MORE_CHARS) return JSON.stringify({ ...usage, ...IN_COLUMNS, raw: undefined })
  return text === '{}' ? null : text
}

/** What is undefined is not written. */
const IN_COLUMNS = {
  inputTokens: undefined,
  cacheReadTokens: undefined,
  cacheWriteTokens: undefined,
  outputTokens: undefined,
  reasoningTokens: undefined,
  source: undefined,
}

const MAX_MORE_CHARS = 4_096

// The model is part of an index and of the key of a rollup, where '' compares like any name and NULL does not.
const NO_MODEL = ''

/** A record read from table `request`. The table is STRICT, so each cast below is a type the column can only have. */
export function fromRecord(record: Record<string, SQLOutputValue>): RequestRow {
  return {
    id: record['id'] as string,
    atMs: record['at_ms'] as number,
    key: record['key'] as string | null,
    team: record['team'] as string | null,
    project: record['project'] as string | null,
    operation: record['operation'] as RequestRow['operation'],
    stream: record['stream'] === 1,
    askedModel: record['asked_model'] as string,
    model: record['model'] === NO_MODEL ? null : (record['model'] as string),
    plan: record['plan'] as string | null,
    status: record['status'] as number,
    errorCode: record['error_code'] as string | null,
    errorMessage: record['error_message'] as string | null,
    usage: record['usage_source'] === null ? null : usageFromRecord(record),
    cost: {
      kind: record['cost_kind'] as RequestRow['cost']['kind'],
      nanoUsd: record['cost_nano_usd'] as number | null,
    },
    durationMs: record['duration_ms'] as number,
    firstByteMs: record['first_byte_ms'] as number | null,
    overheadMs: record['overhead_ms'] as number,
    toy: record['toy'] === 1,
    configVersion: record['config_version'] as string,
    decision:
      record['decision'] === null
        ? null
        : (JSON.parse(record['decision'] as string) as RequestRow['decision']),
    facts: record['facts'] === null ? null : (JSON.parse(record['facts'] as string) as AskedFacts),
    attempts: JSON.parse(record['attempts'] as string) as Attempt[],
  }
}

function usageFromRecord(record: Record<string, SQLOutputValue>): Usage {
  return {
    inputTokens: record['input_tokens'] as number,
    cacheReadTokens: record['cache_read_tokens'] as number,
    cacheWriteTokens: record['cache_write_tokens'] as number,
    outputTokens: record['output_tokens'] as number,
    reasoningTokens: record['reasoning_tokens'] as number,
    ...(record['usage_more'] !== null && (JSON.parse(record['usage_more'] as string) as Partial<Usage>)),
    source: record['usage_source'] as Usage['source'],
  }
}

/** What a row in its flat form adds to the rollups. */
export function sampleOfValues(values: RowValues): Sample {
  const number = (position: number): number => (values[position] as number | null) ?? 0
  return {
    atMs: number(AT.at_ms),
    model: values[AT.model] as string,
    failed: number(AT.status) >= 400,
    ...tokensOf(values),
    costNanoUsd: number(AT.cost_nano_usd),
    unpriced: values[AT.cost_kind] === 'unpriced',
    durationMs: number(AT.duration_ms),
    overheadMs: number(AT.overhead_ms),
    firstByteMs: values[AT.first_byte_ms] as number | null,
  }
}

/** All that was read and written, with the buckets that have no column. */
function tokensOf(values: RowValues): Pick<Sample, 'inputTokens' | 'outputTokens'> {
  const number = (position: number): number => (values[position] as number | null) ?? 0
  const more = values[AT.usage_more] as string | null
  const usage: Usage = {
    inputTokens: number(AT.input_tokens),
    cacheReadTokens: number(AT.cache_read_tokens),
    cacheWriteTokens: number(AT.cache_write_tokens),
    outputTokens: number(AT.output_tokens),
    reasoningTokens: number(AT.reasoning_tokens),
    ...(more !== null && (JSON.parse(more) as Partial<Usage>)),
    source: 'counted',
  }
  return { inputTokens: totalInputTokens(usage), outputTokens: totalOutputTokens(usage) }
}

const AT = Object.fromEntries(columns.map((column, position) => [column, position])) as Record<
  (typeof columns)[number],
  number
>
