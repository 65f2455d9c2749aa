import type { Hint } from './source.ts'

const NOTHING = 'nothing to do'

type Reason = Pick<Hint, 'why' | 'instead'>

const GUARDS: Reason = {
  why: 'guards of other services are not called',
  instead: 'see what the policy of the gateway does',
}

const STATUS: Reason = {
  why: 'what is tried again depends on whose fault it was, not on one number',
  instead: 'read docs/failures.md',
}

const HEADERS: Reason = {
  why: 'no headers of your own are sent to a server',
  instead: 'use a server that needs none, or a provider package with `options`',
}

const OVERRIDES: Reason = {
  why: 'a model has no values of its own for what a request may say',
  instead: 'let the client send it with the request',
}

/** By the name of the setting, wherever in the tree of targets it stands. */
const BY_NAME: Readonly<Record<string, Reason>> = {
  input_guardrails: GUARDS,
  output_guardrails: GUARDS,
  before_request_hooks: GUARDS,
  after_request_hooks: GUARDS,
  custom_headers: HEADERS,
  forward_headers: { why: 'headers of a client are not passed on', instead: NOTHING },
  strict_open_ai_compliance: { why: 'answers keep to the protocol that the client speaks', instead: NOTHING },
  on_status_codes: STATUS,
  use_retry_after_header: {
    why: 'a server that says when to come back is believed up to two seconds',
    instead: NOTHING,
  },
  cb_config: {
    why: 'a place rests after five failures in a row or when half of the last half minute failed',
    instead: NOTHING,
  },
  sticky: {
    why: 'a conversation is not kept at one place, but for thoughts that only one can read',
    instead: NOTHING,
  },
  cache: {
    why: 'similar questions never share an answer; only exact ones may',
    instead: 'write `cache: { ttl: 10m }` at the model',
  },
  openai_organization: {
    why: 'no organisation is named to the server',
    instead: 'use a key that belongs to this organisation or project alone',
  },
  openai_project: {
    why: 'no project is named to the server',
    instead: 'use a key that belongs to this project alone',
  },
  metadata: {
    why: 'requests are not routed by what their client says about them',
    instead: 'give those clients a key that allows their models',
  },
  weight: { why: 'it shares its load with nothing', instead: NOTHING },
  name: { why: 'a place has no name of its own', instead: NOTHING },
  retry: { why: 'every target says its own', instead: NOTHING },
  request_timeout: { why: 'every target says its own', instead: NOTHING },
  override_params: OVERRIDES,
  'override_params.*': OVERRIDES,
}

/** Why settings of Portkey are not carried over. Portkey takes every name in `snake_case` and in `camelCase`. */
export const portkeyHints: readonly Hint[] = Object.entries(BY_NAME).flatMap(([name, reason]) =>
  [...new Set([name, camelCase(name)])].map((each) => ({ at: `**.${each}`, ...reason })),
)

function camelCase(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
}
