import { invalid, MusivumError } from '../../core/errors.ts'
import type { NanoUsd } from '../../core/money.ts'
import type { Key, RateLimits } from './accounts.ts'

/** What may be written, each refusal in one line of `request.invalid`. Values of a request are not repeated. */

const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/

export function checkSlug(what: string, id: string): void {
  if (SLUG.test(id)) return
  throw invalid(
    `the id of a ${what} is 1 to 64 lower-case letters, digits and hyphens, such as “research-eu”`,
  )
}

const MAX_NAME_CHARS = 200

export function checkName(name: string): string {
  if (name.trim() !== '' && name.length <= MAX_NAME_CHARS && !/\p{Cc}/u.test(name)) return name
  throw invalid(`name is 1 to ${MAX_NAME_CHARS} characters in one line`)
}

export function checkTime(field: string, atMs: number | null): number | null {
  if (atMs === null || (Number.isSafeInteger(atMs) && atMs > 0)) return atMs
  throw invalid(`${field} is ${atMs}, expected whole milliseconds since 1970, or null`)
}

// A list is read at every request and shown in every row of the console.
const MAX_LIST = 200
const MAX_WORD_CHARS = 200

export function checkList(
  field: 'models' | 'tasks' | 'plans' | 'clearances',
  list: readonly string[],
): readonly string[] {
  const good = (word: string) => word !== '' && word.length <= MAX_WORD_CHARS && !/\p{Cc}/u.test(word)
  if (list.length <= MAX_LIST && list.every(good)) return list
  throw invalid(
    `${field} is a list of at most ${MAX_LIST} names of at most ${MAX_WORD_CHARS} characters each`,
  )
}

const MAX_METADATA = 16
const MAX_METADATA_CHARS = 500

export function checkMetadata(metadata: Key['metadata']): Key['metadata'] {
  const entries = Object.entries(metadata)
  const good = ([name, value]: [string, string]) =>
    name !== '' && name.length <= 64 && value.length <= MAX_METADATA_CHARS
  if (entries.length <= MAX_METADATA && entries.every(good)) return metadata
  throw invalid(
    `metadata is at most ${MAX_METADATA} entries with names of 64 and values of ${MAX_METADATA_CHARS} characters`,
  )
}

export function checkCap(cap: number): NanoUsd {
  if (Number.isSafeInteger(cap) && cap >= 0) return cap as NanoUsd
  throw invalid(`cap is ${cap}, expected whole nano-dollars from 0 to 2^53 - 1 (9,007,199 dollars)`)
}

// A sliding minute keeps an entry for each millisecond in which something was asked: 60,000 at most, whatever the limit.
const MAX_RATE = 1e12

export function checkLimits(limits: RateLimits): RateLimits {
  const given = Object.entries(limits).filter(([, value]) => value !== undefined)
  if (given.length === 0) throw invalid('limits are empty; remove them to have none')
  for (const [name, value] of given) {
    const most = name === 'nanoUsdPerMinute' ? Number.MAX_SAFE_INTEGER : MAX_RATE
    if (Number.isSafeInteger(value) && value > 0 && value <= most) continue
    throw invalid(`${name} is ${value}, expected a whole number from 1 to ${most}`)
  }
  return limits
}

export function notFound(what: string, id: string): MusivumError {
  // Names of keys need not differ, so their ids are asked for; who wrote a name is told where the ids are.
  const hint = what === 'key' && !id.startsWith('mv-') ? '; `musivum keys list` shows the ids' : ''
  return new MusivumError('request.not_found', `There is no ${what} ${id}${hint}.`)
}
