import type { AnswerEvent } from '../core/events.ts'
import type { BlockKind, Piece } from './guard.ts'

/** A block of an answer that is being said: which one, and of which kind. */
export type BlockName = { readonly key: string; readonly where: string; readonly kind: BlockKind }

export type Delta = Extract<
  AnswerEvent,
  { readonly kind: 'text-delta' | 'reasoning-delta' | 'refusal-delta' | 'tool-call-delta' }
>

/** The text that an event adds to a block; undefined for events that add none. */
export function deltaOf(event: AnswerEvent): Delta | undefined {
  switch (event.kind) {
    case 'text-delta':
    case 'reasoning-delta':
    case 'refusal-delta':
    case 'tool-call-delta':
      return event
    default:
      return undefined
  }
}

export function textOf(delta: Delta): string {
  return delta.kind === 'tool-call-delta' ? delta.arguments : delta.text
}

export function blockOf(delta: Delta): BlockName {
  const answer = delta.choice === 0 ? 'answer' : `answer ${delta.choice + 1}`
  if (delta.kind === 'tool-call-delta') {
    const where = `${answer} tool call ${delta.index + 1}`
    return { key: where, where, kind: 'tool-call' }
  }
  const kind = KINDS[delta.kind]
  return { key: `${answer} ${kind}`, where: `${answer} ${kind}`, kind }
}

const KINDS = {
  'text-delta': 'text',
  'reasoning-delta': 'reasoning',
  'refusal-delta': 'refusal',
} as const

/** The delta with another text, without the log-probabilities of words that it no longer holds. */
export function withText(delta: Delta, text: string): Delta {
  switch (delta.kind) {
    case 'text-delta':
      return { kind: 'text-delta', choice: delta.choice, text }
    case 'tool-call-delta':
      return { ...delta, arguments: text }
    default:
      return { ...delta, text }
  }
}

/** The block that an event ends; `all` of its choice for `finish`. */
export function endedBy(event: AnswerEvent): { readonly key: string } | { readonly all: string } | undefined {
  switch (event.kind) {
    case 'text-end':
      return { key: blockOf({ kind: 'text-delta', choice: event.choice, text: '' }).key }
    case 'reasoning-end':
      return { key: blockOf({ kind: 'reasoning-delta', choice: event.choice, text: '' }).key }
    case 'tool-call-end':
      return {
        key: blockOf({ kind: 'tool-call-delta', choice: event.choice, index: event.index, arguments: '' })
          .key,
      }
    case 'finish':
      return { all: event.choice === 0 ? 'answer' : `answer ${event.choice + 1}` }
    default:
      return undefined
  }
}

/** Most characters that one guard keeps of one answer: a million tokens of four characters. */
export const MAX_KEPT_CHARS = 4 * 1024 * 1024

/** The texts of an answer, gathered from its events. */
export class AnswerBlocks {
  readonly #texts = new Map<string, { readonly name: BlockName; readonly parts: string[] }>()
  readonly #fields: Piece[] = []
  #chars = 0

  add(event: AnswerEvent): void {
    const delta = deltaOf(event)
    if (delta !== undefined) this.#addDelta(delta)
    else if (event.kind === 'extra') this.#addFields(JSON.stringify(event.fields))
  }

  #addDelta(delta: Delta): void {
    const text = textOf(delta)
    const name = blockOf(delta)
    const block = this.#texts.get(name.key) ?? { name, parts: [] }
    block.parts.push(text)
    this.#texts.set(name.key, block)
    this.#chars += text.length
  }

  #addFields(text: string): void {
    this.#fields.push({ where: FIELDS, kind: 'text', text })
    this.#chars += text.length
  }

  get chars(): number {
    return this.#chars
  }

  pieces(): readonly Piece[] {
    return [...this.#texts.values()].map(({ name: { where, kind }, parts }) => ({
      where,
      kind,
      text: parts.join(''),
    }))
  }

  /** Fields of the answer that we do not know, as JSON. */
  fields(): readonly Piece[] {
    return this.#fields
  }
}

export const FIELDS = 'answer fields'
