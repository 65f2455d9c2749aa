import { openAiVendor } from './vendor.ts'

/** `json_object` and no schema. A turn with tools is refused without the reasoning that came before it. */
export const deepseek = openAiVendor({
  name: 'deepseek',
  label: 'DeepSeek',
  baseUrl: 'https://api.deepseek.com',
  keyVariable: 'DEEPSEEK_API_KEY',
  relays: ['openai-chat'],
  roles: { developer: 'system' },
  lacks: ['jsonSchema', 'severalAnswers'],
  habits: { reasoningText: 'reasoning_content' },
  source: { document: 'api-docs.deepseek.com/api/create-chat-completion', date: '2026-11-23' },
})
