import { MusivumError } from '../../core/errors.ts'
import type { AnswerEvent, FinishReason, TokenLogprob } from '../../core/events.ts'
import type { Json, JsonObject } from '../../core/json.ts'
import type { Usage } from '../../core/usage.ts'
import { setField } from '../json-extra.ts'

/** An answer that is whole. */
export type CollectedAnswer = {
  /** By index. */
  readonly choices: readonly CollectedChoice[]
  readonly usage?: Usage
  readonly extra: JsonObject
}

export type CollectedChoice = {
  readonly index: number
  readonly text: string
  readonly reasoning: string
  readonly refusal: string
  readonly toolCalls: readonly CollectedToolCall[]
  /** Empty when none were reported. */
  readonly logprobs: readonly TokenLogprob[]
  readonly finishReason: FinishReason
}

export type CollectedToolCall = { readonly id: string; readonly name: string; readonly arguments: string }

/**
 * The largest answer that is kept whole, in characters: 128 choices of 128 k tokens of 4 characters. A streamed answer
 * has no such bound, as nothing of it is kept.
 */
export const MAX_COLLECTED_CHARS = 128 * 128 * 1024 * 4

export type AnswerCollector = {
  /** Throws `upstream.bad_answer` past `MAX_COLLECTED_CHARS`. */
  readonly add: (event: AnswerEvent) => void
  readonly answer: () => CollectedAnswer
}

export function createAnswerCollector(): AnswerCollector {
  const choices = new Map<number, OpenChoice>()
  const extra: Record<string, Json> = {}
  let usage: Usage | undefined
  let chars = 0

  function choiceAt(index: number): OpenChoice {
    const choice = choices.get(index) ?? emptyChoice(index)
    choices.set(index, choice)
    return choice
  }

  return {
    add(event) {
      chars += charsIn(event)
      if (chars > MAX_COLLECTED_CHARS) throw tooLong()
      if (event.kind === 'usage') usage = event.usage
      else if (event.kind !== 'extra') addToChoice(choiceAt(event.choice), event)
      else for (const key of Object.keys(event.fields)) setField(extra, key, event.fields[key] ?? null)
    },
    answer: () => ({
      choices: [...choices.values()].sort((a, b) => a.index - b.index),
      ...(usage === undefined ? {} : { usage }),
      extra,
    }),
  }
}

type OpenChoice = {
  readonly index: number
  text: string
  reasoning: string
  refusal: string
  readonly toolCalls: { id: string; name: string; arguments: string }[]
  readonly logprobs: TokenLogprob[]
  finishReason: FinishReason
}

function emptyChoice(index: number): OpenChoice {
  return { index, text: '', reasoning: '', refusal: '', toolCalls: [], logprobs: [], finishReason: 'other' }
}

function addToChoice(choice: OpenChoice, event: Extract<AnswerEvent, { readonly choice: number }>): void {
  switch (event.kind) {
    case 'text-delta':
      choice.text += event.text
      // One by one: the log-probabilities of a long answer are more than a call takes as arguments.
      for (const logprob of event.logprobs ?? []) choice.logprobs.push(logprob)
      break
    case 'reasoning-delta':
      choice.reasoning += event.text
      break
    case 'refusal-delta':
      choice.refusal += event.text
      break
    case 'tool-call-start':
      choice.toolCalls[event.index] = { id: event.id, name: event.name, arguments: '' }
      break
    case 'tool-call-delta': {
      const call = choice.toolCalls[event.index]
      if (call === undefined) throw new TypeError('arguments came for a tool call that had not started')
      call.arguments += event.arguments
      break
    }
    case 'finish':
      choice.finishReason = event.reason
      break
    default:
      // Starts and ends of blocks: a whole answer has no use for them.
      break
  }
}

function charsIn(event: AnswerEvent): number {
  switch (event.kind) {
    case 'text-delta':
    case 'reasoning-delta':
    case 'refusal-delta':
      return event.text.length
    case 'tool-call-delta':
      return event.arguments.length
    default:
      return 0
  }
}

function tooLong(): MusivumError {
  return new MusivumError('upstream.bad_answer', `the answer is over ${MAX_COLLECTED_CHARS} characters long`)
}
