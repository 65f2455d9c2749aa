import { strict as assert } from 'node:assert'
import type { Signature } from '../core/conversation.ts'
import { MusivumError } from '../core/errors.ts'
import type { AnswerEvent, FinishReason, TokenLogprob } from '../core/events.ts'
import type { Json, JsonObject } from '../core/json.ts'
import type { Usage } from '../core/usage.ts'
import { setField } from './json-extra.ts'

/** An answer that is whole. */
export type CollectedAnswer = {
  /** By index. */
  readonly choices: readonly CollectedChoice[]
  readonly usage?: Usage
  readonly extra: JsonObject
}

/** What a choice said, twice: in order, for protocols that keep it, and taken together, for those that do not. */
export type CollectedChoice = {
  readonly index: number
  readonly blocks: readonly Block[]
  readonly text: string
  readonly reasoning: string
  readonly refusal: string
  readonly toolCalls: readonly BlockOf<'tool-call'>[]
  /** Empty when none were reported. */
  readonly logprobs: readonly TokenLogprob[]
  readonly finishReason: FinishReason
  readonly stopSequence?: string
}

export type Block =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'reasoning'; readonly text: string; readonly signature?: Signature }
  | { readonly kind: 'refusal'; readonly text: string }
  | {
      readonly kind: 'tool-call'
      readonly id: string
      readonly name: string
      readonly arguments: string
      readonly signature?: Signature
    }

export type BlockOf<Kind extends Block['kind']> = Extract<Block, { readonly kind: Kind }>

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
    const choice = choices.get(index) ?? new OpenChoice(index)
    choices.set(index, choice)
    return choice
  }

  return {
    add(event) {
      chars += charsIn(event)
      if (chars > MAX_COLLECTED_CHARS) throw tooLong()
      if (event.kind === 'usage') usage = event.usage
      else if (event.kind !== 'extra') choiceAt(event.choice).add(event)
      else for (const key of Object.keys(event.fields)) setField(extra, key, event.fields[key] ?? null)
    },
    answer: () => ({
      choices: [...choices.values()].sort((a, b) => a.index - b.index).map((choice) => choice.whole()),
      ...(usage === undefined ? {} : { usage }),
      extra,
    }),
  }
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] }

class OpenChoice {
  readonly index: number
  readonly #blocks: Writable<Block>[] = []
  readonly #toolCalls: Writable<BlockOf<'tool-call'>>[] = []
  readonly #logprobs: TokenLogprob[] = []
  #finish: Extract<AnswerEvent, { readonly kind: 'finish' }> | undefined

  constructor(index: number) {
    this.index = index
  }

  add(event: Extract<AnswerEvent, { readonly choice: number }>): void {
    switch (event.kind) {
      case 'text-start':
        this.#blocks.push({ kind: 'text', text: '' })
        break
      case 'reasoning-start':
        this.#blocks.push({ kind: 'reasoning', text: '' })
        break
      case 'text-delta':
        this.#said('text').text += event.text
        // One by one: the log-probabilities of a long answer are more than a call takes as arguments.
        for (const logprob of event.logprobs ?? []) this.#logprobs.push(logprob)
        break
      case 'reasoning-delta':
        this.#said('reasoning').text += event.text
        break
      case 'refusal-delta':
        this.#said('refusal').text += event.text
        break
      case 'reasoning-end':
        if (event.signature !== undefined)
          Object.assign(this.#said('reasoning'), { signature: event.signature })
        break
      case 'tool-call-start':
        this.#startToolCall(event)
        break
      case 'tool-call-delta': {
        const call = this.#toolCalls[event.index]
        assert(call !== undefined, 'arguments came for a tool call that had not started')
        call.arguments += event.arguments
        break
      }
      case 'finish':
        this.#finish = event
        break
      case 'text-end':
      case 'tool-call-end':
        break
      default:
        event satisfies never
    }
  }

  /** The block that is being said; refusals have no start of their own. */
  #said<Kind extends 'text' | 'reasoning' | 'refusal'>(kind: Kind): Writable<BlockOf<Kind>> {
    const last = this.#blocks.at(-1)
    if (last?.kind === kind) return last as Writable<BlockOf<Kind>>
    const block = { kind, text: '' } as Writable<BlockOf<Kind>>
    this.#blocks.push(block)
    return block
  }

  #startToolCall({ index, id, name, signature }: Extract<AnswerEvent, { readonly kind: 'tool-call-start' }>) {
    const call = { kind: 'tool-call' as const, id, name, arguments: '', ...(signature && { signature }) }
    this.#toolCalls[index] = call
    this.#blocks.push(call)
  }

  whole(): CollectedChoice {
    const { stopSequence, reason } = this.#finish ?? { reason: 'other' }
    const said = (kind: 'text' | 'reasoning' | 'refusal') =>
      this.#blocks.map((block) => (block.kind === kind ? block.text : '')).join('')
    return {
      index: this.index,
      blocks: this.#blocks,
      text: said('text'),
      reasoning: said('reasoning'),
      refusal: said('refusal'),
      toolCalls: this.#toolCalls,
      logprobs: this.#logprobs,
      finishReason: reason,
      ...(stopSequence !== undefined && { stopSequence }),
    }
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
