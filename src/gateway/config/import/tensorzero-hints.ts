import type { Hint } from './source.ts'

type Reason = Pick<Hint, 'why' | 'instead'>

const NOTHING = 'nothing to do'

const LIMIT: Reason = {
  why: 'limits are of keys, projects, teams and the whole gateway, and not in the file',
  instead: 'set it with `musivum limits set` or in the console',
}
const SCORE: Reason = {
  why: 'what is measured is the score of a task',
  instead: 'read docs/evidence/your-own-task.md',
}
const TOOLS: Reason = { why: 'tools come with the request', instead: 'let the client send them' }
const STORE: Reason = { why: 'the store is a file in the home folder', instead: NOTHING }
const SHARED: Reason = {
  why: 'requests are not shared between different models',
  instead: 'compare them with `musivum compare`, and let the better one answer',
}
const SAYS_CLIENT: Reason = {
  why: 'a model has no values of its own for what a request may say',
  instead: 'let the client send it with the request',
}

const REASONS: Readonly<Record<string, Reason>> = {
  'gateway.observability': { why: 'requests are logged into the store of the gateway', instead: NOTHING },
  'gateway.auth': {
    why: 'keys are asked for as soon as one was made',
    instead: 'make the first key with `musivum keys create`',
  },
  'gateway.base_path': {
    why: 'the paths are those of the protocols, from the root on',
    instead: 'put it in front with a reverse proxy',
  },
  'gateway.debug': {
    why: 'prompts and answers are logged where a rule obliges to it, and nowhere else',
    instead: NOTHING,
  },
  'gateway.disable_pseudonymous_usage_analytics': {
    why: 'nothing is reported to anybody',
    instead: NOTHING,
  },
  'gateway.export': {
    why: 'nothing is sent to other services from here',
    instead: 'read the request log of the console',
  },
  'gateway.cache': { why: 'a cache is of a model', instead: 'write `cache: { ttl: 10m }` at the model' },
  'gateway.relay': {
    why: 'a gateway behind this one is a server like any other',
    instead: 'write it as a model with `base_url`',
  },
  'gateway.global_outbound_http_timeout_ms': {
    why: 'timeouts are of models',
    instead: 'write `timeouts` at the models',
  },
  'gateway.fetch_and_encode_input_files_before_inference': {
    why: 'nothing is fetched on behalf of a client',
    instead: NOTHING,
  },
  rate_limiting: LIMIT,
  'rate_limiting.rules.*': LIMIT,
  metrics: SCORE,
  evaluations: SCORE,
  tools: TOOLS,
  object_storage: { why: 'files of requests are not kept', instead: NOTHING },
  clickhouse: STORE,
  postgres: STORE,
  provider_types: {
    why: 'a default for all models of a provider is not there',
    instead: 'write it at the models',
  },
  'functions.*.type': { why: 'a model answers in the form that the request asks for', instead: NOTHING },
  'functions.*.description': { why: 'nothing reads it here', instead: NOTHING },
  'functions.*.experimentation': SHARED,
  'functions.*.variants.*': SAYS_CLIENT,
  'functions.*.variants.*.weight': SHARED,
  'functions.*.variants.*.type': { why: 'the variant is the model that it names', instead: NOTHING },
  'functions.*.variants.*.retries': { why: "pauses between tries are the gateway's own", instead: NOTHING },
  '**.skip_relay': { why: 'there is no gateway in between', instead: NOTHING },
  '**.batch_cost': { why: 'batches are not sent from here', instead: NOTHING },
  '**.extra_body': { why: 'nothing is put into the request of a client', instead: SAYS_CLIENT.instead },
  '**.extra_headers': {
    why: 'no headers of your own are sent to a server',
    instead: 'use a server that needs none, or a provider package with `options`',
  },
  '**.provider_tools': TOOLS,
  '**.cost.*': {
    why: 'a price is one for prompt tokens, one for answer tokens, and those of a cache',
    instead: 'look whether `price` of the model is what you pay',
  },
  '**.cost.*.required': { why: 'usage that is missing is estimated and marked as such', instead: NOTHING },
  '**.discard_unknown_chunks': { why: 'what is not known is passed on', instead: NOTHING },
  '**.include_encrypted_reasoning': {
    why: 'thoughts come back to the client as the server sends them',
    instead: NOTHING,
  },
  '**.credential_location': {
    why: 'credentials are not read from files named here',
    instead: 'set GOOGLE_APPLICATION_CREDENTIALS where the gateway starts',
  },
}

/** Why settings of TensorZero are not carried over. */
export const tensorzeroHints: readonly Hint[] = Object.entries(REASONS).map(([at, reason]) => ({
  at,
  ...reason,
}))
