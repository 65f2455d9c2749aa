import type { JsonObject } from '../../../core/json.ts'

/** The tools of one conversation, as the process of the model is told of them. */
export type ToolUse = {
  readonly tools: readonly ChatTool[]
  /** How many calls the answer must have, and may have. With 0 and 0 the model sees its tools and calls none. */
  readonly least: 0 | 1
  readonly most: number
  /** The only one that may be called. */
  readonly only?: string
}

export type ChatTool = {
  readonly name: string
  readonly description?: string
  readonly parameters: JsonObject
  /** GBNF of its arguments. */
  readonly grammar: string
}

export type ChatToolCall = {
  readonly id: string
  readonly name: string
  /** JSON text as the model wrote it. */
  readonly arguments: string
}

/** Part of a call in an answer. What `start` names is a tool of the conversation; a call that was cut ends too. */
export type CallPiece =
  | { readonly kind: 'start'; readonly name: string }
  | { readonly kind: 'delta'; readonly arguments: string }
  | { readonly kind: 'end' }
