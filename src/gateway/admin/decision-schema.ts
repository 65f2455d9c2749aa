import { z } from 'zod'
import { OBLIGATIONS } from '../../policy/rules/rule.ts'
import { named } from './named-schemas.ts'
import { count } from './schemas.ts'

const numbers = z.record(z.string(), count)

export const labels = named(
  'Labels',
  z
    .discriminatedUnion('examined', [
      z.object({ examined: z.literal(false) }),
      z.object({
        examined: z.literal(true),
        kinds: z.array(z.string()),
        entities: z.array(z.string()),
        counts: numbers
          .meta({ description: 'How often each entity was found; absent when none was.' })
          .exactOptional(),
        sensitivity: z.number().int().min(0).max(4),
        names: z
          .enum(['covered', 'not-covered', 'failed'])
          .meta({ description: 'Names of people, places and organisations take a model to find.' }),
        unread: z
          .array(z.enum(['audio', 'file', 'image', 'tokens']))
          .meta({ description: 'Content that no recogniser reads: unknown, not clean.' })
          .exactOptional(),
        languages: z.array(z.string()).exactOptional(),
        language: z.string().exactOptional(),
        task: z.string().exactOptional(),
      }),
    ])
    .meta({ description: 'What was found in the request. `examined: false`: nobody looked.' }),
)

const masked = named(
  'Masked',
  z
    .object({
      replaced: numbers.meta({ description: 'Different values that were replaced, by entity.' }),
      restored: count.meta({ description: 'Stand-ins that were put back in the answer.' }),
      unknown: count.meta({ description: 'Words in the answer that look like stand-ins and are none.' }),
    })
    .meta({ description: 'Kinds and numbers, never a value. Absent: nothing was masked.' }),
)

const namesRead = named(
  'NamesRead',
  z
    .object({
      model: z.string().meta({ description: 'The model that was asked.' }),
      calls: count,
      known: count.meta({ description: 'Texts that were read before, for an earlier turn.' }),
      found: count.meta({ description: 'Different names, however often they stand there.' }),
      dropped: count.meta({ description: 'Names that the model said and that do not stand in the text.' }),
      ms: count,
    })
    .meta({
      description: 'How names of people, places and organisations were looked for. Absent: nobody did.',
    }),
)

const guardVerdict = named(
  'GuardVerdict',
  z
    .object({
      guard: z.string(),
      on: z.enum(['input', 'output']),
      check: z.string(),
      mode: z.enum(['hold', 'window', 'after']),
      verdict: z.enum(['passed', 'found', 'failed', 'unfinished']),
      action: z.enum(['none', 'refused', 'redacted', 'noted', 'let-through']),
      found: numbers.meta({ description: 'What was found, by names of ours, and how often.' }),
      where: z.array(z.string()).meta({ description: 'Places in the request or answer, none of its words.' }),
      ms: z.number(),
    })
    .meta({ description: 'What one guard said of the request or of the answer.' }),
)

const obligations = z
  .record(z.string(), z.array(z.enum(OBLIGATIONS)))
  .meta({ description: 'What the permit of a candidate obliges to, by model. Absent: nothing.' })

const removed = named(
  'RemovedCandidate',
  z.object({
    model: z.string(),
    rule: z.string(),
    reason: z.string(),
    at: z.string().meta({ description: 'Where the rule stands, as file:line.' }).exactOptional(),
  }),
)

const plan = z.object({
  kind: z.string(),
  model: z.string(),
  otherwise: z
    .array(z.object({ model: z.string(), on: z.array(z.string()) }))
    .meta({ description: 'Who answers where that one cannot, and for which reasons.' })
    .exactOptional(),
})

/** Everything that a decision holds; decision-schema.test.ts fails when one of its fields is not said here. */
export const decision = named(
  'Decision',
  z.object({
    id: z.string(),
    asked: z.string(),
    candidates: z.array(z.string()),
    removed: z.array(removed),
    policy: z.string().meta({ description: 'Which rules were in force.' }),
    labels,
    obligations: obligations.exactOptional(),
    plan: plan.nullable(),
    masked: masked.exactOptional(),
    names: namesRead.exactOptional(),
    approval: z
      .object({ id: z.string(), by: z.string() })
      .meta({
        description: 'The approval of a person that the answer was given under. Absent: none was needed.',
      })
      .exactOptional(),
    watermark: z
      .object({ key: z.string() })
      .meta({ description: 'The key whose mark the answer carries, by its name. Absent: none.' })
      .exactOptional(),
    guards: z.array(guardVerdict).exactOptional(),
    because: z.string().meta({ description: 'One sentence for people.' }),
  }),
)
