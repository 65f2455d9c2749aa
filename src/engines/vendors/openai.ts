import { openAiVendor } from './vendor.ts'

/** The reference that the others are measured by. It refuses a request for a field it does not know. */
export const openai = openAiVendor({
  name: 'openai',
  label: 'OpenAI',
  baseUrl: 'https://api.openai.com/v1',
  keyVariable: 'OPENAI_API_KEY',
  relays: ['openai-chat', 'openai-responses', 'embeddings'],
  habits: { newerTokenLimit: true },
  source: { document: 'developers.openai.com/api/reference/overview', date: '2026-11-23' },
})
