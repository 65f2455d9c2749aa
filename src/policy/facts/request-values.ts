import type { Conversation, EmbeddingRequest, RerankRequest } from '../../core/conversation.ts'
import type { Labels } from '../../privacy/label.ts'
import { valuesOf, type FactsOf, type Values } from './fact-table.ts'

/** What a request is, beside what was found in it. What is left out is not known, and rules that need it say so. */
export type Circumstances = {
  readonly operation?: Operation
  readonly tokens?: number
  readonly tools?: boolean
  readonly images?: boolean
  /** The tightest budget that the request counts against, in dollars; absent where there is none or nobody asked. */
  readonly budgetLeftUsd?: number
}

type Operation = NonNullable<FactsOf<'request'>['operation']>

export function requestValues(labels: Labels, circumstances: Circumstances): Values {
  return valuesOf('request', requestFacts(labels, circumstances))
}

export function requestFacts(
  labels: Labels,
  { operation, tokens, tools, images }: Circumstances,
): FactsOf<'request'> {
  const about = { operation, tokens, tools, images }
  if (!labels.examined) return about
  const { kinds, entities, sensitivity, names, language, task } = labels
  return {
    ...about,
    labels: [...kinds, ...entities],
    kinds,
    entities,
    sensitivity,
    names_covered: names === 'covered',
    languages: labels.languages ?? (language === undefined ? undefined : [language]),
    task,
  }
}

/** The circumstances that can be read off a request in our own form. */
export function circumstancesOf(
  operation: Operation,
  content: Conversation | EmbeddingRequest | RerankRequest,
): Circumstances {
  if ('inputs' in content) return { operation, tokens: inputTokens(content), tools: false, images: false }
  if ('documents' in content)
    return { operation, tokens: textTokens(content.query, ...content.documents), tools: false, images: false }
  return {
    operation,
    tokens: conversationTokens(content),
    tools: content.tools.length > 0,
    images: content.messages.some(({ parts }) => parts.some(({ kind }) => BEYOND_TEXT.has(kind))),
  }
}

/** What no recogniser looks into; a part of an unknown kind may be any of them. */
const BEYOND_TEXT: ReadonlySet<string> = new Set(['image', 'file', 'audio', 'other'])

function inputTokens({ inputs }: EmbeddingRequest): number {
  return inputs.reduce<number>(
    (sum, each) => sum + (typeof each === 'string' ? textTokens(each) : each.length),
    0,
  )
}

function conversationTokens({ messages, tools }: Conversation): number {
  const texts = messages.flatMap(({ parts }) => parts.map(textOf))
  const tooling = tools.length === 0 ? '' : JSON.stringify(tools)
  return textTokens(...texts, tooling)
}

function textOf(part: Conversation['messages'][number]['parts'][number]): string {
  if (part.kind === 'tool-call') return part.arguments
  return 'text' in part ? part.text : ''
}

// English prose has about four characters to a token, Hindi and Arabic two: too many is the side on which rules about
// large requests are written.
const CHARS_PER_TOKEN = 2

function textTokens(...texts: readonly string[]): number {
  return Math.ceil(texts.reduce((sum, { length }) => sum + length, 0) / CHARS_PER_TOKEN)
}
