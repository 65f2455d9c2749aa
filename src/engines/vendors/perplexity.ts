import { openAiVendor } from './vendor.ts'

/** Its chat completions ended in September 2026; what is left speaks responses. */
export const perplexity = openAiVendor({
  name: 'perplexity',
  label: 'Perplexity',
  baseUrl: 'https://api.perplexity.ai/v1',
  keyVariable: 'PERPLEXITY_API_KEY',
  relays: ['openai-responses'],
  lacks: ['logprobs', 'severalAnswers'],
  source: { document: 'docs.perplexity.ai/docs/agent-api/openai-compatibility', date: '2026-11-23' },
})
