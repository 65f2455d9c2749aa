import { z } from 'zod'
import type { NanoUsd } from '../../core/money.ts'
import { exactUsd } from './exact-usd.ts'
import { named } from './named-schemas.ts'

/** What several resources share. Words given as `error` finish the sentence "expected …". */

export const timeMs = z
  .number({ error: 'a time in milliseconds since 1970' })
  .int({ error: 'a whole number of milliseconds since 1970' })
  .min(0, { error: 'a time in milliseconds since 1970' })
  .meta({ description: 'Milliseconds since the Unix epoch.' })

export const nanoUsd = z
  .number()
  .int()
  .min(0)
  .meta({ description: 'US dollars times 10⁹; exact, because it stays below 2⁵³.' })

export const count = z.number().int().min(0)

// Long enough for a sentence, short enough for a column of a table.
const MAX_NAME_CHARS = 200

export const displayName = text(
  new RegExp(`^\\P{Cc}{1,${MAX_NAME_CHARS}}$`, 'u'),
  `a name of 1 to ${MAX_NAME_CHARS} characters`,
).refine((name) => name.trim() !== '', { error: 'a name that is more than spaces' })

const ID = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/

/** What a team or project is called by everywhere; it stands in URLs, headers and rows, so it is plain. */
export const slug = text(ID, '1 to 64 lower-case letters, digits and hyphens, such as "research-eu"')

const SCOPE = '{"kind":"everyone"}, or a "kind" of "team", "project" or "key" with its "id"'

export const scope = named(
  'Scope',
  z
    .discriminatedUnion(
      'kind',
      [
        z.strictObject({ kind: z.literal('everyone') }),
        z.strictObject({
          kind: z.enum(['team', 'project', 'key']),
          id: z.string({ error: 'the id of a team, project or key' }).min(1, { error: 'an id' }),
        }),
      ],
      { error: SCOPE },
    )
    .meta({
      description: 'What a budget or limit is about. `everyone` is the gateway, requests without a key too.',
    }),
)

/** Dollars as people write them, in a request; what comes out is exact. */
export const writtenUsd = z
  .union([z.string(), z.number()], { error: 'US dollars, such as "25.00"' })
  .transform((written, context): NanoUsd => {
    const read = exactUsd(written)
    if (read.kind === 'amount') return read.nanoUsd
    context.addIssue({ code: 'custom', message: read.expected })
    return z.NEVER
  })
  .meta({
    description: 'US dollars as people write them, at most nine decimals; better as text, such as "25.00".',
    examples: ['25.00'],
  })

export const currency = z
  .literal('USD', { error: '"USD": no other currency is known, for there is no rate for one' })
  .exactOptional()

export const removed = named('Removed', z.object({ id: z.string(), removed: z.literal(true) }))

export function text(pattern: RegExp, words: string) {
  return z.string({ error: words }).regex(pattern, { error: words })
}

/** A whole number in a query, where everything is text. */
export function wholeNumber(min: number, max: number) {
  const error =
    max === Number.MAX_SAFE_INTEGER ? `a whole number from ${min}` : `a whole number from ${min} to ${max}`
  return z.coerce.number({ error }).int({ error }).min(min, { error }).max(max, { error })
}
