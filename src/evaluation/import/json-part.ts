import type { Json } from '../../core/json.ts'

/** Which values of a document are wanted: `/samples/*` is every element of its list `samples`. */
export type Wanted = {
  /** A JSON Pointer (RFC 6901) in which `*` stands for any one key; '' is the whole document. */
  readonly at: string
  /** Of an object only these fields; the others, such as a log of every event, are passed over without being held. */
  readonly only?: readonly string[]
}

export type JsonPart = {
  readonly path: readonly string[]
  /** Undefined when it is not JSON. */
  readonly value: Json | undefined
}
