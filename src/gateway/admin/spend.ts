import { z } from 'zod'
import type { Clock } from '../../core/ports.ts'
import type { Ledger } from '../../store/ledger/ledger.ts'
import { endpoint, type Endpoint } from './endpoint.ts'
import { named } from './named-schemas.ts'
import { count, nanoUsd, timeMs, wholeNumber } from './schemas.ts'
import { DEFAULT_TOP, MAX_TOP, spendRange } from './spend-range.ts'

export type SpendParts = { readonly ledger: Pick<Ledger, 'spend'>; readonly clock: Pick<Clock, 'now'> }

/** What was spent, by hour or day, from sums that are kept with every line of the ledger. */
export function spendEndpoints({ ledger, clock }: SpendParts): readonly Endpoint[] {
  return [
    endpoint({
      method: 'GET',
      path: '/api/spend',
      access: 'auditor',
      name: 'getSpend',
      about: 'What was spent by hour or day, in groups, the dearest first.',
      query: spendQuery,
      answer: { about: 'The sums.', schema: spendView },
      async run({ query }) {
        const wanted = spendRange(query, clock.now())
        const { unit, fromMs, toMs, by } = wanted
        return { unit, fromMs, toMs, by, sums: await ledger.spend(wanted) }
      },
    }),
  ]
}

const unit = z.enum(['hour', 'day'], { error: '"hour" or "day"' })
const GROUPS = ['model', 'team', 'project', 'key', 'task', 'nothing'] as const
const by = z.enum(GROUPS, { error: '"model", "team", "project", "key", "task" or "nothing"' })

const spendQuery = z.strictObject({
  unit: unit.meta({ description: '`day` unless given.' }).exactOptional(),
  from: wholeNumber(0, Number.MAX_SAFE_INTEGER)
    .meta({ description: 'Milliseconds since the Unix epoch; 30 days or 48 hours before `to` unless given.' })
    .exactOptional(),
  to: wholeNumber(0, Number.MAX_SAFE_INTEGER)
    .meta({ description: 'Milliseconds since the Unix epoch; now unless given.' })
    .exactOptional(),
  by: by.meta({ description: '`model` unless given.' }).exactOptional(),
  top: wholeNumber(1, MAX_TOP)
    .meta({
      description: `So many groups of each hour or day, the rest as one; ${DEFAULT_TOP} unless given.`,
    })
    .exactOptional(),
})

const spendSum = named(
  'SpendSum',
  z.object({
    startMs: timeMs,
    group: z.string().meta({ description: "'' for what has no team, project, key or task." }),
    rest: z
      .literal(true)
      .meta({ description: "The sum of all groups beyond `top`; its group is ''." })
      .exactOptional(),
    requests: count,
    nanoUsd,
    inputTokens: count,
    outputTokens: count,
    unpricedRequests: count.meta({ description: 'Requests whose cost nobody knows: not in `nanoUsd`.' }),
  }),
)

const spendView = named(
  'Spend',
  z.object({ unit, fromMs: timeMs, toMs: timeMs, by, sums: z.array(spendSum) }),
)
