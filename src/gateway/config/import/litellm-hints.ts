import type { Hint } from './source.ts'

type Reason = Pick<Hint, 'why' | 'instead'>

const NOTHING = 'nothing to do'

const SAYS_CLIENT: Reason = {
  why: 'a model has no values of its own for what a request may say',
  instead: 'let the client send it with the request',
}
const LIMIT: Reason = {
  why: 'limits are of keys, projects, teams and the whole gateway, not of a place',
  instead: 'set it with `musivum limits set` or in the console',
}
const BUDGET: Reason = {
  why: 'budgets are of keys, projects, teams and the whole gateway',
  instead: 'set it with `musivum budgets set` or in the console',
}
const HEADERS: Reason = {
  why: 'no headers of your own are sent to a server',
  instead: 'use a server that needs none, or a provider package with `options`',
}
const CALLBACK: Reason = {
  why: 'nothing is sent to other services from here',
  instead: 'read the request log of the console',
}
const ONE_LOG: Reason = { why: 'there is one kind of log, without prompts', instead: NOTHING }
const REST: Reason = {
  why: 'a place rests after five failures in a row, or when half of the last half minute failed: 5 s, then 10, up to a minute',
  instead: NOTHING,
}
const ONE_PROCESS: Reason = { why: 'one process counts for itself', instead: NOTHING }
const OVERRULED: Reason = {
  why: 'a place nearer to the model says another one, which holds',
  instead: NOTHING,
}
const NOT_READ: Reason = { why: 'nothing reads it here', instead: NOTHING }

/** Groups of settings, and by name in them why they are not carried over. `''` speaks of all others of its group. */
const REASONS: readonly (readonly [string, Readonly<Record<string, Reason>>])[] = [
  [
    'model_list.*.litellm_params',
    {
      ...each(
        `temperature top_p top_k max_tokens max_completion_tokens seed stop reasoning_effort thinking user n tools
        presence_penalty frequency_penalty extra_body response_format cache_control_injection_points`,
        SAYS_CLIENT,
      ),
      ...each('rpm tpm max_parallel_requests', LIMIT),
      ...each('max_budget budget_duration', BUDGET),
      ...each('headers extra_headers', HEADERS),
      organization: {
        why: 'no organisation is named to the server',
        instead: 'use a key that belongs to this organisation or project alone',
      },
      vertex_credentials: {
        why: 'credentials are not read from files named here',
        instead: 'set GOOGLE_APPLICATION_CREDENTIALS where the gateway starts',
      },
      ...each('azure_ad_token tenant_id client_id client_secret', {
        why: 'tokens of Entra ID are not sent',
        instead: 'use a key of the resource: `key: env:NAME`',
      }),
      api_version: { why: 'only Azure asks for it', instead: NOTHING },
      additional_drop_params: {
        why: 'a provider package leaves out what it cannot say, and tells the client',
        instead: NOTHING,
      },
      mock_response: { why: 'there are no made-up answers', instead: 'take the model out' },
      tags: {
        why: 'requests are not routed by tags',
        instead: 'give the model a name of its own, and allow it to the keys that may use it',
      },
    },
  ],
  ['model_list.*', each('rpm tpm', LIMIT)],
  [
    'model_list.*.model_info',
    {
      mode: { why: 'a model takes every operation that its server takes', instead: NOTHING },
      base_model: {
        why: 'prices are not looked up by another name',
        instead: 'write `price` at the model if it stays unpriced',
      },
      max_tokens: { why: 'the server says what does not fit', instead: NOTHING },
      id: { why: 'a place has no id of its own', instead: NOTHING },
      '': NOT_READ,
    },
  ],
  ['credential_list', { '': { why: 'no model uses it', instead: NOTHING } }],
  [
    'litellm_settings',
    {
      drop_params: {
        why: 'what a vendor refuses is always left out, and told to the client',
        instead: NOTHING,
      },
      modify_params: {
        why: 'requests are translated as far as words go, and refused with the reason beyond',
        instead: NOTHING,
      },
      ...each('set_verbose json_logs turn_off_message_logging redact_user_api_key_info', ONE_LOG),
      ...each('success_callback failure_callback callbacks service_callback', CALLBACK),
      cache: {
        why: 'a cache of this kind is not there; similar questions never share an answer',
        instead: 'write `cache: { ttl: 10m }` at a model for exact repetitions',
      },
      cache_params: {
        why: 'exact answers are kept in the memory of the gateway, and nowhere else',
        instead: NOTHING,
      },
      ...each('max_budget budget_duration', BUDGET),
      ...each('num_retries request_timeout', OVERRULED),
      ...each('allowed_fails cooldown_time', REST),
    },
  ],
  [
    'router_settings',
    {
      ...each('num_retries timeout stream_timeout', OVERRULED),
      ...each('allowed_fails cooldown_time allowed_fails_policy disable_cooldowns', REST),
      retry_policy: {
        why: 'what is tried again depends on whose fault it was',
        instead: 'read docs/failures.md',
      },
      routing_strategy: {
        why: 'requests are spread by latency, by load or by weight',
        instead: 'set `tries: { balance: … }` of the model',
      },
      routing_strategy_args: { why: 'the balance has no settings', instead: NOTHING },
      enable_pre_call_checks: {
        why: 'the server says that a request does not fit, and another model may take it',
        instead: 'write `fallbacks` with `on: [context-too-long]`',
      },
      'model_group_alias.*.hidden': { why: 'every model is listed', instead: NOTHING },
      ...each('redis_host redis_port redis_password redis_url', ONE_PROCESS),
    },
  ],
  [
    'general_settings',
    {
      master_key: {
        why: 'keys are made by the gateway, shown once, and never kept as they are',
        instead: 'make the first key with `musivum keys create`; until then only this machine is let in',
      },
      ...each('database_url store_model_in_db database_connection_pool_limit', {
        why: 'the store is a file in the home folder, and models stand in musivum.yaml',
        instead: NOTHING,
      }),
      ...each('alerting alerting_threshold alert_types', CALLBACK),
      ...each('background_health_checks health_check_interval', {
        why: 'places are judged by the requests they answer',
        instead: NOTHING,
      }),
      ...each('max_parallel_requests global_max_parallel_requests', LIMIT),
      pass_through_endpoints: {
        why: 'no path leads to an address of your choosing',
        instead: 'ask that server directly',
      },
      '': { why: 'Musivum has no such setting', instead: 'look whether you still need it' },
    },
  ],
  [
    'environment_variables',
    {
      '': {
        why: 'the file sets no variables',
        instead: 'set the variable of this name where the gateway starts',
      },
      '*': {
        why: 'the file sets no variables',
        instead: 'set the variable of this name where the gateway starts',
      },
    },
  ],
  [
    'guardrails',
    {
      '': {
        why: 'guards of other services are not called',
        instead: 'see what the policy of the gateway does',
      },
    },
  ],
  ['mcp_servers', { '': { why: 'tools are the business of the client', instead: 'connect them there' } }],
]

/** Why settings of LiteLLM are not carried over, most of which need nothing in their place. */
export const litellmHints: readonly Hint[] = REASONS.flatMap(([group, reasons]) =>
  Object.entries(reasons).map(([name, reason]) => ({
    at: name === '' ? group : `${group}.${name}`,
    ...reason,
  })),
)

function each(names: string, reason: Reason): Readonly<Record<string, Reason>> {
  return Object.fromEntries(names.split(/\s+/).map((name) => [name, reason]))
}
