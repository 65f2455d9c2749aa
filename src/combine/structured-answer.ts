import { strict as assert } from 'node:assert'
import type { Conversation, ResponseFormat } from '../core/conversation.ts'
import { MusivumError } from '../core/errors.ts'
import type { AnswerEvent } from '../core/events.ts'
import { addUsage, type Usage } from '../core/usage.ts'
import type { CallContext, Capabilities, SchemaGap } from '../engines/engine.ts'
import { createAnswerCollector, type CollectedAnswer, type CollectedChoice } from '../wire/collect-answer.ts'
import { clientFields, unsayable } from '../wire/openai-changes.ts'
import type { Answerer } from './answerer.ts'
import { replayAnswer } from './replay-answer.ts'
import {
  answerChecker,
  type AnswerChecker,
  type Checked,
  type JsonFormat,
} from './structured/answer-checker.ts'
import { askAgain, askForJson, tellForm } from './structured/ask-for-json.ts'

/** Whether this conversation wants JSON that the engine cannot be told to write, or not in every part of its schema. */
export function needsStructure({ responseFormat }: Conversation, can: Capabilities): boolean {
  if (responseFormat?.kind === 'json-schema') return !can.jsonSchema || gapsOf(responseFormat, can).length > 0
  return responseFormat?.kind === 'json' && !can.jsonObject
}

/**
 * Answers in the JSON that a conversation wants where the engine behind `answerer` does not hold answers to it: the form
 * is said in the prompt, the answer is checked, and where it does not fit the model is told why and asked once more. An engine
 * that holds to all but some keywords of a schema still does so meanwhile.
 *
 * The answer is held until it has been found to fit, streamed or not: half of an answer that is then taken back would be
 * worse than a late one. A call of a tool, a refusal and an answer that ended at its limit are handed on as they are, as
 * vendors who hold answers to a schema themselves do.
 *
 * Throws `answer.not_structured` when the second answer does not fit either, `request.invalid` for a schema that cannot be
 * checked, `request.unsupported` for several answers or log-probabilities beside it.
 */
export function structuredAnswer(answerer: Answerer, can: StructureCapabilities): Answerer {
  return async function* (conversation, context) {
    const { responseFormat: format } = conversation
    assert(format !== undefined && isJsonFormat(format), 'only JSON has a structure')
    const field = clientFields(conversation).responseFormat
    const gaps = gapsOf(format, can)
    refuseBeside(conversation, gaps.length > 0)
    const check = answerChecker(format, field)
    context.onChanged?.([{ kind: 'changed', path: field, why: whyOf(gaps) }])
    const asked =
      gaps.length > 0
        ? tellForm(conversation, format)
        : askForJson(conversation, format, { jsonMode: can.jsonObject })
    yield* tryTwice(answerer, { asked, check }, context)
  }
}

type StructureCapabilities = Pick<Capabilities, 'jsonObject' | 'schemaGaps'> &
  Partial<Pick<Capabilities, 'jsonSchema'>>

function gapsOf(format: ResponseFormat, can: StructureCapabilities): readonly SchemaGap[] {
  return format.kind === 'json-schema' && can.jsonSchema === true
    ? (can.schemaGaps?.(format.schema) ?? [])
    : []
}

function isJsonFormat(format: ResponseFormat): format is JsonFormat {
  return format.kind === 'json' || format.kind === 'json-schema'
}

/** A header has room for so many, and a client for as many. */
const MAX_TOLD_GAPS = 5

