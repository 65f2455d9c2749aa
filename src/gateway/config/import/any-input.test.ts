import fc from 'fast-check'
import { stringify as tomlText } from 'smol-toml'
import { expect, test } from 'vitest'
import { stringify as yamlText } from 'yaml'
import { MusivumError } from '../../../core/errors.ts'
import { parseConfig } from '../parse-config.ts'
import { importConfig } from './import-config.ts'
import type { GatewayName } from './providers.ts'

/** Words of the three formats, so that what is drawn is not all unknown, and values of every kind in wrong places. */
const KEYS =
  `model_list model_name litellm_params model api_base api_key rpm weight order timeout model_info mode
input_cost_per_token output_cost_per_token litellm_settings fallbacks cache cache_params ttl router_settings routing_strategy
num_retries model_group_alias general_settings credential_list strategy targets provider virtual_key override_params retry
attempts request_timeout on_status_codes conditions query then default name custom_host models routing providers type
model_name_ api_key_location cost pointer cost_per_million functions variants gateway bind_address timeouts embedding_models
__proto__ constructor`.split(/\s+/)

const TEXTS =
  `gpt-4o openai/gpt-4o azure/x openai/* * os.environ/KEY env::KEY fallback loadbalance conditional simple openai
http://127.0.0.1:8000/v1 http://u:p@h/v1 ftp://x :0 0.0.0.0:99999 a b local vllm @openai-prod @openai-prod/gpt`.split(
    /\s+/,
  )

const tree = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    fc.constantFrom(...TEXTS),
    fc.string({ maxLength: 6 }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.boolean(),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie('value'), { maxKeys: 6 }),
  ),
})).value

/** Mostly what is meant, sometimes anything. */
function mostly(meant: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 9, arbitrary: meant }, { weight: 1, arbitrary: tree })
}

const someOf = (model: Record<string, fc.Arbitrary<unknown>>) => fc.record(model, { requiredKeys: [] })
const served = fc.constantFrom('openai/a', 'gpt-4o', 'anthropic/b', 'azure/c', 'bedrock/d', 'openai/*')

const litellm = someOf({
  model_list: fc.array(
    fc.record({
      model_name: mostly(fc.constantFrom('a', 'b', 'a/*', 'ä b')),
      litellm_params: mostly(
        fc.record(
          {
            model: served,
            weight: tree,
            order: tree,
            timeout: fc.double(),
            api_base: fc.constantFrom(...TEXTS),
            api_key: tree,
            additional_drop_params: tree,
          },
          { requiredKeys: ['model'] },
        ),
      ),
    }),
    { maxLength: 5 },
  ),
  litellm_settings: tree,
  router_settings: mostly(
    someOf({
      fallbacks: fc.constantFrom([{ a: ['b'] }], [{ '*': ['a', 'c'] }], 3),
      num_retries: tree,
      model_group_alias: tree,
    }),
  ),
})

const provider = fc.record(
  {
    type: mostly(fc.constantFrom('openai', 'vllm', 'anthropic', 'tgi')),
    model_name: mostly(fc.constant('m')),
    api_base: fc.constantFrom(...TEXTS),
    api_key_location: tree,
    cost: tree,
    timeouts: tree,
  },
  { requiredKeys: ['type', 'model_name'] },
)

const tensorzero = someOf({
  models: fc.dictionary(
    fc.constantFrom('a', 'b', 'c d'),
    mostly(
      fc.record({
        routing: mostly(fc.subarray(['x', 'y'])),
        providers: mostly(fc.record({ x: mostly(provider), y: mostly(provider) })),
      }),
    ),
  ),
  functions: tree,
  gateway: mostly(
    fc.record({ bind_address: fc.constantFrom('0.0.0.0:99999', '127.0.0.1:1', '[::1]:4000', '[::]:1') }),
  ),
})

const portkeyTarget = fc.letrec((tie) => ({
  target: fc.record(
    {
      provider: fc.oneof(fc.constantFrom('openai', 'groq', 'anthropic', 'azure-openai', '@openai-x'), tree),
      override_params: fc.oneof(fc.record({ model: fc.constantFrom('m', '@groq-x/y') }), tree),
      strategy: fc.oneof(
        fc.record({ mode: fc.constantFrom('fallback', 'loadbalance', 'conditional', 'single') }),
        tree,
      ),
      targets: fc.oneof({ depthSize: 'small' }, fc.constant([]), fc.array(tie('target'), { maxLength: 3 })),
      weight: tree,
      retry: tree,
      name: tree,
    },
    { requiredKeys: [] },
  ),
})).target

const CASES: readonly (readonly [GatewayName, fc.Arbitrary<unknown>, (value: unknown) => string])[] = [
  ['litellm', fc.oneof(litellm, tree), yamlText],
  ['portkey', fc.oneof(portkeyTarget, tree), (value) => JSON.stringify(value) ?? ''],
  [
    'tensorzero',
    fc.oneof(tensorzero, fc.dictionary(fc.constantFrom(...KEYS), tree)),
    (value) => tomlText(value as object),
  ],
]

test.each(CASES)(
  '%s: whatever the file says, it becomes a right configuration or one line',
  (from, arbitrary, write) => {
    let made = 0
    fc.assert(
      fc.property(arbitrary, (value) => {
        try {
          const { yaml, models } = importConfig({
            text: write(value),
            file: 'f',
            from,
            env: {},
            models: ['m'],
            fileName: 'f',
          })
          expect(parseConfig(yaml)).toMatchObject({ kind: 'parsed' })
          expect(models.length).toBeGreaterThan(0)
          made += 1
        } catch (thrown) {
          if (!(thrown instanceof MusivumError)) throw thrown
          expect(thrown.code, String(thrown.cause)).toBe('request.invalid')
        }
      }),
      { seed: 20_261_123, numRuns: 250 },
    )
    expect(made).toBeGreaterThan(10)
  },
)
