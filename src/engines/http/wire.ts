import type { AnswerEvent, FinishReason } from '../../core/events.ts'
import type { Usage } from '../../core/usage.ts'

/** What the machinery of this folder has to know of a protocol: where to ask, and how to read what comes back. */
export type Wire = {
  /** Under the base URL. */
  readonly path: string
  readonly createParser: () => EventParser
  readonly parseWhole: (json: unknown) => readonly AnswerEvent[]
  /** The field that makes JSON an answer of this protocol, for saying that it is missing. */
  readonly answerField?: string
  /** Undefined when the field is not there. */
  readonly examineWhole: (json: unknown) => Outcome | undefined
  readonly words: StreamWords
  /** What clients wait for at the end of a stream, for servers that close without it. Empty: such a stream was cut. */
  readonly ending: Buffer
}

/** A protocol whose bytes only pass through. */
export type RelayWire = Pick<Wire, 'path' | 'answerField' | 'examineWhole' | 'words' | 'ending'>

export type EventParser = {
  /** Takes the `data` of one server-sent event. */
  readonly push: (payload: string) => readonly AnswerEvent[]
  readonly end: () => readonly AnswerEvent[]
  readonly done: () => boolean
}

/** How the events of a stream are told apart while their bytes pass through. Made by `streamWords`. */
export type StreamWords = {
  /**
   * What makes an event worth parsing. Almost all are pieces of text that nobody here needs to understand, so they cost
   * one regular expression (0.6 µs) instead of a JSON parse (2 µs and garbage). A quotation mark inside a JSON string is
   * escaped, so text that talks about "usage" does not match; if it ever did, the event would only be parsed for nothing.
   */
  readonly worthParsing: RegExp
  /** What the server reports instead of an answer, as its error parser reads it; undefined for all else. */
  readonly errorOf: (value: unknown) => unknown
  readonly read: (value: unknown) => StreamNote
}

export type StreamNote = Outcome & {
  /** `opening`: what stands before the answer and could be said anew. */
  readonly kind: 'piece' | 'opening' | 'usage-only' | 'last'
  /** Whose finish reason it is; the first answer's stands for the request. */
  readonly choice?: number
}

export type Outcome = { readonly usage?: Usage; readonly finishReason?: FinishReason }
