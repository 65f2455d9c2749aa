import { uuidV7Ids } from '../../src/core/ids.ts'
import type { RequestRow } from '../../src/gateway/admin/contract.ts'
import { LEGAL_ID } from './sample-accounts.ts'

type Sample = {
  readonly asked: string
  readonly model: string | null
  readonly status: number
  readonly errorCode: string | null
  readonly errorMessage: string | null
  readonly cost: 'metered' | 'owned' | 'unpriced' | 'none'
  readonly toy: boolean
  readonly outcome: 'answered' | 'failed' | 'cancelled' | null
  readonly estimated?: boolean
  readonly removed?: boolean
  readonly operation?: 'embeddings'
}

const ok = { status: 200, errorCode: null, errorMessage: null, toy: false, outcome: 'answered' } as const

const ordinary: readonly Sample[] = [
  { ...ok, asked: 'starter-l', model: 'starter-l', cost: 'owned', toy: true },
  { ...ok, asked: 'gpt-4.1-mini', model: 'gpt-4.1-mini', cost: 'metered' },
  { ...ok, asked: 'starter-l', model: 'starter-l', cost: 'owned', toy: true },
  { ...ok, asked: 'starter-s1', model: 'starter-s1', cost: 'owned', toy: true },
  { ...ok, asked: 'qwen3-8b', model: 'qwen3-8b', cost: 'unpriced' },
]

/** Every kind of row the console must be able to show, the ordinary ones more often. */
const SAMPLES: readonly Sample[] = [
  ...ordinary,
  ...ordinary,
  ...ordinary,
  ...ordinary,
  { ...ok, asked: 'starter-l', model: 'starter-l', cost: 'owned', toy: true },
  { ...ok, asked: 'gpt-4.1-mini', model: 'gpt-4.1-mini', cost: 'metered' },
  { ...ok, asked: 'starter-s1', model: 'starter-s1', cost: 'owned', toy: true },
  { ...ok, asked: 'qwen3-8b', model: 'qwen3-8b', cost: 'unpriced' },
  {
    ...ok,
    asked: 'gpt-4.1-mini',
    model: 'gpt-4.1-mini',
    cost: 'metered',
    estimated: true,
    status: 499,
    errorCode: 'request.cancelled',
    errorMessage: 'The client went away before the answer was whole.',
    outcome: 'cancelled',
  },
  { ...ok, asked: 'starter-l', model: 'starter-l', cost: 'owned', toy: true },
  {
    ...ok,
    asked: 'starter-xl',
    model: null,
    cost: 'none',
    status: 404,
    errorCode: 'model.not_found',
    errorMessage:
      'No model is called "starter-xl". Nearest: starter-l, starter-s1. GET /v1/models lists them all.',
    outcome: null,
  },
  { ...ok, asked: 'gpt-4.1-mini', model: 'gpt-4.1-mini', cost: 'metered' },
  { ...ok, asked: 'nomic-embed', model: 'nomic-embed', cost: 'unpriced', operation: 'embeddings' },
  {
    ...ok,
    asked: 'qwen3-8b',
    model: 'qwen3-8b',
    cost: 'unpriced',
    status: 502,
    errorCode: 'upstream.unreachable',
    errorMessage:
      'The server of qwen3-8b at 127.0.0.1:11434 refused the connection. Start it, or ask for another model.',
    outcome: 'failed',
  },
  {
    ...ok,
    asked: 'starter-l',
    model: 'starter-l',
    cost: 'owned',
    toy: true,
    status: 429,
    errorCode: 'engine.busy',
    errorMessage: 'All 4 slots of starter-l are taken and 16 requests wait. Try again in 1 s.',
    outcome: 'failed',
  },
  {
    ...ok,
    asked: 'patients-summary-with-a-very-long-model-name-v2-2026-11',
    model: null,
    cost: 'none',
    status: 403,
    errorCode: 'policy.forbidden',
    errorMessage: 'A policy rule removed every model that was allowed to answer.',
    outcome: null,
    removed: true,
  },
]

