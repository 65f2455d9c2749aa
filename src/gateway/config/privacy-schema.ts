import { z } from 'zod'
import { NAME_ENTITIES } from '../../privacy/names/name-entities.ts'
import { durationMs, durationPattern } from './duration.ts'
import { mapping, text } from './schema-parts.ts'

/** What `privacy` of `musivum.yaml` may say. */

/** Whoever waits longer for an answer has gone. */
const LONGEST_MS = 600_000

const names = mapping({
  model: text(/\S/, 'the name of a model on this machine').meta({
    description: 'The model that is asked. It must run on this machine, in a process of ours or beside it.',
  }),
  entities: z
    .array(z.enum(NAME_ENTITIES, { error: NAME_ENTITIES.join(', ') }), { error: 'a list of entities' })
    .min(1, { error: 'at least one entity' })
    .meta({
      description:
        'What it looks for. Default: all of them; with fewer, the labels still say `names: not-covered`.',
    })
    .exactOptional(),
  timeout: text(durationPattern, 'a duration such as `5s`')
    .refine((value) => durationMs(value) <= LONGEST_MS, { error: 'a duration of at most `10m`' })
    .meta({ description: 'How long it may take for what is new in one request. Default `5s`.' })
    .exactOptional(),
  on_error: z
    .enum(['refuse', 'continue'], { error: '`refuse` or `continue`' })
    .meta({
      description:
        'When it cannot answer. `refuse` (default): nothing is answered. `continue`: the labels say `names: failed` and the rules decide; where one obliges to mask, nothing is answered all the same.',
    })
    .exactOptional(),
})

export const privacy = mapping({
  names: names
    .meta({ description: 'Names of people, places and organisations, which take a model to find.' })
    .exactOptional(),
})

export type NamesEntry = z.infer<typeof names>

/** The keys that a mapping below `privacy` may have. */
export function privacyKeys(inner: PropertyKey | undefined): readonly string[] {
  return Object.keys(inner === 'names' ? names.shape : privacy.shape)
}
