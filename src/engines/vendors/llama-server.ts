import { openAiVendor } from './vendor.ts'

/** The server of llama.cpp. Embeddings want it to be started for them. */
export const llamaServer = openAiVendor({
  name: 'llama-server',
  label: 'llama.cpp server',
  baseUrl: 'http://127.0.0.1:8080/v1',
  keyVariable: 'LLAMA_API_KEY',
  relays: ['openai-chat', 'openai-responses', 'embeddings'],
  reranks: true,
  habits: { topK: true, reasoningText: 'reasoning_content' },
  source: {
    document: 'github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md',
    date: '2026-11-23',
  },
})