/** `count` rows ending at `endMs`, newest first; the same arguments give the same rows. */
export function sampleRows(count: number, endMs: number, spacingMs = 23_000): RequestRow[] {
  const random = seeded(7)
  let atMs = endMs - count * spacingMs
  const ids = uuidV7Ids(
    { now: () => Math.floor(atMs), monotonic: () => atMs },
    { bytes: (length) => Uint8Array.from({ length }, () => Math.floor(random() * 256)) },
  )
  const rows: RequestRow[] = []
  for (let index = 0; index < count; index += 1) {
    atMs += spacingMs * (0.2 + 1.6 * random())
    const sample = SAMPLES[index % SAMPLES.length]
    if (sample !== undefined) rows.push(rowOf(sample, ids.next(), ids.next(), Math.floor(atMs), random))
  }
  return rows.reverse()
}

function rowOf(
  sample: Sample,
  id: string,
  decisionId: string,
  atMs: number,
  random: () => number,
): RequestRow {
  const failed = sample.outcome === null || sample.status >= 400
  const firstByteMs = failed && sample.estimated !== true ? null : 40 + 600 * random() ** 3
  const overheadMs = 0.18 + 0.4 * random()
  const waitedMs = sample.outcome === null ? 0 : 3 * random()
  const durationMs = firstByteMs === null ? overheadMs + waitedMs : firstByteMs + 100 + 4000 * random() ** 2
  const inputTokens = 12 + Math.floor(3000 * random() ** 3)
  const outputTokens = 5 + Math.floor(600 * random() ** 2)
  return {
    id,
    atMs,
    ...askerOf(sample),
    operation: sample.operation ?? 'chat',
    stream: sample.operation === undefined && random() > 0.3,
    askedModel: sample.asked,
    model: sample.model,
    plan: sample.model === null ? null : 'single',
    status: sample.status,
    errorCode: sample.errorCode,
    errorMessage: sample.errorMessage,
    usage:
      firstByteMs === null
        ? null
        : {
            inputTokens,
            cacheReadTokens: sample.cost === 'metered' ? 1024 : 0,
            cacheWriteTokens: 0,
            outputTokens,
            reasoningTokens: 0,
            source: sample.estimated === true ? 'estimated' : 'counted',
          },
    cost: {
      kind: sample.cost,
      nanoUsd: sample.cost === 'metered' ? inputTokens * 400 + outputTokens * 1600 : null,
    },
    durationMs,
    firstByteMs,
    overheadMs,
    toy: sample.toy,
    configVersion: '9f2c4be01a77d3c0',
    decision: decisionOf(sample, decisionId),
    facts: null,
    attempts:
      sample.outcome === null || sample.model === null
        ? []
        : [
            {
              model: sample.model,
              startedMs: overheadMs,
              durationMs: durationMs - overheadMs,
              outcome: sample.outcome,
              errorCode: sample.outcome === 'failed' ? sample.errorCode : null,
            },
          ],
  }
}

/** Priced models are asked with a key of a team, the others without one. */
function askerOf(sample: Sample): Pick<RequestRow, 'key' | 'team' | 'project'> {
  if (sample.cost !== 'metered') return { key: null, team: null, project: null }
  return { key: LEGAL_ID, team: 'legal', project: 'contract-search' }
}

function decisionOf(sample: Sample, id: string): RequestRow['decision'] {
  if (sample.removed === true) return removedDecision(sample, id)
  if (sample.model === null) return null
  return sample.cost === 'metered'
    ? ruledDecision(sample.model, id)
    : plainDecision(sample.asked, sample.model, id)
}

type SampleDecision = NonNullable<RequestRow['decision']>

