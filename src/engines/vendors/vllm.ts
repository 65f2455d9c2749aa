import { openAiVendor } from './vendor.ts'

/** Takes more than OpenAI does. What a model cannot do depends on how the server was started. */
export const vllm = openAiVendor({
  name: 'vllm',
  label: 'vLLM',
  baseUrl: 'http://127.0.0.1:8000/v1',
  keyVariable: 'VLLM_API_KEY',
  relays: ['openai-chat', 'openai-responses', 'embeddings'],
  reranks: true,
  habits: { topK: true, reasoningText: 'reasoning' },
  source: { document: 'docs.vllm.ai/en/latest/serving/openai_compatible_server', date: '2026-11-23' },
})
