import { z } from 'zod'
import { MusivumError } from '../../core/errors.ts'
import type { Accounts, RateLimits, Scope } from '../../store/accounts/accounts.ts'
import { endpoint, type Endpoint } from './endpoint.ts'
import { named } from './named-schemas.ts'
import { currency, nanoUsd, scope, writtenUsd } from './schemas.ts'

/** Rate limits by scope: requests, tokens and money in a sliding minute, and requests in flight. */
export function limitEndpoints(accounts: Accounts): readonly Endpoint[] {
  return [
    endpoint({
      method: 'GET',
      path: '/api/limits',
      access: 'auditor',
      name: 'listLimits',
      about: 'The limits of every scope that has some.',
      answer: { about: 'The limits.', schema: limitList },
      run: () => ({ limits: accounts.limits() }),
    }),
    endpoint({
      method: 'PUT',
      path: '/api/limits',
      access: 'admin',
      name: 'setLimits',
      about: 'Sets all limits of a scope; one that is not given is taken away.',
      body: newLimits,
      answer: { about: 'The limits of the scope as they are now.', schema: scopeLimits },
      run({ body }) {
        const { scope } = body
        const limits = limitsOf(body)
        accounts.setLimits(scope, limits)
        return { scope, limits }
      },
    }),
    endpoint({
      method: 'DELETE',
      path: '/api/limits',
      access: 'admin',
      name: 'removeLimits',
      about: 'Takes all limits of a scope away.',
      query: scopeQuery,
      answer: { about: 'They are gone.', schema: removedLimits },
      run({ query }) {
        const scope = scopeOf(query)
        accounts.removeLimits(scope)
        return { scope, removed: true }
      },
    }),
  ]
}

function limitsOf(body: z.output<typeof limitFields>): RateLimits {
  const { requestsPerMinute, tokensPerMinute, usdPerMinute, parallel } = body
  return {
    ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
    ...(tokensPerMinute === undefined ? {} : { tokensPerMinute }),
    ...(usdPerMinute === undefined ? {} : { nanoUsdPerMinute: usdPerMinute }),
    ...(parallel === undefined ? {} : { parallel }),
  }
}

function scopeOf({ kind, id }: z.output<typeof scopeQuery>): Scope {
  if (kind === 'everyone' && id === undefined) return { kind }
  if (kind !== 'everyone' && id !== undefined) return { kind, id }
  const words =
    kind === 'everyone' ? 'expected nothing beside kind=everyone' : `expected the id of the ${kind}`
  throw new MusivumError('request.invalid', `id: ${words}`, { param: 'id' })
}

const MOST = 1_000_000_000_000

const perMinute = (what: string) => {
  const error = `a whole number of ${what} from 1 to ${MOST}`
  return z.number({ error }).int({ error }).min(1, { error }).max(MOST, { error })
}

const counts = {
  requestsPerMinute: perMinute('requests').exactOptional(),
  tokensPerMinute: perMinute('tokens').exactOptional(),
  parallel: perMinute('requests').meta({ description: 'Requests in flight.' }).exactOptional(),
}

const scopeLimits = named(
  'ScopeLimits',
  z.object({ scope, limits: z.object({ ...counts, nanoUsdPerMinute: nanoUsd.exactOptional() }) }),
)
const limitList = named('LimitList', z.object({ limits: z.array(scopeLimits) }))
const removedLimits = named('RemovedLimits', z.object({ scope, removed: z.literal(true) }))

const AT_LEAST_ONE = 'at least one of requestsPerMinute, tokensPerMinute, usdPerMinute and parallel'

const limitFields = z.strictObject({
  scope,
  ...counts,
  usdPerMinute: writtenUsd
    .refine((amount) => amount > 0, {
      error: 'more than 0 dollars; a budget with a cap of 0 stops all spending',
    })
    .exactOptional(),
  currency,
})

const newLimits = named(
  'NewLimits',
  limitFields.refine((body) => Object.keys(limitsOf(body)).length > 0, { error: AT_LEAST_ONE }),
)

const scopeQuery = z.strictObject({
  kind: z.enum(['everyone', 'team', 'project', 'key'], { error: '"everyone", "team", "project" or "key"' }),
  id: z.string().meta({ description: 'Of the team, project or key.' }).exactOptional(),
})
