import type { AnswerEvent, FinishReason } from '../../core/events.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { createAnswerBlocks } from '../openai-answer-blocks.ts'
import { parseReasoningDetail, type ReasoningDetail } from './carried-signature.ts'
import { parseLogprobs } from './parse-logprobs.ts'
import { createToolCallParser } from './parse-tool-calls.ts'
import { upstreamFailure } from '../upstream-failure.ts'

export type ChoiceParser = {
  /** Takes one choice of a chunk, with its delta; appends what it says to `events`. */
  readonly take: (choice: JsonObject, delta: JsonObject, events: AnswerEvent[]) => void
  /** Ends the blocks that are open. */
  readonly close: (events: AnswerEvent[]) => void
  readonly finish: () => AnswerEvent
  /** A finish reason has come. */
  readonly finished: () => boolean
}

export type ChoiceSource = {
  readonly answerId: string
  /** Stamped on the signatures. */
  readonly maker: string
  /** A whole message, not a piece of one. */
  readonly whole: boolean
}

/** One choice of an answer: opens a block at its first piece and ends it when another kind begins or the answer is over. */
export function createChoiceParser(choice: number, source: ChoiceSource): ChoiceParser {
  const toolCalls = createToolCallParser(choice, source.answerId, source.maker)
  const blocks = createAnswerBlocks(choice)
  let reasoningHasText = false
  let reason: FinishReason | undefined
  let called = false
  let stopSequence: string | undefined

  /** Text and details say the same twice; the details also say where a block ends and who signed it. */
  function takeReasoning(delta: JsonObject, events: AnswerEvent[]): void {
    const text = reasoningOf(delta)
    const details = detailsOf(delta, source.maker)
    if (source.whole && text === details.map((detail) => detail.text).join('')) {
      for (const detail of details) takeDetail(detail, detail.text, events)
      return
    }
    reasoningHasText ||= text !== ''
    blocks.reason(text, events)
    for (const detail of details) takeDetail(detail, reasoningHasText ? '' : detail.text, events)
  }

  function takeDetail({ signature, fields }: ReasoningDetail, text: string, events: AnswerEvent[]): void {
    blocks.reason(text, events)
    // What nobody may read is an entry of its own, and does not sign the summary before it.
    if (fields.type === 'reasoning.encrypted') blocks.leave(events)
    if (signature !== undefined) blocks.sign(signature, events)
  }

  function takeContent(given: JsonObject, delta: JsonObject, events: AnswerEvent[]): void {
    const logprobs = parseLogprobs(given.logprobs)
    if (!isJsonArray(delta.content)) {
      blocks.say(typeof delta.content === 'string' ? delta.content : '', logprobs, events)
      return
    }
    for (const part of delta.content) {
      blocks.reason(thinkingOf(part), events)
      blocks.say(textOf(part), undefined, events)
    }
    blocks.say('', logprobs, events)
  }

  return {
    take(given, delta, events) {
      takeReasoning(delta, events)
      takeContent(given, delta, events)
      if (typeof delta.refusal === 'string') blocks.refuse(delta.refusal, events)
      if (isJsonArray(delta.tool_calls) && delta.tool_calls.length > 0) {
        called = true
        blocks.leave(events)
        toolCalls.take(delta.tool_calls, events)
      }
      reason = parseFinishReason(given.finish_reason) ?? reason
      // vLLM says which stop sequence it was; a number there is a token of the model's own vocabulary.
      if (typeof given.stop_reason === 'string') stopSequence = given.stop_reason
    },
    close(events) {
      blocks.leave(events)
      toolCalls.close(events)
    },
    finish: () => ({
      kind: 'finish',
      choice,
      // Gemini's OpenAI endpoint says `stop` after a call too, and an agent that believes it never runs the tool.
      reason: called && reason === 'stop' ? 'tool-calls' : (reason ?? 'other'),
      ...(stopSequence === undefined ? {} : { stopSequence }),
    }),
    finished: () => reason !== undefined,
  }
}

/** DeepSeek, llama-server and SGLang say `reasoning_content`, Ollama, Groq and newer vLLM `reasoning`; some say both. */
function reasoningOf(delta: JsonObject): string {
  if (typeof delta.reasoning_content === 'string' && delta.reasoning_content !== '')
    return delta.reasoning_content
  return typeof delta.reasoning === 'string' ? delta.reasoning : ''
}

function detailsOf(delta: JsonObject, maker: string): readonly ReasoningDetail[] {
  if (!isJsonArray(delta.reasoning_details)) return []
  return delta.reasoning_details.filter(isJsonObject).map((entry) => parseReasoningDetail(entry, maker))
}

/** Text of a part of Mistral's content arrays. */
function textOf(part: Json): string {
  return isJsonObject(part) && typeof part.text === 'string' ? part.text : ''
}

function thinkingOf(part: Json): string {
  if (!isJsonObject(part) || part.type !== 'thinking') return ''
  if (typeof part.thinking === 'string') return part.thinking
  return isJsonArray(part.thinking) ? part.thinking.map(textOf).join('') : ''
}

/** Reasons that are failures: of Mistral and OpenRouter, of DeepSeek under load, of vLLM when it is stopped. */
const FAILURES: ReadonlySet<unknown> = new Set(['error', 'insufficient_system_resource', 'abort'])

export function isFailure(finishReason: unknown): finishReason is string {
  return FAILURES.has(finishReason)
}

/** Some servers send '' or null until the end. Throws where the reason says that there is no answer. */
export function parseFinishReason(given: unknown): FinishReason | undefined {
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
      // Half an answer with a polite end would pass for a whole one, and nobody else would be asked.
      if (isFailure(given)) throw upstreamFailure({ message: '', type: 'finish_reason', code: given })
      return 'other'
  }
}
