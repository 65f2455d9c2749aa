import { isJsonArray, isJsonObject } from '../../core/json.ts'
import { parseStopReason } from '../../wire/anthropic-messages/answer-words.ts'
import {
  createMessagesStreamParser,
  parseMessagesAnswer,
} from '../../wire/anthropic-messages/parse-answer.ts'
import { createUsageReader, type UsageReader } from '../../wire/anthropic-messages/usage.ts'
import { streamWords } from '../http/stream-sniffer.ts'
import { isErrorPayload } from '../http/upstream-error.ts'
import type { Outcome, StreamNote, StreamWords, Wire } from '../http/wire.ts'

/**
 * Anthropic's Messages, made anew for every call: its counts come in two events, of which the second need not repeat the
 * first. `maker` is stamped on the signatures of this server; only it gets them back.
 */
export function messagesWire(maker: string): Wire {
  return {
    path: '/messages',
    createParser: () => createMessagesStreamParser(maker),
    parseWhole: (json) => parseMessagesAnswer(json, maker),
    examineWhole: (json) => examineWhole(json, maker),
    words: messagesWords(),
    // Some servers close without it, and their clients wait for it.
    ending: Buffer.from('event: message_stop\ndata: {"type":"message_stop"}\n\n'),
  }
}

function messagesWords(): StreamWords {
  const usage = createUsageReader()
  return streamWords(
    /"type"\s*:\s*"(?:message_start|message_delta|message_stop|content_block_start|content_block_stop|ping|error)"|"error"/,
    {
      errorOf: (value) => (isErrorPayload(value) ? value : undefined),
      read: (value) => readEvent(value, usage),
    },
  )
}

/** Until a block has a piece, an error can still be an error with a status of its own. */
function readEvent(value: unknown, usage: UsageReader): StreamNote {
  if (!isJsonObject(value)) return { kind: 'piece' }
  switch (value.type) {
    case 'message_start':
      if (isJsonObject(value.message)) usage.take(value.message.usage)
      return { kind: 'opening' }
    case 'content_block_start':
    case 'content_block_stop':
    case 'ping':
      return { kind: 'opening' }
    case 'message_delta': {
      usage.take(value.usage)
      const counted = usage.usage()
      const reason = isJsonObject(value.delta) ? parseStopReason(value.delta.stop_reason) : undefined
      return { kind: 'piece', ...(counted && { usage: counted }), ...(reason && { finishReason: reason }) }
    }
    case 'message_stop':
      return { kind: 'last' }
    default:
      return { kind: 'piece' }
  }
}

function examineWhole(json: unknown, maker: string): Outcome | undefined {
  if (!isJsonObject(json) || !isJsonArray(json.content)) return undefined
  const events = parseMessagesAnswer(json, maker)
  const usage = events.find((event) => event.kind === 'usage')?.usage
  const finishReason = events.find((event) => event.kind === 'finish')?.reason
  return { ...(usage && { usage }), ...(finishReason && { finishReason }) }
}
