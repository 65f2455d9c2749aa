import type { RateLimits, ScopeLimits } from '../store/accounts/accounts.ts'
import { dollars } from './run-words.ts'

/** `600 requests/min`, `20 at once`. */
export function limitWords(limits: RateLimits): readonly string[] {
  const { requestsPerMinute, tokensPerMinute, nanoUsdPerMinute, parallel } = limits
  return [
    ...(requestsPerMinute === undefined ? [] : [`${requestsPerMinute} requests/min`]),
    ...(tokensPerMinute === undefined ? [] : [`${tokensPerMinute} tokens/min`]),
    ...(nanoUsdPerMinute === undefined ? [] : [`${dollars(nanoUsdPerMinute)}/min`]),
    ...(parallel === undefined ? [] : [`${parallel} at once`]),
  ]
}

/** As `--json` says it: null where there is no limit. */
export function limitsJson({ scope, limits }: ScopeLimits) {
  return {
    scope,
    requests_per_minute: limits.requestsPerMinute ?? null,
    tokens_per_minute: limits.tokensPerMinute ?? null,
    nano_usd_per_minute: limits.nanoUsdPerMinute ?? null,
    parallel: limits.parallel ?? null,
  }
}
