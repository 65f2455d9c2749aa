import type { Conversation, EmbeddingRequest, RerankRequest } from '../core/conversation.ts'

/**
 * A check of what goes into a model or comes out of one. Mode and behaviour on failure are declared, never implied: a guard
 * that quietly lets text leave before its verdict is worse than none.
 */
export type Guard = {
  readonly id: string
  readonly on: 'input' | 'output'
  readonly mode: Mode
  readonly fails: 'closed' | 'open'
  readonly action: Action
  readonly check: Check
  /** Which kinds of text it reads; absent: what the check says, which for nearly all of them is everything. */
  readonly blocks?: ReadonlySet<BlockKind>
  /** Names of models it is for; absent: all. */
  readonly models?: ReadonlySet<string>
  /** Tasks it is for; absent: all. A request whose task nobody knows is under every guard. */
  readonly tasks?: ReadonlySet<string>
}

/**
 * `hold`: nothing leaves before the verdict on the whole. `window`: text leaves when a window around it has been judged.
 * `after`: text leaves at once, and the verdict comes at the end. An input guard always holds.
 */
export type Mode = 'hold' | 'window' | 'after'

/** `refuse`: an error takes the place of the answer. `redact`: what was found is replaced. `note`: it is only told in the decision. */
export type Action = 'refuse' | 'redact' | 'note'

export const INPUT_BLOCKS = [
  'system',
  'user',
  'assistant',
  'reasoning',
  'tool-call',
  'tool-result',
  'tool',
  'document',
] as const
export const OUTPUT_BLOCKS = ['text', 'reasoning', 'refusal', 'tool-call'] as const

export type BlockKind = (typeof INPUT_BLOCKS)[number] | (typeof OUTPUT_BLOCKS)[number]

/** One text of a request or an answer. `where` names its place without any of its words: `messages[2]`, `answer text`. */
export type Piece = { readonly where: string; readonly kind: BlockKind; readonly text: string }

export type Check = LocalCheck | WholeCheck

/** Finds places in a text, and needs only what stands near a place to find it. */
export type LocalCheck = {
  readonly kind: 'local'
  readonly name: string
  /** Characters that are judged together on a stream: what it finds is found when this much around it is in view. */
  readonly window: number
  /** Weights of different findings in one text add up; from here on it counts as found. */
  readonly threshold: number
  /** Kinds of text that it does not read unless it is told to. */
  readonly skips?: ReadonlySet<BlockKind>
  /** Made once for each request. The function must be linear in its text. */
  readonly open: (about: About) => Find
}

export type Find = (text: string) => readonly Finding[]

/** Places are UTF-16 units of the text; sorted by `start`. */
export type Finding = {
  /** A name of ours, never a word of the text: `API_KEY`, `override`. */
  readonly what: string
  readonly start: number
  readonly end: number
  readonly weight: number
}

/** Judges texts as a whole: whether they are JSON of a form, of a language, unsafe in the eyes of a model. */
export type WholeCheck = {
  readonly kind: 'whole'
  readonly name: string
  readonly skips?: ReadonlySet<BlockKind>
  /** What was found, empty when nothing was. Throws when it cannot judge: then the guard has failed. */
  readonly judge: (pieces: readonly Piece[], about: About) => readonly Found[] | Promise<readonly Found[]>
}

export type Found = { readonly what: string; readonly where: string }

/** What a check may know beside the text. */
export type About = {
  /** All of the instructions of the request, for the check that they do not come back. */
  readonly systemPrompt: string
  /** What was said so far, for classifiers: text only, oldest first. */
  readonly said: readonly Said[]
  /** Asks a model. It needs a permit like every other call; rejects when it may not, cannot, or takes too long. */
  readonly ask: AskModel
  /** Milliseconds that never go back. */
  readonly nowMs: () => number
}

export type Said = { readonly role: 'system' | 'user' | 'assistant'; readonly text: string }

export type AskModel = (call: ModelCall) => Promise<string>

export type ModelCall = {
  readonly model: string
  readonly messages: readonly Said[]
  readonly maxTokens: number
  readonly timeoutMs: number
}

/** What a guard said of one request, for the decision: names and numbers, never the text. */
export type GuardVerdict = {
  readonly guard: string
  readonly on: Guard['on']
  readonly check: string
  readonly mode: Mode
  /** `unfinished`: the answer ended, or was ended, before the guard had seen the whole of it. */
  readonly verdict: 'passed' | 'found' | 'failed' | 'unfinished'
  readonly action: 'none' | 'refused' | 'redacted' | 'noted' | 'let-through'
  /** What was found, and how often. */
  readonly found: Readonly<Record<string, number>>
  /** Where, at most `MAX_PLACES`. */
  readonly where: readonly string[]
  /** Milliseconds the guard took. */
  readonly ms: number
}

export const MAX_PLACES = 8

export type GuardedContent = Conversation | EmbeddingRequest | RerankRequest