function plainDecision(asked: string, model: string, id: string): SampleDecision {
  return {
    id,
    asked,
    candidates: [model],
    removed: [],
    policy: 'policy open 7e328a0c38d2 is in force, because none is configured',
    labels: { examined: false },
    plan: { kind: 'single', model },
    because: `The client asked for ${asked} by name, and policy open 7e328a0c38d2 is in force, because none is configured.`,
  }
}

function removedDecision({ asked }: Sample, id: string): SampleDecision {
  return {
    id,
    asked,
    candidates: ['gpt-4.1-mini'],
    removed: [
      {
        model: 'gpt-4.1-mini',
        rule: 'patients-stay',
        reason: 'records of patients stay in the hospital, and this model runs elsewhere',
        at: 'policies/hospital-of-the-southern-district/patients.yaml:12',
      },
    ],
    policy: 'policy patients.yaml 4be64c3f is in force',
    labels: {
      examined: true,
      kinds: ['health', 'person'],
      entities: ['MEDICAL_RECORD_NUMBER', 'PERSON'],
      counts: { MEDICAL_RECORD_NUMBER: 1, PERSON: 3 },
      sensitivity: 4,
      names: 'covered',
      language: 'de',
    },
    plan: null,
    names: { model: 'starter-l', calls: 1, known: 2, found: 3, dropped: 0, ms: 210 },
    because: 'Every candidate was removed.',
  }
}

/** Under rules: one candidate removed, another one bound to duties, masked, guarded both ways. */
function ruledDecision(model: string, id: string): SampleDecision {
  return {
    id,
    asked: model,
    candidates: [model, 'qwen3-8b', 'deepseek-chat'],
    removed: [
      {
        model: 'deepseek-chat',
        rule: 'eu-only',
        reason: 'nothing about a person leaves the European Union',
        at: 'rules.yaml:31',
      },
    ],
    policy: 'policy rules.yaml 91c0de77 is in force',
    labels: {
      examined: true,
      kinds: ['contact', 'financial', 'national-id'],
      entities: ['CREDIT_CARD', 'EMAIL_ADDRESS', 'IN_AADHAAR'],
      counts: { CREDIT_CARD: 1, EMAIL_ADDRESS: 14, IN_AADHAAR: 2 },
      sensitivity: 3,
      names: 'not-covered',
      unread: ['file', 'image'],
      languages: ['en', 'hi'],
      task: 'contract-summary',
    },
    obligations: { [model]: ['mask', 'no-cache', 'no-log-content', 'human-approval', 'watermark'] },
    plan: { kind: 'single', model, otherwise: [{ model: 'qwen3-8b', on: ['outage'] }] },
    masked: { replaced: { CREDIT_CARD: 1, EMAIL_ADDRESS: 3, IN_AADHAAR: 1 }, restored: 4, unknown: 1 },
    guards: SAMPLE_GUARDS,
    approval: { id: 'ap-4d21pp09xe', by: 'key mv-0admin0000' },
    watermark: { key: 'answers-of-2026' },
    because: `The client asked for ${model} by name, and policy rules.yaml 91c0de77 is in force; if it cannot answer: qwen3-8b.`,
  }
}

const SAMPLE_GUARDS: NonNullable<SampleDecision['guards']> = [
  {
    guard: 'no-orders-in-documents',
    on: 'input',
    check: 'injection',
    mode: 'hold',
    verdict: 'passed',
    action: 'none',
    found: {},
    where: [],
    ms: 0.21,
  },
  {
    guard: 'keys-stay-here',
    on: 'output',
    check: 'secrets',
    mode: 'window',
    verdict: 'found',
    action: 'redacted',
    found: { API_KEY: 2 },
    where: ['answer text', 'tool call 1'],
    ms: 0.84,
  },
  {
    guard: 'kind-words',
    on: 'output',
    check: 'classifier',
    mode: 'after',
    verdict: 'unfinished',
    action: 'let-through',
    found: {},
    where: [],
    ms: 1840,
  },
]

/** mulberry32: small, even enough for sample data, and the same on every machine. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
