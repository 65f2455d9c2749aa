import fc from 'fast-check'
import type { Signature } from '../../core/conversation.ts'
import type { AnswerEvent, FinishReason, TokenLogprob } from '../../core/events.ts'
import type { JsonObject } from '../../core/json.ts'

export type AnswerShape = {
  /** Default 3. */
  readonly maxChoices?: number
  /** Reasoning and tool calls may be signed, by these makers; default by none. */
  readonly signatures?: readonly Signature[]
}

/** Answers as engines give them: several choices, their blocks interleaved, in the promised order. For tests only. */
export function answerEvents(shape: AnswerShape = {}): fc.Arbitrary<readonly AnswerEvent[]> {
  const signed = signedBlock(shape.signatures ?? [])
  const answers = fc.array(fc.tuple(fc.array(signed, { maxLength: 4 }), reason), {
    minLength: 1,
    maxLength: shape.maxChoices ?? 3,
  })
  return fc
    .tuple(answers, fc.option(usage), extra, fc.array(fc.nat(), { maxLength: 40 }))
    .map(([choices, used, fields, order]): readonly AnswerEvent[] => {
      const queues = choices.map(([blocks], choice) => eventsOfChoice(blocks, choice))
      return [
        ...(Object.keys(fields).length === 0 ? [] : [{ kind: 'extra' as const, fields }]),
        ...interleave(queues, order),
        ...(used === null ? [] : [{ kind: 'usage' as const, usage: used }]),
        ...choices.map(([blocks, finishReason], choice) => ({
          kind: 'finish' as const,
          choice,
          // An engine that called a tool and says that it simply stopped does not exist: parsers see to that.
          reason: finishReason === 'stop' && blocks.some(isCall) ? ('tool-calls' as const) : finishReason,
        })),
      ]
    })
}

const isCall = ({ kind }: Block): boolean => kind === 'tool-call'

type Block =
  | {
      readonly kind: 'text'
      readonly pieces: readonly { text: string; logprobs?: readonly TokenLogprob[] }[]
    }
  | {
      readonly kind: 'reasoning' | 'refusal'
      readonly pieces: readonly string[]
      readonly signature?: Signature
    }
  | {
      readonly kind: 'tool-call'
      readonly id: string
      readonly name: string
      readonly pieces: readonly string[]
      readonly signature?: Signature
    }

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
const token = fc.record({
  token: text,
  logprob: fc.double({ min: -50, max: 0, noNaN: true }).map((value) => value || 0),
  bytes: fc.array(fc.nat(255), { maxLength: 4 }),
})
const logprob: fc.Arbitrary<TokenLogprob> = fc
  .tuple(token, fc.array(token, { maxLength: 2 }))
  .map(([chosen, top]) => ({ ...chosen, top }))
const textPiece = fc
  .tuple(text, fc.option(fc.array(logprob, { minLength: 1, maxLength: 2 })))
  .map(([piece, logprobs]) => (logprobs === null ? { text: piece } : { text: piece, logprobs }))
const pieces = fc.array(text, { minLength: 1, maxLength: 4 })
const block: fc.Arbitrary<Block> = fc.oneof(
  fc.record({
    kind: fc.constant('text' as const),
    pieces: fc.array(textPiece, { minLength: 1, maxLength: 4 }),
  }),
  fc.record({ kind: fc.constantFrom('reasoning' as const, 'refusal' as const), pieces }),
  fc.record({ kind: fc.constant('tool-call' as const), id: fc.uuid(), name: text, pieces }),
)
function signedBlock(signatures: readonly Signature[]): fc.Arbitrary<Block> {
  if (signatures.length === 0) return block
  return fc.tuple(block, fc.option(fc.constantFrom(...signatures))).map(([one, signature]) => {
    const signs = signature !== null && (one.kind === 'reasoning' || one.kind === 'tool-call')
    return signs ? { ...one, signature } : one
  })
}

// `other` has no word in OpenAI's protocol and comes back as `stop`.
const reason = fc.constantFrom<FinishReason>('stop', 'length', 'tool-calls', 'content-filter')
const count = fc.nat(100_000)
const usage = fc.record({
  inputTokens: count,
  cacheReadTokens: count,
  cacheWriteTokens: fc.constant(0),
  outputTokens: count,
  reasoningTokens: count,
  source: fc.constant('counted' as const),
})
const extra = fc
  .dictionary(fc.constantFrom('system_fingerprint', 'citations', '__proto__'), fc.jsonValue({ maxDepth: 1 }))
  .map((fields) => JSON.parse(JSON.stringify(fields)) as JsonObject)

function eventsOfChoice(blocks: readonly Block[], choice: number): readonly AnswerEvent[] {
  let calls = 0
  return blocks.flatMap((one): readonly AnswerEvent[] => {
    switch (one.kind) {
      case 'text':
        return [
          { kind: 'text-start', choice },
          ...one.pieces.map((piece) => ({ kind: 'text-delta' as const, choice, ...piece })),
          { kind: 'text-end', choice },
        ]
      case 'reasoning':
        return [
          { kind: 'reasoning-start', choice },
          ...one.pieces.map((piece) => ({ kind: 'reasoning-delta' as const, choice, text: piece })),
          { kind: 'reasoning-end', choice, ...(one.signature && { signature: one.signature }) },
        ]
      case 'refusal':
        return one.pieces.map((piece) => ({ kind: 'refusal-delta' as const, choice, text: piece }))
      case 'tool-call': {
        const index = calls++
        return [
          {
            kind: 'tool-call-start',
            choice,
            index,
            id: one.id,
            name: one.name,
            ...(one.signature && { signature: one.signature }),
          },
          ...one.pieces.map((piece) => ({
            kind: 'tool-call-delta' as const,
            choice,
            index,
            arguments: piece,
          })),
          { kind: 'tool-call-end', choice, index },
        ]
      }
      default:
        return one satisfies never
    }
  })
}

function interleave(
  queues: readonly (readonly AnswerEvent[])[],
  order: readonly number[],
): readonly AnswerEvent[] {
  const next = queues.map(() => 0)
  const taken = order.flatMap((number) => {
    const queue = number % queues.length
    const event = queues[queue]?.[next[queue] ?? 0]
    next[queue] = (next[queue] ?? 0) + 1
    return event ?? []
  })
  return [...taken, ...queues.flatMap((queue, index) => queue.slice(next[index]))]
}
