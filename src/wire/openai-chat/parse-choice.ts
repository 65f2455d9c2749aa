import type { AnswerEvent, FinishReason, TokenLogprob } from '../../core/events.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { parseLogprobs } from './parse-logprobs.ts'
import { createToolCallParser } from './parse-tool-calls.ts'

export type ChoiceParser = {
  /** Takes one choice of a chunk, with its delta; appends what it says to `events`. */
  readonly take: (choice: JsonObject, delta: JsonObject, events: AnswerEvent[]) => void
  /** Ends the blocks that are open. */
  readonly close: (events: AnswerEvent[]) => void
  readonly finish: () => AnswerEvent
  /** A finish reason has come. */
  readonly finished: () => boolean
}

/** One choice of an answer: opens a block at its first piece and ends it when another kind begins or the answer is over. */
export function createChoiceParser(choice: number, answerId: string): ChoiceParser {
  const toolCalls = createToolCallParser(choice, answerId)
  let open: 'text' | 'reasoning' | undefined
  let reason: FinishReason | undefined

  function enter(block: 'text' | 'reasoning' | undefined, events: AnswerEvent[]): void {
    if (open === block) return
    if (open !== undefined) events.push({ kind: `${open}-end`, choice })
    if (block !== undefined) events.push({ kind: `${block}-start`, choice })
    open = block
  }

  function takeText(
    text: string,
    logprobs: readonly TokenLogprob[] | undefined,
    events: AnswerEvent[],
  ): void {
    // A token may be half a character: no text yet, but its log-probability must not be lost.
    if (text === '' && logprobs === undefined) return
    enter('text', events)
    events.push(
      logprobs === undefined
        ? { kind: 'text-delta', choice, text }
        : { kind: 'text-delta', choice, text, logprobs },
    )
  }

  return {
    take(given, delta, events) {
      const reasoning = reasoningOf(delta)
      if (reasoning !== '') {
        enter('reasoning', events)
        events.push({ kind: 'reasoning-delta', choice, text: reasoning })
      }
      takeText(textOf(delta.content), parseLogprobs(given.logprobs), events)
      if (typeof delta.refusal === 'string' && delta.refusal !== '') {
        enter(undefined, events)
        events.push({ kind: 'refusal-delta', choice, text: delta.refusal })
      }
      if (isJsonArray(delta.tool_calls) && delta.tool_calls.length > 0) {
        enter(undefined, events)
        toolCalls.take(delta.tool_calls, events)
      }
      reason = finishReason(given.finish_reason) ?? reason
    },
    close(events) {
      enter(undefined, events)
      toolCalls.close(events)
    },
    finish: () => ({ kind: 'finish', choice, reason: reason ?? 'other' }),
    finished: () => reason !== undefined,
  }
}

/** DeepSeek, llama-server and SGLang say `reasoning_content`, Ollama, Groq and newer vLLM `reasoning`; some say both. */
function reasoningOf(delta: JsonObject): string {
  if (typeof delta.reasoning_content === 'string' && delta.reasoning_content !== '')
    return delta.reasoning_content
  if (typeof delta.reasoning === 'string' && delta.reasoning !== '') return delta.reasoning
  return isJsonArray(delta.content) ? delta.content.map(thinkingOf).join('') : ''
}

/** Text, or Mistral's array of parts. */
function textOf(content: Json | undefined): string {
  if (typeof content === 'string') return content
  if (!isJsonArray(content)) return ''
  return content
    .map((part) => (isJsonObject(part) && typeof part.text === 'string' ? part.text : ''))
    .join('')
}

function thinkingOf(part: Json): string {
  return isJsonObject(part) && part.type === 'thinking' ? textOf(part.thinking) : ''
}

/** Some servers send '' or null until the end. */
function finishReason(given: Json | undefined): FinishReason | undefined {
  switch (given) {
    case undefined:
    case null:
    case '':
      return undefined
    case 'stop':
    case 'eos':
      return 'stop'
    case 'length':
      return 'length'
    case 'tool_calls':
    case 'function_call':
      return 'tool-calls'
    case 'content_filter':
      return 'content-filter'
    default:
      return 'other'
  }
}
