import { openAiVendor } from './vendor.ts'

/** Google's own surface can more: `engine: ai-sdk` with @ai-sdk/google. "Unknown name store: Cannot find field" is a 400. */
export const gemini = openAiVendor({
  name: 'gemini',
  label: 'Google Gemini (OpenAI surface)',
  baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
  keyVariable: 'GEMINI_API_KEY',
  relays: ['openai-chat', 'embeddings'],
  drops: ['store'],
  source: { document: 'ai.google.dev/gemini-api/docs/openai', date: '2026-11-23' },
})
