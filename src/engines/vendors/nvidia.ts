import { openAiVendor } from './vendor.ts'

export const nvidia = openAiVendor({
  name: 'nvidia',
  label: 'NVIDIA NIM',
  baseUrl: 'https://integrate.api.nvidia.com/v1',
  keyVariable: 'NVIDIA_API_KEY',
  relays: ['openai-chat', 'embeddings'],
  source: { document: 'docs.api.nvidia.com/nim/reference/llm-apis', date: '2026-11-23' },
})
