import { openAiVendor } from './vendor.ts'

/** It does not read these fields and says nothing about it, so we leave them out and say so. Its responses keep no state. What it does to long prompts is the business of src/engines/ollama. */
export const ollama = openAiVendor({
  name: 'ollama',
  label: 'Ollama',
  baseUrl: 'http://127.0.0.1:11434/v1',
  relays: ['openai-chat', 'openai-responses', 'embeddings'],
  drops: ['tool_choice', 'logit_bias', 'user', 'truncation'],
  lacks: ['severalAnswers'],
  source: { document: 'docs.ollama.com/api/openai-compatibility', date: '2026-11-23' },
})