function whyOf(gaps: readonly SchemaGap[]): string {
  if (gaps.length === 0)
    return 'the server behind the model does not hold answers to it: said in the prompt, validated and asked again once'
  // A path is made of the client's own names: one that is no plain name is not repeated.
  const told = gaps.map(({ keyword, path }) =>
    /^[\w$/#~-]{1,100}$/.test(path) ? `${keyword} at ${path}` : keyword,
  )
  const more = gaps.length > MAX_TOLD_GAPS ? ` and ${gaps.length - MAX_TOLD_GAPS} more` : ''
  return `not held to while it is written: ${told.slice(0, MAX_TOLD_GAPS).join(', ')}${more}; said in the prompt, validated and asked again once`
}

type Order = { readonly asked: Conversation; readonly check: AnswerChecker }

async function* tryTwice(
  answerer: Answerer,
  { asked, check }: Order,
  context: CallContext,
): AsyncIterable<AnswerEvent> {
  let spent: Usage | undefined
  const calls: Usage[] = []
  async function ask(conversation: Conversation, told: CallContext): Promise<Try> {
    const answer = await collect(answerer(conversation, told))
    spent = sum(spent, answer.usage)
    if (answer.usage !== undefined) calls.push(answer.usage)
    return judge(answer, check)
  }
  try {
    const first = await ask(asked, context)
    const last =
      first.kind === 'taken' ? first : await ask(askAgain(asked, first.text, first.faults), quiet(context))
    if (last.kind !== 'taken') throw notStructured(last)
    for (const event of replayAnswer(withUsage(last.answer, spent)))
      yield event.kind === 'usage' && calls.length > 1 ? { ...event, calls } : event
  } catch (thrown) {
    // What did not fit was paid for all the same.
    if (spent !== undefined) yield { kind: 'usage', usage: spent, ...(calls.length > 1 && { calls }) }
    throw thrown
  }
}

/** The changes that the engine makes to a request are the same the second time, and have been told. */
function quiet({ onChanged: _told, ...context }: CallContext): CallContext {
  return context
}

async function collect(events: AsyncIterable<AnswerEvent>): Promise<CollectedAnswer> {
  const collector = createAnswerCollector()
  for await (const event of events) collector.add(event)
  return collector.answer()
}

type Misfit = Extract<Checked, { readonly kind: 'fault' }> & { readonly text: string }
type Try = { readonly kind: 'taken'; readonly answer: CollectedAnswer } | Misfit

function judge(answer: CollectedAnswer, check: AnswerChecker): Try {
  const [choice] = answer.choices
  if (choice === undefined || choice.toolCalls.length > 0 || choice.refusal !== '')
    return { kind: 'taken', answer }
  const checked = check(choice.text)
  if (checked.kind === 'fits')
    return { kind: 'taken', answer: { ...answer, choices: [withText(choice, checked.json)] } }
  const cut = choice.finishReason === 'length' || choice.finishReason === 'content-filter'
  return cut ? { kind: 'taken', answer } : { ...checked, text: choice.text }
}

function withText(choice: CollectedChoice, text: string): CollectedChoice {
  const others = choice.blocks.filter(({ kind }) => kind !== 'text')
  return { ...choice, text, blocks: [...others, { kind: 'text', text }] }
}

function withUsage({ usage: _one, ...answer }: CollectedAnswer, usage: Usage | undefined): CollectedAnswer {
  return usage === undefined ? answer : { ...answer, usage }
}

function sum(a: Usage | undefined, b: Usage | undefined): Usage | undefined {
  return a === undefined || b === undefined ? (a ?? b) : addUsage(a, b)
}

/** One text is checked, and what is handed on of it is no longer the tokens that the model wrote. */
function refuseBeside({ answerCount, topLogprobs }: Conversation, partly: boolean): void {
  const what = partly ? 'all of this JSON schema while it writes' : 'a JSON format'
  const why = `the server behind the model does not hold answers to ${what}, and where we do`
  if (answerCount > 1) throw unsayable('n', `${why} it is one answer at a time; ask several times`)
  if (topLogprobs !== undefined) throw unsayable('logprobs', `${why} there are no log-probabilities`)
}

/** Neither the answer nor its words: only which part of the client's own schema it did not meet. */
function notStructured({ keyword }: Misfit): MusivumError {
  const message = `The model did not write JSON of the wanted form in two tries (${keyword}). Another model may; so may a simpler schema.`
  return new MusivumError('answer.not_structured', message, { keyword, tries: 2 })
}
