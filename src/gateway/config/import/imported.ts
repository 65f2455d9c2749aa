import type { AiSdkEntry, AnthropicEntry, FallbackEntry, OpenAiEntry, PlaceEntry } from '../schema.ts'
import type { Cursor } from './source.ts'

/** What every reader makes of its file: the names that clients ask for, and where each is served. */
export type ImportedGateway = {
  readonly groups: readonly Group[]
  /** Settings of the whole gateway, as musivum.yaml says them. */
  readonly settings: Readonly<Record<string, unknown>>
}

/** One name that clients ask for. */
export type Group = {
  readonly name: string
  readonly from: Cursor
  /** Where it is served. Those with the lowest `tier` share the load; the next tier answers when they cannot. */
  readonly deployments: readonly Deployment[]
  /** Models under other names that answer in its place. */
  readonly fallbacks: readonly FallbackEntry[]
  /** Why the next tier is asked; absent: the usual reasons. */
  readonly on?: readonly string[]
}

/** One place of a model. What all places of one model have in common stands apart from what is their own. */
export type Deployment = {
  readonly from: Cursor
  /** Tells it apart from the others of its group, in names made for it: `azure`. */
  readonly label: string
  readonly tier: number
  readonly shared: SharedEntry
  readonly place: PlaceEntry
}

export type SharedEntry = OpenAiShared | AnthropicShared | AiSdkEntry
type OpenAiShared = Omit<OpenAiEntry, keyof PlaceEntry | 'endpoints' | 'fallbacks' | 'engine'> & {
  readonly engine?: 'openai'
}
type AnthropicShared = Omit<AnthropicEntry, keyof PlaceEntry | 'endpoints' | 'fallbacks'>
