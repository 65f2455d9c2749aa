import type { FinishReason } from '../../core/events.ts'
import type { Json, JsonObject } from '../../core/json.ts'
import type { Usage } from '../../core/usage.ts'
import { responseId } from './item-ids.ts'
import { renderResponseUsage } from './response-usage.ts'

export type ResponseIdentity = {
  readonly requestId: string
  /** Seconds since the Unix epoch. */
  readonly created: number
  /** The name the client is told. */
  readonly model: string
  /** The body the client sent: a response repeats what it was asked. */
  readonly request: JsonObject
  readonly store: boolean
  /** What we know of the answer and OpenAI has no field for. */
  readonly musivum?: JsonObject
}

export type ResponseState = {
  readonly status: 'in_progress' | 'completed' | 'incomplete' | 'failed'
  readonly error: JsonObject | null
  /** Why it is incomplete. */
  readonly reason?: string
  readonly usage?: Usage
}

/** Everything of a response but its output and the unknown fields of a server. */
export function responseShell(identity: ResponseIdentity, state: ResponseState): JsonObject {
  const { requestId, created, model, musivum } = identity
  return {
    id: responseId(requestId),
    object: 'response',
    created_at: created,
    status: state.status,
    error: state.error,
    incomplete_details: state.reason === undefined ? null : { reason: state.reason },
    model,
    ...echoOf(identity),
    usage: state.usage === undefined ? null : renderResponseUsage(state.usage),
    ...(musivum === undefined ? {} : { musivum }),
  }
}

/** The request as every response repeats it; what was not set has OpenAI's default. */
function echoOf({ request, store }: ResponseIdentity): JsonObject {
  const echo: Record<string, Json> = { background: false, store }
  for (const [field, byDefault] of Object.entries(DEFAULTS)) echo[field] = request[field] ?? byDefault
  echo['text'] = { format: { type: 'text' }, ...asObject(request.text) }
  echo['reasoning'] = { effort: null, summary: null, ...asObject(request.reasoning) }
  return echo
}

const DEFAULTS: Readonly<Record<string, Json>> = {
  instructions: null,
  max_output_tokens: null,
  max_tool_calls: null,
  metadata: {},
  parallel_tool_calls: true,
  previous_response_id: null,
  prompt_cache_key: null,
  safety_identifier: null,
  service_tier: 'auto',
  temperature: null,
  tool_choice: 'auto',
  tools: [],
  top_logprobs: 0,
  top_p: null,
  truncation: 'disabled',
  user: null,
}

function asObject(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null ? (value as JsonObject) : {}
}

/** How an answer that ended for this reason ends as a response. */
export function endState(reason: FinishReason, usage: Usage | undefined): ResponseState {
  const counted = usage === undefined ? {} : { usage }
  switch (reason) {
    case 'length':
      return { status: 'incomplete', error: null, reason: 'max_output_tokens', ...counted }
    case 'content-filter':
      return { status: 'incomplete', error: null, reason: 'content_filter', ...counted }
    case 'stop':
    case 'tool-calls':
    case 'other':
      return { status: 'completed', error: null, ...counted }
    default:
      return reason satisfies never
  }
}

/**
 * A response with the unknown fields of the server. It speaks for itself whatever a server says, but for the tier that
 * served it.
 */
export function withServerFields(shell: JsonObject, extra: JsonObject): JsonObject {
  const unknown = Object.fromEntries(
    Object.entries(extra).filter(([key]) => !Object.hasOwn(shell, key) && key !== 'output'),
  )
  const { service_tier: tier } = extra
  return { ...unknown, ...shell, ...(typeof tier === 'string' ? { service_tier: tier } : {}) }
}
