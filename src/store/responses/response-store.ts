import type { Json } from '../../core/json.ts'

/**
 * What the Responses protocol keeps between requests: whole items, as they were said, so that a conversation can go on
 * with another model than it began with. Everything belongs to its owner; nobody else's id finds anything.
 */
export type ResponseStore = {
  /** On the disk when it returns. A response that is there under the same id stays as it is. */
  readonly keep: (response: KeptResponse) => void
  readonly find: (owner: string, id: string) => StoredResponse | undefined
  /** Items of the chain that ends in this response, oldest first; undefined when a part of it is not there. */
  readonly itemsUpTo: (owner: string, id: string) => readonly Json[] | undefined
  readonly findItem: (owner: string, itemId: string) => Json | undefined
  /** Whether there was one. */
  readonly delete: (owner: string, id: string) => boolean
  readonly close: () => void
}

export type KeptResponse = {
  readonly id: string
  readonly owner: string
  readonly previousId: string | null
  readonly input: readonly Json[]
  /** The response as the client got it, in JSON. */
  readonly body: string
}

export type StoredResponse = {
  readonly previousId: string | null
  readonly input: readonly Json[]
  readonly body: string
}
