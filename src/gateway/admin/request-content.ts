import { z } from 'zod'
import { MusivumError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports.ts'
import type { ContentLog } from '../../store/content-log/content-log.ts'
import { readContent } from '../../store/content-log/read-content.ts'
import { endpoint, type Endpoint } from './endpoint.ts'
import { named } from './named-schemas.ts'
import { timeMs } from './schemas.ts'

export type ContentParts = {
  readonly contentLog: ContentLog
  readonly clock: Pick<Clock, 'now'>
  /** One line for the operator. */
  readonly log: (line: string) => void
}

/** Prompts and answers of the content log. */
export function contentEndpoints({ contentLog, clock, log }: ContentParts): readonly Endpoint[] {
  return [
    endpoint({
      method: 'GET',
      path: '/api/requests/{id}/content',
      access: 'admin',
      name: 'getRequestContent',
      about:
        'Prompt and answer in full, where a rule obliged to `log-full`. Who reads it is written down beside it.',
      answer: { about: 'What was logged, and who has read it.', schema: loggedContent },
      async run({ id, principal }) {
        const by = principal.kind === 'key' ? `key ${principal.id}` : 'this machine'
        const content = await readContent(contentLog, id, { by, atMs: clock.now() })
        if (content === undefined)
          throw new MusivumError(
            'request.not_found',
            'The content log has nothing of this request (any more).',
          )
        log(`content of request ${id} was read by ${by}`)
        return { id, ...content }
      },
    }),
  ]
}

const anything = z.unknown().meta({ description: 'In our own form of requests and answers.' })

const entry = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('prompt'),
    atMs: timeMs,
    model: z.string(),
    operation: z.string(),
    content: anything,
  }),
  z.object({
    kind: z.literal('answer'),
    atMs: timeMs,
    model: z.string(),
    outcome: z.enum(['whole', 'failed', 'cancelled']),
    errorCode: z.string().nullable(),
    content: anything,
  }),
  z.object({ kind: z.literal('read'), atMs: timeMs, by: z.string() }),
])

const loggedContent = named(
  'RequestContent',
  z.object({
    id: z.string(),
    entries: z.array(entry),
    whole: z.boolean().meta({ description: 'False: the file ends in the middle of an entry.' }),
  }),
)
