import { expect } from 'vitest'
import type { AnswerEvent, FinishReason } from '../../core/events.ts'
import { totalInputTokens, totalOutputTokens, type Usage } from '../../core/usage.ts'

export type CollectedAnswer = {
  readonly choices: readonly CollectedChoice[]
  readonly usage: Usage | undefined
}

export type CollectedChoice = {
  readonly text: string
  readonly reasoning: string
  readonly refusal: string
  readonly toolCalls: readonly { readonly id: string; readonly name: string; readonly arguments: string }[]
  readonly tokensWithLogprobs: number
  readonly finish: FinishReason
}

/** Reads a whole answer and checks on the way what every engine promises about the order of events. */
export async function collectAnswer(events: AsyncIterable<AnswerEvent>): Promise<CollectedAnswer> {
  const choices = new Map<number, OpenChoice>()
  let usage: Usage | undefined
  for await (const event of events) {
    if (event.kind === 'usage') {
      expect(usage, 'usage comes at most once').toBeUndefined()
      usage = event.usage
      expectCounted(usage)
      continue
    }
    if (event.kind === 'extra') continue
    const choice = choices.get(event.choice) ?? openChoice()
    choices.set(event.choice, choice)
    expect(choice.finish, `nothing comes after the finish of choice ${event.choice}`).toBeUndefined()
    take(choice, event)
  }
  return {
    choices: [...choices.entries()].sort(([a], [b]) => a - b).map(([, choice]) => closed(choice)),
    usage,
  }
}

type OpenChoice = {
  readonly open: Set<string>
  text: string
  reasoning: string
  refusal: string
  tokensWithLogprobs: number
  readonly toolCalls: { id: string; name: string; arguments: string }[]
  finish: FinishReason | undefined
}

function openChoice(): OpenChoice {
  return {
    open: new Set(),
    text: '',
    reasoning: '',
    refusal: '',
    tokensWithLogprobs: 0,
    toolCalls: [],
    finish: undefined,
  }
}

type ChoiceEvent = Exclude<AnswerEvent, { kind: 'usage' | 'extra' }>

function take(choice: OpenChoice, event: ChoiceEvent): void {
  switch (event.kind) {
    case 'text-start':
      return start(choice, 'text')
    case 'text-delta':
      expectOpen(choice, 'text')
      choice.text += whole(event.text)
      choice.tokensWithLogprobs += event.logprobs?.length ?? 0
      return
    case 'text-end':
      return end(choice, 'text')
    case 'reasoning-start':
      return start(choice, 'reasoning')
    case 'reasoning-delta':
      expectOpen(choice, 'reasoning')
      choice.reasoning += whole(event.text)
      return
    case 'reasoning-end':
      return end(choice, 'reasoning')
    case 'refusal-delta':
      choice.refusal += whole(event.text)
      return
    case 'tool-call-start':
      start(choice, `tool-call ${event.index}`)
      expect(event.index, 'tool calls are numbered from 0 in order').toBe(choice.toolCalls.length)
      choice.toolCalls.push({ id: event.id, name: event.name, arguments: '' })
      return
    case 'tool-call-delta': {
      expectOpen(choice, `tool-call ${event.index}`)
      const call = choice.toolCalls[event.index]
      if (call !== undefined) call.arguments += whole(event.arguments)
      return
    }
    case 'tool-call-end':
      return end(choice, `tool-call ${event.index}`)
    case 'finish':
      expect([...choice.open], 'every block ends before the finish').toEqual([])
      choice.finish = event.reason
      return
    default:
      return event satisfies never
  }
}

function start(choice: OpenChoice, block: string): void {
  expect(choice.open.has(block), `${block} starts while it is open`).toBe(false)
  choice.open.add(block)
}

function end(choice: OpenChoice, block: string): void {
  expectOpen(choice, block)
  choice.open.delete(block)
}

function expectOpen(choice: OpenChoice, block: string): void {
  expect(choice.open.has(block), `${block} goes on or ends only after it started`).toBe(true)
}

/** A code point cut in two becomes U+FFFD or a lone surrogate. */
function whole(text: string): string {
  expect(text.isWellFormed(), 'a delta holds whole code points').toBe(true)
  expect(text, 'no character was replaced').not.toContain('\uFFFD')
  return text
}

function closed({ open: _open, finish, ...rest }: OpenChoice): CollectedChoice {
  expect(finish, 'every choice finishes').toBeDefined()
  return { ...rest, finish: finish ?? 'other' }
}

function expectCounted(usage: Usage): void {
  expect(totalInputTokens(usage), 'the prompt has tokens').toBeGreaterThan(0)
  expect(totalOutputTokens(usage), 'the answer has tokens').toBeGreaterThan(0)
  expect(usage.source, 'an answer that is whole is counted, not estimated').toBe('counted')
}
