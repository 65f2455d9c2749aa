import { openAiVendor } from './vendor.ts'

/** "Extra inputs are not permitted": what its own request does not name is a 422. Usage comes with every stream. */
export const mistral = openAiVendor({
  name: 'mistral',
  label: 'Mistral AI',
  baseUrl: 'https://api.mistral.ai/v1',
  keyVariable: 'MISTRAL_API_KEY',
  relays: ['openai-chat', 'embeddings'],
  drops: `audio logit_bias logprobs modalities prompt_cache_retention safety_identifier store stream_options
    top_logprobs user verbosity web_search_options`.split(/\s+/),
  renames: { max_completion_tokens: 'max_tokens', seed: 'random_seed' },
  roles: { developer: 'system' },
  source: {
    document: 'github.com/mistralai/client-python (models/chatcompletionstreamrequest.py)',
    date: '2026-11-23',
  },
})
