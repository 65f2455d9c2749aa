import { openAiVendor } from './vendor.ts'

/** A router to many servers, so what a field does depends on who answers behind it. */
export const huggingFace = openAiVendor({
  name: 'hugging-face',
  label: 'Hugging Face Inference Providers',
  baseUrl: 'https://router.huggingface.co/v1',
  keyVariable: 'HF_TOKEN',
  relays: ['openai-chat', 'openai-responses'],
  source: { document: 'huggingface.co/docs/inference-providers/tasks/chat-completion', date: '2026-11-23' },
})
