import { openAiVendor } from './vendor.ts'

export const together = openAiVendor({
  name: 'together',
  label: 'Together AI',
  baseUrl: 'https://api.together.ai/v1',
  keyVariable: 'TOGETHER_API_KEY',
  relays: ['openai-chat', 'embeddings'],
  habits: { topK: true },
  source: { document: 'docs.together.ai/docs/openai-api-compatibility', date: '2026-11-23' },
})
