import { openAiVendor } from './vendor.ts'

/** A router itself: what a field does depends on who answers behind it. */
export const openrouter = openAiVendor({
  name: 'openrouter',
  label: 'OpenRouter',
  baseUrl: 'https://openrouter.ai/api/v1',
  keyVariable: 'OPENROUTER_API_KEY',
  relays: ['openai-chat', 'openai-responses', 'embeddings'],
  habits: { topK: true, cacheMarks: true, reasoningText: 'reasoning' },
  source: { document: 'openrouter.ai/docs/api/reference/parameters', date: '2026-11-23' },
})
