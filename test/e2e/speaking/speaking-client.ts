import type { Dialect } from '../../../src/core/conversation.ts'

/** An official client, unmodified, behind one face, so that one test says the same through each of them. */
export type SpeakingClient = {
  readonly name: string
  readonly dialect: Dialect
  /** A conversation whose history is kept as users of this client keep it: what it gave is what goes back. */
  readonly open: (model: string, wishes?: Wishes) => Session
  /** It has places for a vendor's signatures and hands them back. */
  readonly signs: boolean
  readonly faultOf: (thrown: unknown) => Fault
}

export type Wishes = {
  readonly system?: string
  readonly tools?: readonly ToolSpec[]
  readonly reason?: true
  /** Answers are JSON of this schema. */
  readonly schema?: object
  readonly maxTokens?: number
}

export type ToolSpec = { readonly name: string; readonly description: string; readonly parameters: object }

export type Session = {
  readonly say: (text: string, stream?: boolean) => Promise<Seen>
  /** The results of the tools that the last answer called. */
  readonly give: (results: readonly ToolResult[], stream?: boolean) => Promise<Seen>
  /** Goes on with another model, history and all. */
  readonly switchTo: (model: string) => void
}

export type ToolResult = { readonly id: string; readonly name: string; readonly text: string }

/** What the objects of a client show of an answer. */
export type Seen = {
  readonly text: string
  readonly reasoning: string
  readonly refusal: string
  readonly calls: readonly SeenCall[]
  readonly stop: 'stop' | 'length' | 'tool-calls' | 'refused' | 'other'
  readonly usage: SeenUsage
}

export type SeenCall = { readonly id: string; readonly name: string; readonly input: unknown }

/** The whole prompt, what of it came from a cache, and the answer. */
export type SeenUsage = { readonly input: number; readonly cached: number; readonly output: number }

/** What a client shows of a failure. `code` is ours where the client hands it on. */
export type Fault = {
  readonly status: number | undefined
  readonly code: string | undefined
  readonly message: string
}
