import { openAiVendor } from './vendor.ts'

/** Usage comes with the last chunk of every stream, asked for or not. */
export const fireworks = openAiVendor({
  name: 'fireworks',
  label: 'Fireworks AI',
  baseUrl: 'https://api.fireworks.ai/inference/v1',
  keyVariable: 'FIREWORKS_API_KEY',
  relays: ['openai-chat', 'openai-responses', 'embeddings'],
  habits: { topK: true },
  source: { document: 'docs.fireworks.ai/tools-sdks/openai-compatibility', date: '2026-11-23' },
})
