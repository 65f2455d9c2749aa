import type { FinishReason } from '../../core/events.ts'
import { createChatStreamParser, parseChatCompletion } from '../../wire/openai-chat/parse-answer.ts'
import { isFailure, parseFinishReason } from '../../wire/openai-chat/parse-choice.ts'
import { usageOfAnswer } from '../../wire/openai-usage.ts'
import { streamWords } from '../http/stream-sniffer.ts'
import { isErrorPayload } from '../http/upstream-error.ts'
import type { Outcome, RelayWire, StreamNote, StreamWords, Wire } from '../http/wire.ts'

export const chatWords: StreamWords = wordsOf()

/** `maker` tells whose usage it is: not all servers count the same way. */
function wordsOf(maker?: string): StreamWords {
  return streamWords(/"usage"\s*:\s*\{|"finish_reason"\s*:\s*"|"error"/, {
    errorOf: reportedError,
    read: (value) => readChunk(value, maker),
  })
}

/** Chat completions. `maker` is stamped on the signatures of this server; only it gets them back. */
export function chatWire(maker: string): Wire {
  return {
    path: '/chat/completions',
    createParser: () => createChatStreamParser(maker),
    parseWhole: (json) => parseChatCompletion(json, maker),
    answerField: 'choices',
    examineWhole: (json) => examineList(json, 'choices', maker),
    words: wordsOf(maker),
    // Some servers close without it, and their clients wait for it.
    ending: Buffer.from('data: [DONE]\n\n'),
  }
}

/** Embeddings only ever come whole. */
export const embeddingsWire: RelayWire = {
  path: '/embeddings',
  answerField: 'data',
  examineWhole: (json) => examineList(json, 'data'),
  words: chatWords,
  ending: Buffer.alloc(0),
}

export function reportedError(value: unknown): unknown {
  if (isErrorPayload(value)) return value
  const { choices } = (value ?? {}) as Chunk
  const failed = Array.isArray(choices) ? (choices as readonly Choice[]) : []
  const reason = failed.map((choice) => choice?.finish_reason).find(isFailure)
  return reason === undefined ? undefined : { error: { type: 'finish_reason', code: reason } }
}

type Chunk = { readonly choices?: unknown; readonly data?: unknown }
type Choice = { readonly index?: unknown; readonly finish_reason?: unknown } | null

function readChunk(value: unknown, maker?: string): StreamNote {
  const { choices } = (value ?? {}) as Chunk
  const counted = usageOfAnswer(value, maker)
  const known = counted === undefined ? {} : { usage: counted }
  if (!Array.isArray(choices)) return { kind: 'piece', ...known }
  if (choices.length === 0 && counted !== undefined) return { kind: 'usage-only', ...known }
  const list = choices as readonly Choice[]
  const finished = list.filter((choice) => finishReasonOf(choice?.finish_reason) !== undefined)
  const told = finished.find((choice) => choice?.index === 0) ?? finished[0]
  const finishReason = finishReasonOf(told?.finish_reason)
  if (finishReason === undefined) return { kind: 'piece', ...known }
  return { kind: 'piece', ...known, finishReason, choice: typeof told?.index === 'number' ? told.index : 0 }
}

function examineList(json: unknown, key: 'choices' | 'data', maker?: string): Outcome | undefined {
  const answer = (json ?? {}) as Chunk
  const list: unknown = answer[key]
  if (!Array.isArray(list) || list.length === 0) return undefined
  const usage = usageOfAnswer(json, maker)
  const [first] = list as readonly Choice[]
  const finishReason = finishReasonOf(first?.finish_reason)
  return { ...(usage && { usage }), ...(finishReason && { finishReason }) }
}

function finishReasonOf(reason: unknown): FinishReason | undefined {
  return typeof reason === 'string' ? parseFinishReason(reason) : undefined
}
