import type { ChatHabits } from '../../wire/openai-chat/chat-wording.ts'
import type { Capability, RelayOperation } from '../engine.ts'

/** A server that speaks OpenAI's protocol, and what it does in a way of its own. Only what its document says. */
export type OpenAiVendor = {
  /** As a configuration names it; the file has the same name. */
  readonly name: string
  readonly label: string
  /** Up to and including the version. Absent where every customer has an address of their own. */
  readonly baseUrl?: string
  /** Follows a base URL that is an origin and no more. `{model}` is the name the server knows the model by. */
  readonly path?: string
  /** The environment variable that usually holds its key. */
  readonly keyVariable?: string
  /** The header that carries the key as it is; absent: `authorization`, as a bearer token. */
  readonly keyHeader?: string
  readonly query?: Readonly<Record<string, string>>
  /** What it speaks; the first one is used for clients that speak something else. */
  readonly relays: readonly [Exclude<RelayOperation, 'embeddings'>, ...RelayOperation[]]
  /** Puts documents in order, in the form that Jina, Cohere, vLLM and llama-server share. */
  readonly reranks?: true
  /** Request fields it rejects or does not read. What would change the form of an answer is refused instead. */
  readonly drops?: readonly string[]
  /** Fields of messages it rejects. */
  readonly messageDrops?: readonly string[]
  /** Request fields it knows by another name. */
  readonly renames?: Readonly<Record<string, string>>
  /** Roles of messages it knows by another name. */
  readonly roles?: Readonly<Record<string, string>>
  /** What none of its models can do through this protocol. */
  readonly lacks?: readonly Capability[]
  /** What it takes beyond OpenAI's words. */
  readonly habits?: ChatHabits
  /** Where this is written, and when it was read. */
  readonly source: { readonly document: string; readonly date: string }
}

/** Only gives the table its type: so a file is its table and nothing else. */
export function openAiVendor(table: OpenAiVendor): OpenAiVendor {
  return table
}
