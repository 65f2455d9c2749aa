import { openAiVendor } from './vendor.ts'

/** Takes `top_k` and `repeat_penalty` beside OpenAI's fields. */
export const lmStudio = openAiVendor({
  name: 'lm-studio',
  label: 'LM Studio',
  baseUrl: 'http://127.0.0.1:1234/v1',
  relays: ['openai-chat', 'openai-responses', 'embeddings'],
  habits: { topK: true },
  source: { document: 'lmstudio.ai/docs/developer/openai-compat', date: '2026-11-23' },
})
