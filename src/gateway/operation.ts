import type { Model } from '../catalog/model.ts'
import type { Engine } from '../engines/engine.ts'
import type { Permit } from '../policy/permit.ts'
import type { ErrorWords } from './dialects/error-words.ts'
import type { JsonObject } from '../core/json.ts'
import type { ResponseStore } from '../store/responses/response-store.ts'
import type { RequestRow } from '../store/store.ts'
import type { Gateway, Snapshot } from './gateway-parts.ts'
import type { RequestContent } from './request-content.ts'
import type { RequestRecord } from './request-record.ts'

/** What a path of the API does: one wire protocol's way of parsing a request and of delivering its answer. */
export type Operation<Content = RequestContent> = {
  readonly kind: RequestRow['operation']
  readonly errors: ErrorWords
  readonly parse: (body: string, past: Past) => ParsedRequest<Content>
  readonly deliver: (delivery: Delivery<Content>) => Promise<void>
}

/** A request in our own form, with what is needed to pass it on unchanged. */
export type ParsedRequest<Content = RequestContent> = {
  readonly model: string
  readonly stream: boolean
  readonly includeUsage: boolean
  readonly content: Content
  /** The client's text, for when the server behind the model speaks the same protocol. */
  readonly body: string
  /** The same as JSON, for protocols whose answers repeat what was asked. */
  readonly root?: JsonObject
  /** False when the answer must be ours, whatever the server speaks: it will be kept, or goes on from one that was. */
  readonly mayRelay?: false
  /** Keeps the answer, as the client got it in JSON. Throws `store.unavailable`. */
  readonly keep?: (answer: string) => void
}

/** Whose request it is, and what was kept of theirs. */
export type Past = { readonly owner: string; readonly responses: () => ResponseStore }

/** A permitted request on its way to one model and back. */
export type Delivery<Content = RequestContent> = {
  readonly gateway: Gateway
  readonly snapshot: Snapshot
  readonly request: ParsedRequest<Content>
  readonly chosen: Chosen
  readonly engine: Engine
  readonly record: RequestRecord
}

export type Chosen = { readonly model: Model; readonly permit: Permit }
