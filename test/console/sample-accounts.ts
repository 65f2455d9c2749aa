import type { NanoUsd } from '../../src/core/money.ts'
import type {
  BudgetView,
  Key,
  LedgerLine,
  Project,
  RequestCost,
  RequestRow,
  ScopeLimits,
  SpendSum,
  Team,
} from '../../src/gateway/admin/contract.ts'

const DAY = 86_400_000

const usd = (dollars: number): NanoUsd => Math.round(dollars * 1e9) as NanoUsd

export const sampleTeams = (nowMs: number): Team[] => [
  { id: 'care', name: 'देखभाल', createdMs: nowMs - 90 * DAY },
  { id: 'legal', name: 'Legal department', createdMs: nowMs - 80 * DAY },
  { id: 'research-eu', name: 'قسم الأبحاث', createdMs: nowMs - 70 * DAY },
]

export const sampleProjects = (nowMs: number): Project[] => [
  { id: 'contract-search', team: 'legal', name: 'Contract search', createdMs: nowMs - 40 * DAY },
  { id: 'triage', team: 'care', name: 'Triage', createdMs: nowMs - 60 * DAY },
]

const plain = {
  role: 'member',
  team: null,
  project: null,
  expiresMs: null,
  revokedMs: null,
  rotatedMs: null,
  lastUsedMs: null,
  models: null,
  tasks: null,
  plans: null,
  clearances: [],
  cache: false,
  metadata: {},
} as const

export const ADMIN_ID = 'mv-0admin0000'
export const AUDITOR_ID = 'mv-0auditor00'
export const LEGAL_ID = 'mv-7tq3kx91bz'

/** One key of each role and state, and enough of the ordinary ones that there is a second page. */
export function sampleKeys(nowMs: number): Key[] {
  const named: Key[] = [
    {
      ...plain,
      id: ADMIN_ID,
      name: 'admin',
      role: 'admin',
      createdMs: nowMs - 90 * DAY,
      lastUsedMs: nowMs - 4_000,
    },
    {
      ...plain,
      id: AUDITOR_ID,
      name: 'Finance, read only',
      role: 'auditor',
      createdMs: nowMs - 80 * DAY,
      lastUsedMs: nowMs - 3 * 3_600_000,
    },
    {
      ...plain,
      id: LEGAL_ID,
      name: 'contract search',
      team: 'legal',
      project: 'contract-search',
      createdMs: nowMs - 40 * DAY,
      expiresMs: nowMs + 50 * DAY,
      lastUsedMs: nowMs - 90_000,
      rotatedMs: nowMs - 10 * DAY,
      models: ['gpt-4.1-mini', 'legal-*', 'patients-summary-with-a-very-long-model-name-v2-2026-11'],
      clearances: ['contracts'],
      cache: true,
      metadata: { owner: 'Ms Rao', ticket: 'OPS-4211' },
    },
    {
      ...plain,
      id: 'mv-8e4expired',
      name: 'موقع العيادة',
      team: 'care',
      project: 'triage',
      createdMs: nowMs - 60 * DAY,
      expiresMs: nowMs - DAY,
    },
    {
      ...plain,
      id: 'mv-9zzrevoked',
      name: 'laptop of Jonas, lost on the train',
      team: 'care',
      createdMs: nowMs - 50 * DAY,
      revokedMs: nowMs - 2 * DAY,
      lastUsedMs: nowMs - 2 * DAY,
    },
  ]
  const others = Array.from({ length: 60 }, (_, index): Key => ({
    ...plain,
    id: `mv-a${String(index).padStart(9, '0')}`,
    name: `batch worker ${index + 1}`,
    team: index % 2 === 0 ? 'research-eu' : null,
    createdMs: nowMs - index * DAY,
    lastUsedMs: index % 3 === 0 ? null : nowMs - index * 3_600_000,
  }))
  return [...named, ...others]
}

export function sampleBudgets(nowMs: number): BudgetView[] {
  const endOfDay = (Math.floor(nowMs / DAY) + 1) * DAY
  const now = new Date(nowMs)
  const endOfMonth = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1)
  const budget = (
    part: Pick<BudgetView, 'scope' | 'period' | 'hard'>,
    cap: number,
    spent: number,
    held: number,
  ): BudgetView => ({
    ...part,
    id: `${part.scope.kind === 'everyone' ? 'everyone' : `${part.scope.kind}-${part.scope.id}`}-${part.period}-${part.hard ? 'hard' : 'soft'}`,
    capNanoUsd: usd(cap),
    spentNanoUsd: usd(spent),
    heldNanoUsd: usd(held),
    leftNanoUsd: usd(Math.max(0, cap - spent - held)),
    endsMs: part.period === 'day' ? endOfDay : part.period === 'month' ? endOfMonth : null,
    createdMs: nowMs - 30 * DAY,
  })
  return [
    budget({ scope: { kind: 'everyone' }, period: 'day', hard: false }, 40, 52.318, 0.4),
    budget({ scope: { kind: 'everyone' }, period: 'month', hard: true }, 2_000, 812.4471, 6.2),
    budget({ scope: { kind: 'team', id: 'legal' }, period: 'month', hard: true }, 500, 431.07, 44.5),
    budget({ scope: { kind: 'project', id: 'triage' }, period: 'day', hard: true }, 5, 0.000_42, 0),
    budget({ scope: { kind: 'key', id: LEGAL_ID }, period: 'total', hard: true }, 100, 12.5, 1.25),
  ]
}

