import { openAiVendor } from './vendor.ts'

/** Has no role beside `system` for instructions: its system messages act at the level of OpenAI's developer messages. */
export const cerebras = openAiVendor({
  name: 'cerebras',
  label: 'Cerebras',
  baseUrl: 'https://api.cerebras.ai/v1',
  keyVariable: 'CEREBRAS_API_KEY',
  relays: ['openai-chat'],
  drops: ['frequency_penalty', 'presence_penalty', 'logit_bias'],
  roles: { developer: 'system' },
  source: { document: 'inference-docs.cerebras.ai/resources/openai', date: '2026-11-23' },
})
