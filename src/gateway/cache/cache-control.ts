import { MusivumError } from '../../core/errors.ts'

/** What the client wants of a cache, in the words of RFC 9111. */
export type CacheWish = {
  /** No answer that is kept may be given. */
  readonly fresh: boolean
  /** The answer must not be kept. */
  readonly noStore: boolean
  /** Only an answer that is kept may be given. */
  readonly onlyKept: boolean
  /** Infinity where the client does not mind. */
  readonly maxAgeMs: number
}

const NO_WISH: CacheWish = { fresh: false, noStore: false, onlyKept: false, maxAgeMs: Infinity }

/** Directives that are not known say nothing, and so does a number that is none. */
export function cacheWish(header: string | undefined): CacheWish {
  if (header === undefined) return NO_WISH
  const directives = new Set(header.split(',').map((each) => each.trim().toLowerCase()))
  const maxAgeMs = maxAge(directives)
  const noStore = directives.has('no-store')
  return {
    fresh: noStore || directives.has('no-cache') || maxAgeMs === 0,
    noStore,
    onlyKept: directives.has('only-if-cached'),
    maxAgeMs,
  }
}

function maxAge(directives: ReadonlySet<string>): number {
  const seconds = Array.from(directives, (each) => /^max-age="?(\d{1,9})"?$/.exec(each)?.[1]).filter(
    (each) => each !== undefined,
  )
  return Math.min(Infinity, ...seconds.map((each) => Number(each) * 1000))
}

/** The client asked for an answer that is kept, and there is none that it may have. */
export function notKept(): MusivumError {
  return new MusivumError(
    'cache.not_kept',
    'Cache-Control: only-if-cached, and no answer to exactly this request is kept for you; leave the directive out to ask the model.',
  )
}