export const sampleLimits = (): ScopeLimits[] => [
  { scope: { kind: 'everyone' }, limits: { parallel: 64 } },
  {
    scope: { kind: 'team', id: 'legal' },
    limits: { requestsPerMinute: 600, tokensPerMinute: 200_000, nanoUsdPerMinute: usd(2.5), parallel: 20 },
  },
]

const GROUPS: Readonly<Record<string, readonly string[]>> = {
  model: [
    'gpt-4.1-mini',
    'claude-opus-4',
    'starter-l',
    'qwen3-8b',
    'legal-7b',
    'nomic-embed',
    'gemini-2.5-pro',
    'o4',
  ],
  team: ['legal', 'care', '', 'research-eu'],
  project: ['contract-search', 'triage', ''],
  key: [LEGAL_ID, 'mv-a000000001', ADMIN_ID, ''],
  task: ['triage', 'summary', ''],
  nothing: [''],
}

/** The same for the same question: smooth, with weekends, a model of our own that costs nothing and one without a price. */
export function sampleSpend(query: URLSearchParams): SpendSum[] {
  const stepMs = query.get('unit') === 'hour' ? 3_600_000 : DAY
  const groups = GROUPS[query.get('by') ?? 'model'] ?? []
  const [fromMs, toMs] = [Number(query.get('from')), Math.min(Number(query.get('to')), Date.now())]
  const sums: SpendSum[] = []
  for (let startMs = fromMs; startMs <= toMs; startMs += stepMs) {
    const weekend = [0, 6].includes(new Date(startMs).getUTCDay())
    groups.forEach((group, index) => {
      const swing = 1 + 0.5 * Math.sin(startMs / stepMs / 2 + index * 2)
      const requests = Math.round((900 / (index + 1.5)) * swing * (weekend ? 0.25 : 1) * (stepMs / DAY))
      if (requests === 0) return
      const free = group === 'starter-l' || group === 'legal-7b' || group === 'qwen3-8b'
      sums.push({
        startMs,
        group,
        requests,
        nanoUsd: free ? usd(0) : usd(requests * 0.021),
        inputTokens: requests * 812,
        outputTokens: requests * 164,
        unpricedRequests: group === 'qwen3-8b' ? requests : group === '' ? Math.round(requests / 9) : 0,
      })
    })
  }
  return sums
}

/** A failed attempt that is charged, the answer, and a judge whose price nobody knows. */
export function sampleCost(row: RequestRow): RequestCost {
  const { usage, model } = row
  if (model === null || usage === null) return { lines: [], settlements: [] }
  const owned = row.cost.kind === 'owned'
  const line = (part: Partial<LedgerLine>): LedgerLine => ({
    requestId: row.id,
    atMs: row.atMs,
    model,
    seller: owned ? null : 'openai',
    purpose: 'answer',
    bucket: 'in_uncached',
    tokens: usage.inputTokens,
    priceRow: owned ? 'owned' : 'openai/gpt-4.1-mini/in_uncached@2026-09-01',
    nanoUsd: usd(0),
    status: owned ? 'owned' : row.cost.kind === 'unpriced' ? 'unpriced' : 'priced',
    source: usage.source,
    ...part,
    ...(row.cost.kind === 'unpriced' && { priceRow: null, nanoUsd: usd(0) }),
  })
  const answer = [
    line({ nanoUsd: usd(owned ? 0 : usage.inputTokens * 4e-7) }),
    line({
      bucket: 'out_text',
      tokens: usage.outputTokens,
      nanoUsd: usd(owned ? 0 : usage.outputTokens * 16e-7),
      priceRow: owned ? 'owned' : 'openai/gpt-4.1-mini/out_text@2026-09-01',
    }),
  ]
  if (row.cost.kind !== 'metered') return { lines: answer, settlements: [] }
  const failed = {
    purpose: 'failed-attempt',
    tokens: 812,
    nanoUsd: usd(0.000_324_8),
    source: 'estimated',
  } as const
  const judge = {
    purpose: 'judge',
    model: 'qwen3-8b',
    seller: null,
    status: 'unpriced',
    priceRow: null,
  } as const
  const lines = [line(failed), ...answer, line({ ...judge, tokens: 300 })]
  const spent = lines.reduce((total, { nanoUsd }) => total + nanoUsd, 0) as NanoUsd
  return {
    lines,
    settlements: [
      {
        hold: 'h',
        requestId: row.id,
        bookedMs: row.atMs,
        held: usd(0.0125),
        nanoUsd: spent,
        outcome: 'settled',
      },
    ],
  }
}
