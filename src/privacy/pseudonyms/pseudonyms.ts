import { normalValue } from './normal-value.ts'
import { surrogateFor } from './surrogate.ts'
import { tokenFor } from './token.ts'

/** Where something personal stands: UTF-16 offsets, as recognisers give them. */
export type MaskedSpan = { readonly entity: string; readonly start: number; readonly end: number }

/**
 * What stands for what in one scope: a conversation, a project, whatever shares a key. A value has the same stand-in in
 * every message, turn, tool call and replica, because it is a keyed hash of the value; nothing about it can be told
 * from another scope's.
 */
export type Pseudonyms = {
  /** `text` with each span replaced. Spans are in order and do not overlap; a TypeError says when they are not. */
  readonly mask: (text: string, spans: readonly MaskedSpan[]) => string
  /** Stand-in to what was written the first time, of everything replaced so far. */
  readonly replaced: ReadonlyMap<string, string>
}

export type PseudonymOptions = {
  /** HMAC-SHA-256 under the key of the scope, 32 bytes. */
  readonly hmac: (text: string) => Uint8Array
  /** `surrogate`: stand-ins that look like the real thing where a reserved range exists. Default `token`. */
  readonly style?: 'token' | 'surrogate'
  /** Whether the conversation already says this: a stand-in must never be a word that means itself. */
  readonly isTaken?: (standIn: string) => boolean
  /** What earlier calls replaced, so that they are restored too. */
  readonly known?: Iterable<readonly [standIn: string, value: string]>
}

export function pseudonyms(options: PseudonymOptions): Pseudonyms {
  const { style = 'token', isTaken = () => false } = options
  const replaced = new Map(options.known)
  /** By entity and normalised value: what is looked up for every span. */
  const standIns = new Map<string, string>()
  for (const [standIn, value] of replaced) remember(standIn, value)

  function remember(standIn: string, value: string): void {
    const [, entity] = /^⟦(.+)_[0-9A-Z]+⟧$/.exec(standIn) ?? []
    if (entity !== undefined) standIns.set(identityOf(entity, value), standIn)
  }

  function standInFor(entity: string, value: string): string {
    const identity = identityOf(entity, value)
    const known = standIns.get(identity)
    if (known !== undefined) return known
    const digest = options.hmac(identity)
    const standIn = firstFree(entity, value, digest)
    standIns.set(identity, standIn)
    replaced.set(standIn, value)
    return standIn
  }

  function firstFree(entity: string, value: string, digest: Uint8Array): string {
    const isFree = (standIn: string): boolean =>
      !isTaken(standIn) && (replaced.get(standIn) ?? value) === value
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const surrogate = style === 'surrogate' ? surrogateFor(entity, value, digest, attempt) : undefined
      const standIn = surrogate ?? tokenFor(entity, digest, attempt)
      if (isFree(standIn)) return standIn
    }
    throw new TypeError(`no free stand-in for ${entity} after ${MAX_ATTEMPTS} attempts`)
  }

  return {
    mask(text, spans) {
      let masked = ''
      let from = 0
      for (const { entity, start, end } of spans) {
        if (start < from || end < start || end > text.length)
          throw new TypeError(`a span of ${entity} overlaps the one before it or leaves the text`)
        masked += text.slice(from, start) + standInFor(entity, text.slice(start, end))
        from = end
      }
      return masked + text.slice(from)
    },
    replaced,
  }
}

// 32 bytes hold five tokens that share no byte. Six values in one place would take somebody who chooses them for that.
const MAX_ATTEMPTS = 5

/** The kind is part of it: the same digits as a card and as an account are two things. */
function identityOf(entity: string, value: string): string {
  return `${entity}\0${normalValue(entity, value)}`
}
